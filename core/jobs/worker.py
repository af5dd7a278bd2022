"""`JobWorker` runs the jobs of a Redis queue in this process, which holds the model: forking after torch is loaded breaks it."""

import logging
import os
import signal
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.job import Job as RqJob
from rq.job import Retry
from rq.serializers import JSONSerializer
from rq.timeouts import UnixSignalDeathPenalty
from sqlalchemy.exc import SQLAlchemyError

from core.db import is_passing
from core.errors import Unavailable
from core.jobs.protocol import Job, TimeLimit
from core.jobs.remote import RUN, Pulse, RqQueue, reason

log = logging.getLogger(__name__)

INTERVALS = (5, 15, 60)
"""Seconds before a job is tried again for which something was away. After that the next periodic wake-up tries."""
STOP_SECONDS = 20
"""How long the job at hand may take to end after a signal."""
RETRY_SECONDS = 2.0
"""Between two attempts to reach Redis."""
WAIT_SECONDS = 15
"""Rq's worker asks so long for a job before it looks after itself."""

_table: dict[str, Job] = {}


class JobFailed(Exception):
    """What rq remembers of a failure: a class, never a text, which may quote restricted content. The log has the rest."""


class _Stop(BaseException):
    """A signal came while the worker waited for something."""


def run(name: str) -> Retry | None:
    """The one function that jobs in Redis call: runs the named job of this process.

    Asks rq to try again later when something was away (Unavailable, or a database that is down or busy). Raises JobFailed
    for anything else, which is not tried again: the periodic wake-up comes anyway.
    """
    try:
        _table[name]()
    except Exception as error:
        # The job boundary: the process must outlive any job.
        if not _is_away(error):
            log.exception("job %s failed", name)
            raise JobFailed(type(error).__name__) from None
        log.warning("job %s: %s", name, getattr(error, "message", type(error).__name__))
        return Retry(max=len(INTERVALS), interval=list(INTERVALS))
    return None


def _is_away(error: Exception) -> bool:
    return isinstance(error, Unavailable) or (isinstance(error, SQLAlchemyError) and is_passing(error))


