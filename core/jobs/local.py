"""The queue of one machine: a thread in this process, and the clock that wakes it."""

import logging
import threading
from collections.abc import Mapping

from core.errors import DomainError
from core.jobs.protocol import Job, JobQueue, QueueState

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
"""How long a process that ends waits for the job at hand; one cut off is done again by whoever runs next."""


class InlineQueue:
    """One daemon thread in this process. A name already waiting is not queued twice: jobs are idempotent."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        self._jobs = dict(jobs)
        self._waiting: dict[str, None] = {}
        self._changed = threading.Condition()
        self._busy = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def enqueue(self, name: str) -> None:
        """Run the named job soon in the thread. Raises KeyError for a name nobody registered."""
        if name not in self._jobs:
            raise KeyError(f"no job is called {name!r}")
        with self._changed:
            if self._closed:
                return
            if self._thread is None or not self._thread.is_alive():
                # Started on first use: a forked server process has its own thread, not a dead copy of the parent's.
                self._thread = threading.Thread(target=self._work, name="ipcu-jobs", daemon=True)
                self._thread.start()
            self._waiting[name] = None
            self._changed.notify_all()

    def state(self) -> QueueState:
        """What waits. This process does the work itself, so nobody can be missing."""
        with self._changed:
            return QueueState(waiting=len(self._waiting), workers=1, schedulers=1)

    def wait_idle(self, timeout: float) -> bool:
        """Wait until nothing is queued or running; False when that takes longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout)

    def close(self) -> None:
        """Stop after the job at hand, or after ten seconds, whichever comes first."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=STOP_SECONDS)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                name = next(iter(self._waiting))
                del self._waiting[name]
                self._busy = True
            try:
                self._jobs[name]()
            except DomainError as error:
                # Something the job needs is down; it says so itself, and the next wake-up tries again.
                log.warning("job %s: %s", name, error.message)
            except Exception:
                # The job boundary: the thread must outlive any job; what failed is retried by the next wake-up.
                log.exception("job %s failed", name)
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()


class Ticker:
    """Puts jobs into a queue again and again: the way back for every wake-up that was lost."""

    def __init__(self, queue: JobQueue, every: Mapping[str, float]) -> None:
        """`every` maps a job's name to its interval in seconds; the first run comes after one interval."""
        self._queue = queue
        self._every = dict(every)
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._tick, args=item, name=f"ipcu-tick-{item[0]}", daemon=True)
            for item in self._every.items()
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End; returns when nothing more will be enqueued."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)

    def _tick(self, name: str, seconds: float) -> None:
        while not self._stop.wait(seconds):
            self._queue.enqueue(name)
