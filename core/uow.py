"""The unit of work: the only place in the project that commits.

Services get a `work`, change state through `work.session`, and say what follows from it: dirty marks, audit events and
notices go into the same transaction; `after_commit` functions run strictly after it.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from core import audit, notices, outbox
from core.clock import Clock
from core.content import ContentRef
from core.db import Database, is_passing, trouble
from core.errors import Message, Unavailable

log = logging.getLogger(__name__)

_BUSY = Message("The database is busy or down. Nothing was saved; please try again.")


class UnitOfWork:
    """`with UnitOfWork(...) as work:` commits on leaving the block and rolls back on any exception.

    `on_dirty` is called once after a commit that left dirty marks, `on_notice` after one that left notices; their failure is
    logged and harms nothing, because marks and notices are durable and periodic work finds them. Raises Unavailable when the database is down or
    busy; with `waits` false already when somebody else is writing: for what may be left undone.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        actor_id: int | None = None,
        address: str = "",
        on_dirty: Callable[[], None] | None = None,
        on_notice: Callable[[], None] | None = None,
        waits: bool = True,
    ) -> None:
        self._database = database
        self._clock = clock
        self._actor_id = actor_id
        self._address = address
        self._on_dirty = on_dirty
        self._on_notice = on_notice
        self._has_notices = False
        self._waits = waits
        self._after: list[Callable[[], None]] = []
        self._dirty: dict[ContentRef, str] = {}
        self.session: Session

    @property
    def now(self) -> datetime:
        """The time of this unit of work."""
        return self._clock.now()

    @property
    def today(self) -> date:
        """The bureau's calendar day."""
        return self._clock.today()

    def mark_dirty(self, ref: ContentRef, reason: str) -> None:
        """Search may no longer know this object's state."""
        self._dirty[ref] = reason

    def audit(
        self, action: str, ref: ContentRef | None = None, /, *, actor_id: int | None = None, **details: object
    ) -> None:
        """Record that the actor did this; `details` must be JSON and hold no text of restricted content."""
        audit.append(
            self.session,
            at=self.now,
            actor_id=self._actor_id if actor_id is None else actor_id,
            action=action,
            ref=ref,
            details=details,
            address=self._address,
        )

    def notify(self, user_id: int, event: str, ref: ContentRef | None, details: Mapping[str, object]) -> None:
        """Leave a notice for a person; a mail follows as he has chosen."""
        notices.leave(self.session, user_id, event, ref, details, self.now)
        self._has_notices = True

    def after_commit(self, run: Callable[[], None]) -> None:
        """Run this once the transaction is durable; never run when it rolls back."""
        self._after.append(run)

    def __enter__(self) -> Self:
        self.session = self._database.writing(waits=self._waits)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._flush_marks()
                self.session.commit()
        except SQLAlchemyError as problem:
            if not is_passing(problem):
                raise
            raise Unavailable(_said(problem)) from problem
        finally:
            self.session.close()
        if isinstance(error, SQLAlchemyError) and is_passing(error):
            raise Unavailable(_said(error)) from error
        if error is None:
            self._run_after()

    def _flush_marks(self) -> None:
        self.session.flush()
        by_reason: dict[str, list[ContentRef]] = {}
        for ref, reason in self._dirty.items():
            by_reason.setdefault(reason, []).append(ref)
        for reason, refs in by_reason.items():
            outbox.mark_dirty(self.session, refs, reason, self.now)

    def _run_after(self) -> None:
        hooks = [*self._after, self._on_dirty if self._dirty else None, self._on_notice if self._has_notices else None]
        for run in hooks:
            if run is None:
                continue
            try:
                run()
            except Exception:
                # The transaction is durable; a hook that fails must not tell the user that it is not.
                log.exception("after-commit hook failed")


def _said(error: SQLAlchemyError) -> Message:
    found = trouble(error)
    return Message("%(trouble)s Nothing was saved.", trouble=found) if found else _BUSY