class JobWorker:
    """One process that takes jobs from the queue. Any number may run, on any number of machines."""

    def __init__(
        self,
        queue: RqQueue,
        jobs: Mapping[str, Job],
        *,
        on_start: Callable[[], None] = lambda: None,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_start` is called once a signal ends the worker well; `on_stop` by a signal while a job runs, and makes it end soon."""
        self._queue = queue
        self._jobs = dict(jobs)
        self._on_start = on_start
        self._on_stop = on_stop
        self._name = f"{socket.gethostname()}-{os.getpid()}"
        self._is_stopping = False
        self._is_busy = False
        self._is_waiting = False
        self._away = ""

    def run(self, *, burst: bool = False) -> None:
        """Take jobs until SIGTERM or SIGINT; with `burst` until none is left. Only from the main thread.

        While Redis is away it waits, and goes on by itself. Raises Unavailable when it is away and `burst` was asked for.
        """
        _table.clear()
        _table.update(self._jobs)
        # Rq tells each job in four lines, every few seconds a day long. What matters of a job its own log says.
        logging.getLogger("rq.worker").setLevel(logging.WARNING)
        with self._signals(), Pulse(self._queue.access, self._queue.key("alive", "worker"), self._name):
            self._on_start()
            try:
                while not self._is_stopping:
                    try:
                        self._serve(burst=burst)
                    except RedisError as error:
                        self._wait(error, burst=burst)
                    if burst:
                        return
            except _Stop:
                pass

    def _serve(self, *, burst: bool) -> None:
        """Take jobs over one connection, until it breaks."""
        connection = self._queue.access.connect()
        session = _Session(
            Queue(self._queue.access.prefix, connection=connection, serializer=JSONSerializer), self._name
        )
        try:
            session.register_birth()  # type: ignore[no-untyped-call]
            if self._away:
                self._away = ""
                log.info("Redis answers again")
            while not self._is_stopping:
                with self._waiting():
                    job = session.next_job(blocking=not burst)
                if job is not None:
                    self._execute(session, job)
                elif burst:
                    return
        finally:
            with suppress(RedisError):
                session.register_death()  # type: ignore[no-untyped-call]
            connection.close()

    def _execute(self, session: "_Session", job: RqJob) -> None:
        self._is_busy = True
        try:
            if self._is_stopping:
                # The signal came in between.
                self._on_stop()
            session.execute_job(job, session.queues[0])
        finally:
            signal.alarm(0)
            self._is_busy = False

    def _wait(self, error: RedisError, *, burst: bool) -> None:
        if burst:
            raise Unavailable("%(reason)s.", reason=reason(error)) from error
        if not self._away:
            log.warning("%s. The worker waits for it.", reason(error))
        self._away = reason(error)
        with self._waiting():
            time.sleep(RETRY_SECONDS)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """A signal ends what stands in this block, and nowhere else more than the job at hand."""
        self._is_waiting = True
        try:
            if self._is_stopping:
                raise _Stop
            yield
        finally:
            self._is_waiting = False

    @contextmanager
    def _signals(self) -> Iterator[None]:
        former = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        is_first, self._is_stopping = not self._is_stopping, True
        if self._is_busy:
            self._on_stop()
            if is_first:
                # Instead of the job's own limit, which is further away.
                signal.signal(signal.SIGALRM, _stopped)
                signal.alarm(STOP_SECONDS)
        elif self._is_waiting:
            raise _Stop


def _stopped(number: int, frame: FrameType | None) -> None:
    raise TimeLimit(f"did not end within {STOP_SECONDS} seconds of the signal to stop")


class _Limit(UnixSignalDeathPenalty):
    """Rq's alarm, with an exception that no job boundary takes for a failure of one document."""

    def handle_death_penalty(self, signum: int, frame: FrameType | None) -> None:
        raise TimeLimit(f"took longer than {self._timeout} seconds")


class _Session(SimpleWorker):
    """Rq's worker for as long as one connection lasts.

    The loop is ours: rq's ends at the first trouble with Redis, and listens for commands, which nobody sends here.
    """

    death_penalty_class = _Limit

    def __init__(self, queue: Queue, name: str) -> None:
        # A name of its own: what an outage left behind under the old one ends by itself.
        super().__init__(
            [queue],
            name=f"{queue.name}-{name}-{uuid.uuid4().hex[:8]}",
            connection=queue.connection,
            serializer=JSONSerializer,
            worker_ttl=2 * WAIT_SECONDS,
        )

    def next_job(self, *, blocking: bool) -> RqJob | None:
        """The next job; None when there is none, or none came for a while."""
        self.heartbeat()
        if self.should_run_maintenance_tasks:
            self.run_maintenance_tasks()  # type: ignore[no-untyped-call]
        while (job := self._dequeue(WAIT_SECONDS if blocking else None)) is not None and not _is_ours(job):
            log.error("a job in Redis is not one of ours and was thrown away: %s", job.id)
            job.delete()
        return job

    def _dequeue(self, timeout: int | None) -> RqJob | None:
        try:
            found = Queue.dequeue_any(self.queues, timeout, connection=self.connection, serializer=JSONSerializer)
        except DequeueTimeout:
            return None
        return found[0] if found else None

    def handle_exception(self, job: RqJob, *exc_info: object) -> None:
        """Say why a job was ended. What it raised itself is in the log already."""
        error = exc_info[1]
        if isinstance(error, TimeLimit):
            log.error("job %s %s", job.description, error)
        elif not isinstance(error, JobFailed):
            log.error("job %s ended by %s", job.description, type(error).__name__)


def _is_ours(job: RqJob) -> bool:
    """Whether it calls what our jobs call, and nothing besides: anybody who reaches Redis can write there."""
    try:
        calls = (job.func_name, job.instance, dict(job.kwargs), [type(one) for one in job.args])
    except Exception:
        # Whatever a foreign payload breaks.
        log.debug("unreadable job", exc_info=True)
        return False
    besides = (job._success_callback_name, job._failure_callback_name, job._stopped_callback_name, job.webhooks)
    return calls == (RUN, None, {}, [str]) and not any(besides)
