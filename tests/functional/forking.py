"""Processes of the product that start in no time: forked from one that has imported everything, and none of it run.

They are as real as started ones: own process, own session, the command line's own `main`. Only importing, two seconds
of a processor's time for each of some hundred processes, is done once.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import BinaryIO

import webapp.cli.program

ROOT = Path(__file__).resolve().parents[2]
Before = Callable[[], None]
"""What a child does before it is the command; it must be picklable."""

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["webapp.cli", "gunicorn.workers.gthread", __name__])


class Child:
    """A forked process with what is used here of a `subprocess.Popen`."""

    def __init__(
        self, arguments: tuple[str, ...], seen: dict[str, str], out: Path, err: Path, before: Before | None = None
    ) -> None:
        """The command begins; what it says goes to the files. `seen` is its whole environment."""
        self._process: ForkServerProcess = context.Process(target=_main, args=(arguments, seen, out, err, before))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

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

    def kill(self) -> None:
        """End it with everything it started."""
        if self.poll() is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:  # it has no session of its own yet
                self._process.kill()


def _main(arguments: tuple[str, ...], seen: dict[str, str], out: Path, err: Path, before: Before | None) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(seen)
    os.chdir(ROOT)
    with Path(os.devnull).open("rb") as nothing, out.open("ab") as said, err.open("ab") as complained:
        streams: tuple[BinaryIO, ...] = (nothing, said, complained)
        for number, stream in enumerate(streams):
            os.dup2(stream.fileno(), number)
    if before is not None:
        before()
    sys.argv = ["ipcu", *arguments]
    webapp.cli.program.main()
