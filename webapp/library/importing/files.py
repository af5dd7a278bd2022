"""Which files of a folder are to be imported, and under which names they are spoken of."""

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Found:
    """What is in a folder."""

    files: list[Path] = field(default_factory=list)
    """Regular files in a stable order."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """Folders and files that cannot be looked at, with the reason."""


def find_files(directory: Path) -> Found:
    """Regular files below a folder. Hidden ones and links that leave the folder are left out; links to folders are not
    followed.
    """
    root, found = directory.resolve(), Found()

    def cannot(error: OSError) -> None:
        found.unreadable[name_of(Path(error.filename or root), root)] = error.strerror or str(error)

    for folder, names, files in os.walk(root, onerror=cannot):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if name.startswith("."):
                continue
            try:
                if path.is_file() and path.resolve().is_relative_to(root):
                    found.files.append(path)
            except OSError as error:
                cannot(error)
    return found


def name_of(path: Path, root: Path) -> str:
    """The name of a file relative to the folder, fit to be stored, printed and compared.

    A name is bytes to the system and may be no text at all; and one system writes `é` as one character, another as two.
    """
    raw = os.fsencode(path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path))
    return comparable(raw.decode("utf-8", "replace"))


def comparable(name: str) -> str:
    """A name as it is compared: composed, with the separators of POSIX."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./")
