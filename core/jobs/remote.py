"""The queue of several machines: rq over Redis. A job is the name of a job and nothing else, kept as JSON."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import ceil
from types import TracebackType
from typing import Self, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, WatchError
from redis.retry import Retry as NetworkRetry
from rq import Queue
from rq.registry import FailedJobRegistry, ScheduledJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer

from core.jobs.protocol import QueueState

log = logging.getLogger(__name__)

RUN = "core.jobs.worker.run"
"""What every job of this product calls; a worker runs nothing else, whatever somebody put into Redis."""
FAILURE_SECONDS = 3600
"""How long a failed job is remembered. What it did not do is still marked in the database."""
CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 1.0
"""How long a request that saved something may wait for Redis, once per outage and then once per PAUSE_SECONDS."""
PAUSE_SECONDS = 5.0
BEAT_SECONDS = 10.0
STALE_SECONDS = 35
"""A process that said nothing for so long is dead."""
TRIES = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RedisAccess:
    """Where Redis is and how to be let in. Checked by the settings."""

    url: str
    password: str = field(default="", repr=False)
    ca_file: str = ""
    prefix: str = "ipcu"
    """Begins every name, so that instances can share a server."""

    def connect(self) -> Redis:
        """A client with short patience. Connects on first use."""
        options: dict[str, object] = {"password": self.password or None}
        if self.ca_file:
            options["ssl_ca_certs"] = self.ca_file
        return Redis.from_url(
            self.url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=NetworkRetry(NoBackoff(), 0),
            **options,
        )


class RqQueue:
    """Leaves wake-ups in Redis. Thread-safe; cheap to build, connects on first use."""

    def __init__(self, access: RedisAccess, limits: Mapping[str, float]) -> None:
        """`limits` are the names there are, each with the seconds its job may take."""
        self.access = access
        self._limits = dict(limits)
        self._redis = access.connect()
        self._queue = Queue(access.prefix, connection=self._redis, serializer=JSONSerializer)
        self._lock = threading.Lock()
        self._away = ""
        self._again_at = 0.0

    def enqueue(self, name: str) -> None:
        """Ask a worker to run the named job soon. Without Redis the wake-up is lost, which the periodic drain makes good.

        Raises KeyError for a name that has no limit.
        """
        if name not in self._limits:
            raise KeyError(f"no job is called {name!r}")
        if time.monotonic() >= self._again_at:
            self._reach(lambda: self._put(name))

    def enqueue_every(self, name: str, seconds: float) -> bool:
        """Ask for the named job unless somebody did so within the last `seconds`; True when this call was the one.

        Any number of schedulers may call it as often as they like. Raises RedisError when Redis is away.
        """
        return self._put(name, seconds)

    def state(self) -> QueueState:
        """What waits, who is alive, what failed; or why Redis does not say."""
        try:
            return QueueState(
                waiting=self._queue.count,
                # Tidying these up is the workers' business.
                running=StartedJobRegistry(queue=self._queue).get_job_count(cleanup=False),
                retrying=ScheduledJobRegistry(queue=self._queue).get_job_count(cleanup=False),  # type: ignore[no-untyped-call]
                workers=count_alive(self._redis, self.key("alive", "worker")),
                schedulers=count_alive(self._redis, self.key("alive", "scheduler")),
                failed=FailedJobRegistry(queue=self._queue).count,
            )
        except RedisError as error:
            return QueueState(problem=reason(error))

    def close(self) -> None:
        """Give back the connections."""
        self._redis.close()

    def key(self, *parts: str) -> str:
        """The name of something of this instance in Redis."""
        return ":".join((self.access.prefix, *parts))

    def _put(self, name: str, every: float | None = None) -> bool:
        """Queue a job unless one of its name waits. What was read and what is written is one transaction."""
        due = self.key("due", name)
        with self._redis.pipeline() as pipe:
            for _ in range(TRIES):
                with suppress(WatchError):
                    pipe.watch(self._queue.key, due)  # type: ignore[no-untyped-call]
                    if every is not None and pipe.exists(due):
                        return False
                    waits = self._waits(pipe.lrange(self._queue.key, 0, -1), name)
                    pipe.multi()
                    if every is not None:
                        pipe.set(due, "1", px=max(1, round(every * 1000)))
                    if not waits:
                        self._push(name, pipe)
                    pipe.execute()
                    return not waits
        # Others put and take without a pause. One wake-up too many does no harm, one too few waits for the scheduler.
        self._push(name)
        return True

    def _waits(self, ids: object, name: str) -> bool:
        mine = self._begins(name).encode()
        return isinstance(ids, list) and any(one.startswith(mine) for one in ids)

    def _begins(self, name: str) -> str:
        """How the ids of a job's wake-ups begin. Rq takes no dot in an id, and the jobs of parts have one in their names."""
        return f"{self._queue.name}_{name.replace('.', '-')}_"

    def _push(self, name: str, pipeline: object = None) -> None:
        self._queue.enqueue_call(
            RUN,
            args=(name,),
            job_id=f"{self._begins(name)}{uuid.uuid4().hex}",
            description=name,
            timeout=ceil(self._limits[name]),
            result_ttl=0,
            failure_ttl=FAILURE_SECONDS,
            pipeline=pipeline,  # type: ignore[arg-type]
        )

    def _reach(self, ask: Callable[[], object]) -> None:
        try:
            ask()
        except RedisError as error:
            with self._lock:
                is_news, self._away = not self._away, reason(error)
                self._again_at = time.monotonic() + PAUSE_SECONDS
            if is_news:
                log.warning("%s. What was saved is indexed when it does.", self._away)
            return
        if self._away:
            with self._lock:
                self._away, self._again_at = "", 0.0
            log.info("Redis answers again")


class Pulse:
    """Says every few seconds, from a thread of its own, that this process is alive: `with Pulse(...):`."""

    def __init__(self, access: RedisAccess, key: str, name: str) -> None:
        self._redis = access.connect()
        self._key = key
        self._name = name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="ipcu-pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=2 * (CONNECT_SECONDS + ANSWER_SECONDS))
        with suppress(RedisError):
            self._redis.zrem(self._key, self._name)
        self._redis.close()

    def _beat(self) -> None:
        wait = 0.0
        while not self._stop.wait(wait):
            try:
                now = _server_time(self._redis)
                with self._redis.pipeline() as pipe:
                    pipe.zadd(self._key, {self._name: now})
                    pipe.zremrangebyscore(self._key, 0, now - STALE_SECONDS)
                    pipe.expire(self._key, 2 * STALE_SECONDS)
                    pipe.execute()
                wait = BEAT_SECONDS
            except RedisError:
                # Whoever works in this process says so.
                wait = CONNECT_SECONDS


def count_alive(redis: Redis, key: str) -> int:
    """Processes that gave a sign lately. Raises RedisError when Redis is away."""
    return int(redis.zcount(key, _server_time(redis) - STALE_SECONDS, "+inf"))


def reason(error: RedisError) -> str:
    """What is wrong, in one line."""
    said = " ".join(str(error).split()).rstrip(".")
    return f"Redis does not answer ({said or type(error).__name__})"


def _server_time(redis: Redis) -> int:
    """Seconds by the server's clock: those of the processes may differ."""
    return int(redis.time()[0])
