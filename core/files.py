"""Content-addressed file store, and the text extracted from its files.

A file is named by the SHA-256 of its content and never changes. `FileText` is what the extractor made of it, shared by every
object that uses the file; `FileUse` says which those are, so that they are marked dirty when the text arrives.
"""

import errno
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from sqlmodel import JSON, Column, Field, Session, SQLModel, col, select

from core.content import ContentRef
from core.db import UtcDateTime
from core.errors import Invalid, Message, NotFound, Unavailable

log = logging.getLogger(__name__)

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG})
"""What a disk says that is full, read-only, forbidden or broken."""
CHUNK = 1 << 20
DIGEST_LENGTH = 64
"""Hexadecimal digits of a SHA-256, which is the name of a file."""
INLINE_TYPES = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"})
"""Sniffed types a browser may show itself; everything else is a download."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is safely on disk."""

    sha256: str
    size: int


class StagedFile(Protocol):
    """A file that was received and is not in the store yet: it can be looked at, and is gone unless it is kept."""

    path: Path
    """Where it can be read until it is kept."""
    stored: StoredFile
    """What it will be called in the store."""

    def keep(self) -> None:
        """Put it into the store, durably. Call it before the commit that names it. Raises Unavailable."""


class FileStore(Protocol):
    """Where files live. The directory store is the default; an S3-compatible one fits the same methods."""

    def stage(self, stream: IO[bytes], *, limit: int) -> AbstractContextManager[StagedFile]:
        """Receive a stream of at most `limit` bytes. Raises Invalid for an empty or larger one, Unavailable when there is no room."""

    def put(self, stream: IO[bytes], *, limit: int) -> StoredFile:
        """Receive a stream and keep it."""

    def sweep(self, older_than: float = 86_400.0) -> None:
        """Remove what a process that was killed left half stored, once it is so many seconds old."""

    def list_stored(self, before: datetime) -> Iterator[str]:
        """Names of the files that were stored, or stored again, before that time."""

    def remove(self, sha256: str, before: datetime) -> int:
        """Remove a file for good, unless it was stored again since; returns the bytes that became free."""

    def open(self, sha256: str) -> BinaryIO:
        """Read a file. Raises NotFound."""

    def path(self, sha256: str) -> Path:
        """A local path to read the file from. Raises NotFound."""

    def has(self, sha256: str) -> bool:
        """True when the file is there."""


class _Staged:
    """`StagedFile` of the directory store."""

    def __init__(self, path: Path, final: Path, stored: StoredFile) -> None:
        self.path, self.stored = path, stored
        self._final = final

    def keep(self) -> None:
        """Put it into the store, durably. Raises Unavailable."""
        with _disk_trouble():
            self._final.parent.mkdir(parents=True, exist_ok=True)
            self.path.replace(self._final)


