"""The command line within the process: as `ipcu` on a terminal, over a migrated database of its own."""

import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.db import Database
from core.people import Role
from tests.factories import World
from webapp.cli.program import main
from webapp.migrations import upgrade
from webapp.terminal.common import OURS


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that explains a failure. Anything more, or a success, fails the test."""
        assert self.status == 1, f"status {self.status}: {self.out}{self.err}"
        assert self.err.startswith("ipcu: ")
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("ipcu: ").strip()

    def well(self) -> "Outcome":
        """The outcome of a command that must not have failed."""
        assert self.status == 0, f"status {self.status}: {self.out}{self.err}"
        return self


Ipcu = Callable[..., Outcome]


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file of the present schema, made as a person makes it."""
    path = tmp_path_factory.mktemp("migrated") / "ipcu.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory that is not there yet, named by the environment."""
    data = tmp_path / "data"
    monkeypatch.setenv("IPCU_DATA_DIR", str(data))
    monkeypatch.setenv("IPCU_EMBEDDING", "off")
    return data


@pytest.fixture
def data(empty: Path, migrated_database: Path) -> Path:
    """A data directory with a database."""
    empty.mkdir()
    shutil.copy(migrated_database, empty / "ipcu.sqlite3")
    return empty


@pytest.fixture
def world(data: Path) -> Iterator[World]:
    """What is in that database, with an organisation `cid`, a librarian and an officer."""
    database = Database(f"sqlite:///{data / 'ipcu.sqlite3'}")
    world = World(database, SystemClock())
    organisation = world.organisation("cid")
    world.person("karim", organisation, Role.LIBRARIAN)
    world.person("amina", organisation, Role.OFFICER)
    yield world
    database.close()


@pytest.fixture
def ipcu(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Ipcu]:
    """Run a command by its arguments, exactly as the program does."""
    handler = signal.getsignal(signal.SIGTERM)
    levels = {name: logging.getLogger(name).level for name in OURS}
    # Commands set the umask of their process, which here is that of the tests; 022 is what most systems start with.
    mask = os.umask(0o022)

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["ipcu", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else int(code is not None), said.out, said.err)

    yield run
    os.umask(mask)
    signal.signal(signal.SIGTERM, handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
