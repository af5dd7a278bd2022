"""Reads the texts of new files and marks dirty what uses them."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Protocol

from sqlalchemy import ColumnElement, and_, func, or_, update
from sqlmodel import Session, col, select

from core.clock import Clock
from core.content import ContentRef
from core.db import Database
from core.errors import NotFound, Unavailable
from core.files import FileStore, FileText, FileUse
from core.jobs import TimeLimit
from core.outbox import LONGEST_WAIT
from core.uow import UnitOfWork
from indexer.extraction import Extraction, ExtractionLimits, ExtractionStatus, Extractor
from indexer.lease import LEASE, Lease

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
"""Begun so often and never finished: it ended the whole worker each time."""
PENDING = ExtractionStatus.PENDING.value


class Reader(Protocol):
    """What is needed of `indexer.extraction.Extractor`."""

    def extract(self, path: Path, media_type: str) -> Extraction:
        """The text of a file, or why there is none."""


@dataclass(frozen=True, slots=True)
class _Task:
    sha256: str
    media_type: str
    attempts: int
    until: datetime


class TextStage:
    """Extracts pending files one after the other. Any number of processes may run it at once."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        files: FileStore,
        limits: ExtractionLimits,
        reader: Callable[[], AbstractContextManager[Reader]] | None = None,
        stopping: Event | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._reader = reader or (lambda: Extractor(limits))
        self._stopping = stopping or Event()
        # Twice the time the child is given: past that the worker hangs.
        self._longest = timedelta(seconds=2 * limits.seconds + 60)

    def run(
        self,
        limit: int = 20,
        *,
        on_read: Callable[[int], None] = lambda _: None,
        go_on: Callable[[], bool] = lambda: True,
    ) -> int:
        """Read up to `limit` files, each saved when it is done; returns how many. `on_read` gets the number so far.

        Begins no other file when `go_on` says no. Raises Unavailable when no reading process can be started, which says nothing about the files.
        """
        done = 0
        with self._reader() as reader:
            while done < limit and not self._stopping.is_set() and go_on() and (task := self._claim()) is not None:
                try:
                    with self._held(task):
                        extraction = self._extract(reader, task)
                except (KeyboardInterrupt, SystemExit, TimeLimit):
                    self._give_back(task)
                    raise
                self._save(task, extraction)
                done += 1
                on_read(done)
        return done

    def _claim(self) -> _Task | None:
        """Lease the oldest pending file; files without a lease holder are tried again."""
        with UnitOfWork(self._database, self._clock) as work:
            free, until = _is_free(work), work.now + LEASE
            first = (
                select(FileText.sha256).where(free).order_by(col(FileText.updated_at), col(FileText.sha256)).limit(1)
            )
            sha256 = work.session.exec(first).first()
            if sha256 is None:
                return None
            taken = work.session.execute(
                update(FileText)
                .where(col(FileText.sha256) == sha256, free)
                .values(claimed_until=until, attempts=FileText.attempts + 1)
                .returning(col(FileText.media_type), col(FileText.attempts))
                .execution_options(synchronize_session=False)
            ).first()
        if taken is None:
            # Another worker took it between the two statements (PostgreSQL only); the next wake-up goes on.
            return None
        return _Task(sha256, taken[0], taken[1], until)

    def _held(self, task: _Task) -> Lease:
        def renew(session: Session, old: datetime, new: datetime) -> None:
            mine = and_(col(FileText.sha256) == task.sha256, col(FileText.claimed_until) == old)
            session.execute(update(FileText).where(mine).values(claimed_until=new))

        return Lease(self._database, self._clock, renew, until=task.until, length=LEASE, longest=self._longest)

    def _extract(self, reader: Reader, task: _Task) -> Extraction:
        if task.attempts > MAX_ATTEMPTS:
            return Extraction(ExtractionStatus.BROKEN, "Reading this file stopped the program again and again.")
        try:
            return reader.extract(self._files.path(task.sha256), task.media_type)
        except (NotFound, FileNotFoundError):
            return Extraction(ExtractionStatus.BROKEN, "The file is missing from the store.")
        except OSError as error:
            self._give_back(task)
            raise Unavailable("Files cannot be read just now: no process could be started.") from error

    def _give_back(self, task: _Task) -> None:
        with UnitOfWork(self._database, self._clock) as work:
            mine = update(FileText).where(col(FileText.sha256) == task.sha256)
            work.session.execute(mine.values(claimed_until=None, attempts=task.attempts - 1))

    def _save(self, task: _Task, extraction: Extraction) -> None:
        with UnitOfWork(self._database, self._clock) as work:
            row = work.session.get(FileText, task.sha256)
            if row is None:
                # Its last user went while it was being read.
                return
            row.status = extraction.status.value
            row.reason = extraction.reason
            row.pages = extraction.pages
            row.truncated = extraction.truncated
            row.remarks = list(extraction.remarks)
            row.blocks = [asdict(block) for block in extraction.blocks]
            row.claimed_until, row.updated_at = None, work.now
            work.session.add(row)
            for use in work.session.exec(select(FileUse).where(FileUse.sha256 == task.sha256)):
                work.mark_dirty(ContentRef(use.kind, use.object_id), "text")
        log.info("text of %s: %s", task.sha256[:12], extraction.status)


def count_pending(session: Session) -> int:
    """Files whose text is still to be read."""
    return session.exec(select(func.count()).select_from(FileText).where(FileText.status == PENDING)).one()


def _is_free(work: UnitOfWork) -> ColumnElement[bool]:
    until = col(FileText.claimed_until)
    unclaimed = or_(until.is_(None), until < work.now, until > work.now + LONGEST_WAIT)
    return and_(col(FileText.status) == PENDING, unclaimed)