class DirectoryStore:
    """Files in a directory, two levels deep by the first digits of the digest."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def stage(self, stream: IO[bytes], *, limit: int) -> Iterator[StagedFile]:
        """Receive a stream of at most `limit` bytes. Raises Invalid for an empty or larger one, Unavailable when the disk does not take it."""
        temporary = self._root / f".incoming-{secrets.token_hex(8)}"
        try:
            with _disk_trouble():
                self._root.mkdir(parents=True, exist_ok=True)
                stored = _receive(stream, temporary, limit)
            yield _Staged(temporary, self._place(stored.sha256), stored)
        finally:
            temporary.unlink(missing_ok=True)

    def put(self, stream: IO[bytes], *, limit: int) -> StoredFile:
        """Receive a stream and keep it."""
        with self.stage(stream, limit=limit) as staged:
            staged.keep()
            return staged.stored

    def sweep(self, older_than: float = 86_400.0) -> None:
        """Remove what a process that was killed left half stored, once it is so many seconds old."""
        with suppress(OSError):
            for left in self._root.glob(".incoming-*"):
                if time.time() - left.stat().st_mtime > older_than:
                    left.unlink(missing_ok=True)

    def list_stored(self, before: datetime) -> Iterator[str]:
        """Names of the files that were stored, or stored again, before that time."""
        for path in self._root.glob("??/??/*"):
            # The file may be removed by another purge while this one looks.
            with suppress(FileNotFoundError):
                if len(path.name) == DIGEST_LENGTH and _stored_at(path) < before:
                    yield path.name

    def remove(self, sha256: str, before: datetime) -> int:
        """Remove a file for good, unless it was stored again since; returns the bytes that became free."""
        place = self._place(sha256)
        aside = self._root / f".incoming-{secrets.token_hex(8)}"
        try:
            # Moved first and then looked at: what is stored at this moment is either what was moved, or takes its place.
            place.rename(aside)
        except FileNotFoundError:
            return 0
        try:
            if _stored_at(aside) >= before:
                with suppress(FileExistsError):
                    place.hardlink_to(aside)
                return 0
            return aside.stat().st_size
        finally:
            aside.unlink()

    def open(self, sha256: str) -> BinaryIO:
        """Read a file. Raises NotFound."""
        return self.path(sha256).open("rb")

    def path(self, sha256: str) -> Path:
        """A local path to read the file from. Raises NotFound."""
        place = self._place(sha256)
        if not place.is_file():
            raise NotFound("The file is not in the store.")
        return place

    def has(self, sha256: str) -> bool:
        """True when the file is there."""
        return self._place(sha256).is_file()

    def _place(self, sha256: str) -> Path:
        if len(sha256) != DIGEST_LENGTH or not sha256.isalnum():
            raise NotFound("That is not the name of a stored file.")
        return self._root / sha256[:2] / sha256[2:4] / sha256


def _receive(stream: IO[bytes], path: Path, limit: int) -> StoredFile:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as target:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limit:
                message = Message("The file is larger than %(limit)s MB.", limit=limit // CHUNK)
                raise Invalid(message, {"file": message})
            digest.update(chunk)
            target.write(chunk)
        if not size:
            message = Message("The file is empty.")
            raise Invalid(message, {"file": message})
        target.flush()
        os.fsync(target.fileno())
    return StoredFile(digest.hexdigest(), size)


def _stored_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


@contextmanager
def _disk_trouble() -> Iterator[None]:
    """What the disk refuses is said to the person; any other error is ours."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK:
            raise
        log.error("files cannot be stored: %s", error)
        raise Unavailable(
            "The file could not be stored: %(reason)s. Nothing was saved. Please tell the administrator, "
            "who can see to the disk and the data directory.",
            reason=error.strerror,
        ) from error


class FileText(SQLModel, table=True):
    """What the extractor made of one file. `status` is one of `indexer.extraction.ExtractionStatus`."""

    __tablename__ = "file_text"

    sha256: str = Field(primary_key=True)
    media_type: str
    status: str = Field(default="pending", index=True)
    reason: str = ""
    pages: int | None = None
    truncated: bool = False
    blocks: list[dict[str, object]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """`{"text": ..., "heading": ..., "page": ...}` in reading order."""
    remarks: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))
    """What a reader should know of the text: names of `indexer.extraction.Remark`, some with a detail behind a colon."""
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    """How often reading it was begun; a file that ends the reader again and again is given up on."""
    updated_at: datetime = Field(sa_type=UtcDateTime)


class FileUse(SQLModel, table=True):
    """An object's search document contains the text of a file."""

    __tablename__ = "file_use"

    sha256: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    object_id: int = Field(primary_key=True)


def use_file(session: Session, ref: ContentRef, sha256: str, media_type: str, now: datetime) -> None:
    """Say that the object uses the file; its text is asked for when nobody did before, or when it was taken for something else.

    Bytes that could not be read as one type are read anew once they are known to be of another.
    """
    text = session.get(FileText, sha256)
    if text is None:
        session.add(FileText(sha256=sha256, media_type=media_type, updated_at=now))
    elif text.media_type != media_type and text.status not in ("ok", "pending"):
        text.media_type, text.status, text.reason, text.attempts, text.updated_at = media_type, "pending", "", 0, now
        session.add(text)
    if session.get(FileUse, (sha256, ref.kind, ref.id)) is None:
        session.add(FileUse(sha256=sha256, kind=ref.kind, object_id=ref.id))
    session.flush()


def release_file(session: Session, ref: ContentRef, sha256: str) -> None:
    """The object no longer uses the file. The text goes with its last user, the stored bytes when they are purged."""
    use = session.get(FileUse, (sha256, ref.kind, ref.id))
    if use is not None:
        session.delete(use)
        session.flush()
    if session.exec(select(FileUse).where(FileUse.sha256 == sha256).limit(1)).first() is None:
        text = session.get(FileText, sha256)
        if text is not None:
            session.delete(text)
            session.flush()


def texts_of(session: Session, digests: Iterable[str]) -> dict[str, FileText]:
    """Extracted texts by digest."""
    rows = session.exec(select(FileText).where(col(FileText.sha256).in_(set(digests))))
    return {row.sha256: row for row in rows}
