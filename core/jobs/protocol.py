"""What a queue promises, whoever keeps it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Job = Callable[[], None]


class TimeLimit(BaseException):
    """The job took longer than it may. No Exception: a job's own error handling must not swallow it."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """How the queue is, for `ipcu doctor`, the administrator and the metrics."""

    waiting: int = 0
    """Wake-ups nobody has taken yet."""
    running: int = 0
    """Jobs that a worker has at hand."""
    retrying: int = 0
    """Jobs that are to be tried again in a while."""
    workers: int = 0
    """Processes that run jobs and are alive."""
    schedulers: int = 0
    """Processes that wake for periodic work and are alive."""
    failed: int = 0
    """Jobs that failed within the last hour."""
    problem: str = ""
    """Why the queue does not answer; empty when it does. The other values then say nothing."""


class JobQueue(Protocol):
    """Somewhere to leave a wake-up."""

    def enqueue(self, name: str) -> None:
        """Ask for the named job to run soon. Never blocks on the job and never raises for one that fails.

        A name that is waiting already is not queued twice; one that is running is. Raises KeyError for a name nobody
        knows.
        """

    def state(self) -> QueueState:
        """How the queue is. One that does not answer says so; nothing is raised."""

    def close(self) -> None:
        """Finish the job at hand and stop."""
