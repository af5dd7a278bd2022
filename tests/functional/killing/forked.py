"""Processes of the product that start in no time: forked from one that has imported everything, and none of it run.

They are as real as those of `processes`: own process, own session, the command line's own `main`. Three things are set
before it runs: the embedder (hashes of words, so that vectors take part and the model need not load), the clock, which
the test can put forward for all of them at once, and, where wanted, the file event at which the process kills itself.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import core.clock
import webapp.cli
import webapp.runtime
from search.embedding import HashEmbedder
from tests.functional.processes import ROOT, Running, Server

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
EVENTS = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "sqlite3.connect"})
"""Audit events, beside `open`, that change files."""

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["webapp.cli", "gunicorn.workers.gthread", __name__])
ahead = _context.Value("d", 0.0, lock=False)
"""Seconds by which the clock of every forked process, and that of the test, is ahead of the computer's."""


class AheadClock:
    """The computer's clock, put forward by `ahead` whenever it is asked: leases of the killed run out at once."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead.value)


def _main(arguments: tuple[str, ...], seen: dict[str, str], log: str, shared: Any, die_at: int) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(seen)
    os.chdir(ROOT)
    for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, os.open(log, os.O_WRONLY | os.O_CREAT))):
        os.dup2(file, number)
    os.dup2(1, 2)

    core.clock.SystemClock.now = lambda _: datetime.now(UTC) + timedelta(seconds=shared.value)
    webapp.runtime.build_embedder = lambda *_, **__: HashEmbedder()
    if die_at:
        _die_at(die_at, seen["IPCU_DATA_DIR"])
    sys.argv = ["ipcu", *arguments]
    webapp.cli.main()


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


class _AsPopen:
    """A forked process with what `Running` uses of a `Popen`."""

    def __init__(self, process: Any) -> None:
        self._process = process
        self.pid: int = process.pid

    def poll(self) -> int | None:
        self._process.join(0)
        return self._process.exitcode

    def wait(self, patience: float) -> int:
        self._process.join(patience)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.pid), patience)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


class Forked(Running):
    """A command of the product. `die_at`: the file event at which it kills itself; 0 for never."""

    def __init__(self, data: Path, *arguments: str, die_at: int = 0, **settings: object) -> None:
        self._die_at = die_at
        super().__init__(data, *arguments, **settings)

    def _begin(self, arguments: tuple[str, ...], seen: dict[str, str]) -> Any:
        self._log.touch()
        process = _context.Process(target=_main, args=(arguments, seen, str(self._log), ahead, self._die_at))
        process.start()
        return _AsPopen(process)

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    @property
    def status(self) -> int | None:
        """What it ended with, -9 when killed; None while it runs."""
        return self._process.poll()


class ForkedServer(Forked, Server):
    """`ipcu serve`, forked."""
