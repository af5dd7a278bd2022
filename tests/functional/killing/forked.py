"""Processes for these tests. Three things are set before the command runs: the embedder (hashes of words, so that vectors
take part and the model need not load), the clock, which the test can put forward for all of them at once, and, where
wanted, the file event at which the process kills itself.
"""

import os
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import core.clock
import webapp.composition
from search.embedding import HashEmbedder
from tests.functional.forking import context
from tests.functional.processes import Running, Server

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
EVENTS = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "sqlite3.connect"})
"""Audit events, beside `open`, that change files."""

ahead = context.Value("d", 0.0, lock=False)
"""Seconds by which the clock of every forked process, and that of the test, is ahead of the computer's."""


class AheadClock:
    """The computer's clock, put forward by `ahead` whenever it is asked: leases of the killed run out at once."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead.value)

    def today(self) -> date:
        return self.now().date()


@dataclass
class StandIns:
    """What a child does before it is the command. `shared` is `ahead`, as it reaches the child."""

    shared: Any
    data: Path
    die_at: int

    def __call__(self) -> None:
        core.clock.SystemClock.now = lambda _: datetime.now(UTC) + timedelta(seconds=self.shared.value)
        webapp.composition.build_embedder = lambda *_, **__: HashEmbedder()
        if self.die_at:
            _die_at(self.die_at, str(self.data))


def _die_at(step: int, data: str) -> None:
    """Kill this process at the given event that changes a file below the data directory."""
    left = step

    def hook(event: str, details: tuple[Any, ...]) -> None:
        nonlocal left
        if not details or not str(details[0]).removeprefix("file:").startswith(data):
            return
        if event in EVENTS or (event == "open" and isinstance(details[2], int) and details[2] & WRITES):
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


class Forked(Running):
    """A command of the product. `die_at`: the file event at which it kills itself; 0 for never."""

    def __init__(self, data: Path, *arguments: str, die_at: int = 0, **settings: object) -> None:
        super().__init__(data, *arguments, before=StandIns(ahead, data, die_at), **settings)

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    @property
    def status(self) -> int | None:
        """What it ended with, -9 when killed; None while it runs."""
        return self._process.poll()


class ForkedServer(Forked, Server):
    """`ipcu serve`, forked."""
