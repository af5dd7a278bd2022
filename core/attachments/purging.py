"""Bytes that no object uses are removed after a grace time, in which a restored database still finds them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from core.attachments.models import Attachment, UnusedFile
from core.files import FileStore, FileUse
from core.uow import UnitOfWork

BATCH = 500


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge did."""

    removed: int = 0
    """Files removed."""
    freed: int = 0
    """Their bytes."""
    waiting: int = 0
    """Files that nobody uses and whose grace time is not over."""


def purge_unused(
    new_work: Callable[[], UnitOfWork], files: FileStore, *, now: datetime, grace: timedelta
) -> PurgeReport:
    """Remove every file that no object has used for `grace`, counted from the first purge that found it unused.

    Idempotent. The database is locked for a batch at a time; a file that is stored or named again meanwhile stays.
    """
    before = now - grace
    # Read before the database is asked: what is stored after this has a younger time, and stays.
    stored = list(files.list_stored(before))
    with new_work() as work:
        due, waiting = _note(work.session, stored, now, before)
    sizes: list[int] = []
    for part in _batches(due):
        with new_work() as work:
            sizes += _remove(work, files, part, before)
    return PurgeReport(removed=len(sizes), freed=sum(sizes), waiting=waiting)


def _note(session: Session, stored: Sequence[str], now: datetime, before: datetime) -> tuple[list[str], int]:
    """Write down what is unused since now; the files whose grace time is over, and how many wait."""
    unused = set(stored) - _in_use(session, stored)
    known = {row.sha256: row.since for row in session.exec(select(UnusedFile))}
    _forget(session, known.keys() - unused)
    session.add_all(UnusedFile(sha256=one, since=now) for one in sorted(unused - known.keys()))
    due = sorted(one for one in unused if known.get(one, now) <= before)
    return due, len(unused) - len(due)


def _remove(work: UnitOfWork, files: FileStore, digests: Sequence[str], before: datetime) -> list[int]:
    """Remove the bytes while nobody can name them, for that takes the lock held here; their sizes."""
    used = _in_use(work.session, digests)
    unused = [one for one in digests if one not in used]
    sizes = [size for one in unused if (size := files.remove(one, before))]
    _forget(work.session, digests)
    if sizes:
        work.audit("files.purged", None, files=len(sizes), bytes=sum(sizes))
    return sizes


def _in_use(session: Session, digests: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for part in _batches(digests):
        found.update(session.exec(select(Attachment.sha256).where(col(Attachment.sha256).in_(part))))
        found.update(session.exec(select(FileUse.sha256).where(col(FileUse.sha256).in_(part))))
    return found


def _forget(session: Session, digests: Iterable[str]) -> None:
    for part in _batches(list(digests)):
        session.execute(delete(UnusedFile).where(col(UnusedFile.sha256).in_(part)))


def _batches(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    return (digests[start : start + BATCH] for start in range(0, len(digests), BATCH))
