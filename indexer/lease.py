"""A lease that is renewed while its holder lives: who is killed loses what he held within half a minute."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from sqlmodel import Session

from core.clock import Clock
from core.db import Database
from core.errors import DomainError, Unavailable
from core.uow import UnitOfWork

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
"""So long a process that was killed keeps its work from the others. Longer than a writer may have to wait for the database."""
MAX_HOLD = timedelta(minutes=10)
"""A holder that is at it for so long hangs; its lease is not renewed any more."""

Renew = Callable[[Session, datetime, datetime], None]
"""Called with a session, the end of the lease as it is written down, and its new end. Must change what has that end only."""


class Lease:
    """`with Lease(...) as lease:` renews from a thread of its own until the block is left, or `longest` is over."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        renew: Renew,
        *,
        until: datetime,
        length: timedelta = LEASE,
        longest: timedelta = MAX_HOLD,
    ) -> None:
        self._database = database
        self._clock = clock
        self._renew = renew
        self._until = until
        self._length = length
        self._give_up_at = time.monotonic() + longest.total_seconds()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="ipcu-lease", daemon=True)

    @property
    def holds(self) -> bool:
        """False when it ran out, because the database was away or the whole process stood still. It does not come back."""
        return self._clock.now() < self._until

    def check(self) -> None:
        """Raise Unavailable when it ran out: somebody else may be at the same work, and know more."""
        if not self.holds:
            raise Unavailable("The work took too long and was left to another process.")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Renew no more. What is held is given back, or runs out."""
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._done.wait(self._length.total_seconds() / 4):
            if time.monotonic() >= self._give_up_at or not self.holds:
                return
            try:
                with UnitOfWork(self._database, self._clock) as work:
                    until = work.now + self._length
                    self._renew(work.session, self._until, until)
                self._until = until
            except DomainError as error:
                log.debug("a lease was not renewed: %s", error.message)
            except Exception:
                # A thread's boundary: the lease runs out, and its holder sees that.
                log.exception("a lease cannot be renewed")
                return
