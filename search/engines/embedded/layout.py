"""The directory of an embedded index: generations, which of them is current, and the lock of the one writer.

CURRENT                   name of the generation readers use, replaced atomically
write.lock                held while a batch is written or generations are changed
generations/<name>/       recipe.json, BUILDING while it is being filled, and what `generation` keeps
"""

import json
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import Conflict, NotFound, Unavailable
from search.engine import Recipe
from search.engines.common import REMEDY

FORMAT = 2
"""Raised whenever the files of a generation change shape; an older or newer generation is not read."""

BUILDING = "BUILDING"
"""Mark of a generation that is not used by readers and takes every write all the same."""

_NAME = re.compile(r"g(\d{6,})-[0-9a-f]{6}")
_log = logging.getLogger(__name__)


class Layout:
    """Names, makes, promotes and removes the generations under one directory."""

    def __init__(self, root: Path, lock_timeout: float) -> None:
        self.root = root
        self._generations = root / "generations"
        self._current = root / "CURRENT"
        self._lock_timeout = lock_timeout

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock of this directory; `Unavailable` when another writer keeps it too long."""
        self._prepare()
        # A new lock object each time: file locks are re-entrant per object, and two threads must exclude each other too.
        lock = FileLock(self.root / "write.lock", timeout=self._lock_timeout, poll_interval=0.01)
        try:
            lock.acquire()
        except Timeout:
            seconds = f"{self._lock_timeout:g}"
            raise Unavailable(
                "The search index is being written by another process (waited %(seconds)s s).", seconds=seconds
            ) from None
        except OSError as error:
            raise Unavailable(
                "The search index in %(root)s cannot be locked: %(reason)s.", root=self.root, reason=error
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _prepare(self) -> None:
        try:
            self._generations.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                "The search index cannot be kept in %(root)s: %(reason)s.", root=self.root, reason=error
            ) from error

    def path(self, name: str) -> Path:
        """The directory of a generation. Raises NotFound for an unknown name."""
        path = self._generations / name
        if not _NAME.fullmatch(name) or not path.is_dir():
            raise NotFound("There is no index generation %(name)s.", name=name)
        return path

    def names(self) -> list[str]:
        """Every generation, oldest first."""
        try:
            found = [entry.name for entry in os.scandir(self._generations) if _NAME.fullmatch(entry.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Unavailable(
                "The search index in %(root)s cannot be read: %(reason)s.", root=self.root, reason=error
            ) from error
        return sorted(found, key=_number)

    def current(self) -> str | None:
        """The generation readers use; None when the directory has never had one. Damage raises Unavailable."""
        try:
            name = self._current.read_bytes().decode("ascii", "replace").strip()
        except FileNotFoundError:
            finished = [name for name in self.names() if not self.is_building(name)]
            if not finished:
                return None
            raise Unavailable(
                "The search index in %(root)s has lost its CURRENT file. %(remedy)s", root=self.root, remedy=REMEDY
            ) from None
        except OSError as error:
            raise Unavailable(
                "The search index in %(root)s cannot be read: %(reason)s.", root=self.root, reason=error
            ) from error
        if not _NAME.fullmatch(name) or not (self._generations / name).is_dir():
            raise Unavailable(
                "The search index in %(root)s names a generation that is not there. %(remedy)s",
                root=self.root,
                remedy=REMEDY,
            )
        return name

    def current_or_none(self) -> str | None:
        """`current()` for housekeeping, which must go on when CURRENT is damaged."""
        try:
            return self.current()
        except Unavailable:
            return None

    def recipe(self, name: str) -> Recipe:
        """What a generation was made with. An unreadable or foreign one raises Unavailable."""
        try:
            stored = json.loads((self.path(name) / "recipe.json").read_bytes())
            if stored["format"] != FORMAT:
                raise ValueError(f"format {stored['format']}, this program reads {FORMAT}")
            return Recipe(**stored["recipe"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(
                "Index generation %(name)s cannot be read (%(reason)s). %(remedy)s",
                name=name,
                reason=error,
                remedy=REMEDY,
            ) from error

    def is_building(self, name: str) -> bool:
        """Whether a generation is being filled or brought up to date, and not used by readers."""
        return (self._generations / name / BUILDING).exists()

    def create(self, recipe: Recipe, fill: Callable[[Path], None]) -> str:
        """Add a generation under construction, made by `fill`. The caller holds the lock."""
        self._sweep()
        number = max(map(_number, self.names()), default=0) + 1
        # The random part keeps a name from ever meaning two generations to a process that still has the dropped one open.
        name = f"g{number:06d}-{secrets.token_hex(3)}"
        draft = self._generations / f".new-{name}"
        try:
            draft.mkdir()
            (draft / BUILDING).touch()
            (draft / "recipe.json").write_text(json.dumps({"format": FORMAT, "recipe": asdict(recipe)}))
            fill(draft)
            for entry in draft.iterdir():
                sync(entry)
            sync(draft)
            draft.rename(self._generations / name)
            sync(self._generations)
        except OSError as error:
            raise Unavailable(
                "No new index generation could be made in %(root)s: %(reason)s.", root=self.root, reason=error
            ) from error
        return name

    def promote(self, name: str) -> None:
        """Point CURRENT at a generation, atomically and durably. The caller holds the lock."""
        self.recipe(name)
        try:
            # The mark of the former one, should its own promotion have been killed, goes first; that of this one last. In
            # between it is current and marked, which is current: at no moment does it miss a write.
            self._unmark(self.current_or_none())
            draft = self.root / ".CURRENT.new"
            draft.write_text(f"{name}\n")
            sync(draft)
            draft.replace(self._current)
            sync(self.root)
            self._unmark(name)
        except OSError as error:
            raise Unavailable(
                "Index generation %(name)s could not be promoted: %(reason)s.", name=name, reason=error
            ) from error

    def reopen(self, name: str) -> None:
        """Mark a generation that is not current as building. The caller holds the lock."""
        path = self.path(name)
        if name == self.current_or_none():
            raise Conflict("Index generation %(name)s is in use already.", name=name)
        try:
            (path / BUILDING).touch()
            sync(path)
        except OSError as error:
            raise Unavailable(
                "Index generation %(name)s could not be opened again: %(reason)s.", name=name, reason=error
            ) from error

    def _unmark(self, name: str | None) -> None:
        if name is not None and self.is_building(name):
            (self._generations / name / BUILDING).unlink(missing_ok=True)
            sync(self._generations / name)

    def drop(self, name: str) -> None:
        """Remove a generation that is not current. The caller holds the lock."""
        path = self.path(name)
        if name == self.current_or_none():
            raise Conflict("Index generation %(name)s is in use; promote another one first.", name=name)
        try:
            # Renamed first, so that a half removed one is never taken for a generation.
            path.rename(self._generations / f".old-{name}")
        except OSError as error:
            raise Unavailable(
                "Index generation %(name)s could not be removed: %(reason)s.", name=name, reason=error
            ) from error
        self._sweep()

    def _sweep(self) -> None:
        """Remove what an interrupted `create` or `drop` left."""
        for entry in self._generations.glob(".*-g*"):
            shutil.rmtree(entry, ignore_errors=True)

    def size(self, name: str) -> int:
        """Bytes a generation takes on disk; the files have holes, so their lengths say too much."""
        total = 0
        for file in self.path(name).rglob("*"):
            try:
                total += 512 * file.stat().st_blocks if file.is_file() else 0
            except FileNotFoundError:  # a merge in another process removed a segment
                continue
        return total


def _number(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match.group(1)) if match else 0


def sync(path: Path) -> None:
    """Make a file, or the entries of a directory, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
