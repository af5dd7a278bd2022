"""Periodic work of a deployment: several schedulers may run at once, on any machine, and each piece is asked for once."""

import logging
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Event

from redis.exceptions import RedisError
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from core.jobs.remote import Pulse, RqQueue, reason

log = logging.getLogger(__name__)

STEP_SECONDS = 1.0


class Scheduler:
    """Wakes jobs in intervals, and brings back those that are to be tried again.

    That a job is due is kept in Redis, so a restart neither repeats nor skips one. Rq's own `CronScheduler` does not fit: two of
    them queue everything twice.
    """

    def __init__(self, queue: RqQueue, every: Mapping[str, float]) -> None:
        """`every` maps a job's name to its interval in seconds; where nothing is known of the last time, it is due."""
        self._queue = queue
        self._every = dict(every)
        self._name = f"{socket.gethostname()}-{os.getpid()}"
        self._away = ""

    def run(self, stop: Event) -> None:
        """Go on until `stop` is set. While Redis is away it waits."""
        access = self._queue.access
        connection = access.connect()
        retries = RQScheduler(
            [access.prefix], connection=connection, serializer=JSONSerializer, logging_level=logging.WARNING
        )
        with Pulse(access, self._queue.key("alive", "scheduler"), self._name):
            while not stop.is_set():
                try:
                    self._step(retries)
                    self._answered()
                except RedisError as error:
                    self._lost(error)
                stop.wait(STEP_SECONDS)
        with suppress(RedisError):
            retries.release_locks()  # type: ignore[no-untyped-call]
        connection.close()

    def _step(self, retries: RQScheduler) -> None:
        for name, seconds in self._every.items():
            if self._queue.enqueue_every(name, seconds):
                log.debug("asked for %s", name)
        # One of all the schedulers holds rq's lock; the lock ends by itself a minute after its holder.
        if retries.acquire_locks():  # type: ignore[no-untyped-call]
            retries.enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]

    def _answered(self) -> None:
        if self._away:
            self._away = ""
            log.info("Redis answers again")

    def _lost(self, error: RedisError) -> None:
        if not self._away:
            log.warning("%s. The scheduler waits for it.", reason(error))
        self._away = reason(error)
