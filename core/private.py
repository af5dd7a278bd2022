"""The data directory is for its owner alone: whoever else has an account on the machine reads neither database nor files."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

PRIVATE_UMASK = 0o077
"""New files are 0600 and new directories 0700. Every command sets it."""
OTHERS = 0o077
"""Permissions of group and others."""


def make_private(directory: Path) -> None:
    """Take every permission of others from a directory, and when it had any, from all that is in it.

    What belongs to another user cannot be changed; the log says so, and so does `ipcu doctor`.
    """
    if not directory.stat().st_mode & OTHERS:
        return
    refused = 0
    # The directory last: a run that is cut off in the middle is repeated by the next one.
    for path in (*_within(directory), directory):
        try:
            mode = path.lstat().st_mode
            if mode & OTHERS:
                path.chmod(mode & 0o700)
        except FileNotFoundError:
            continue
        except OSError:
            refused += 1
    if refused:
        log.warning("%s: the permissions of %d entries could not be changed; see `ipcu doctor`", directory, refused)


def open_to_others(directory: Path, *files: Path) -> list[Path]:
    """What others may get at: the directory, what lies directly in it, and files kept elsewhere."""
    found = []
    for path in (directory, *_children(directory), *files):
        with suppress(FileNotFoundError):
            if not path.is_symlink() and path.stat().st_mode & OTHERS:
                found.append(path)
    return found


def _children(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except FileNotFoundError:
        return []


def _within(directory: Path) -> Iterator[Path]:
    """Everything below, links left out: they lead elsewhere."""
    for folder, folders, files in os.walk(directory):
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink():
                yield path
