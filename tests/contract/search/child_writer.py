"""A process that writes to an embedded index, and is killed on the way if told so. Run by `test_embedded_engine`."""

import os
import signal
import sys
from pathlib import Path

from search.engine import Delete
from search.engines.embedded import EmbeddedEngine, writing
from search.engines.embedded.storage import AppendFile
from tests.contract.search.engine_model import RECIPE, axis, document


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(moment: str) -> None:
    """Arrange to be killed between two files, between the files and the commit, or right after it."""
    append, commit = AppendFile.append, writing.commit

    def append_or_die(self: AppendFile, at: int, chunks: list[bytes]) -> None:
        if self._path.name == "rows.log":
            die()
        append(self, at, chunks)

    def commit_and_die(writer: object) -> None:
        commit(writer)
        die()

    match moment:
        case "before the log":
            AppendFile.append = append_or_die
        case "before the commit":
            writing.commit = die
        case "after the commit":
            writing.commit = commit_and_die


def main(directory: str, task: str) -> None:
    engine = EmbeddedEngine(Path(directory), recipe=RECIPE)
    if task.isdecimal():
        for number in range(int(task), int(task) + 3):
            engine.write([document(number, body="patrol", vectors=[axis(1)])])
        return
    die_at(task)
    new = [document(1, revision=2, body="new", vectors=[axis(1)]), document(3, body="new", vectors=[axis(1)])]
    engine.write([*new, Delete(document(2).ref, 2)])


if __name__ == "__main__":
    main(*sys.argv[1:])
