"""Real servers for development and tests, without Docker: OpenSearch, PostgreSQL, Redis.

    python scripts/services.py start [NAME...]     # those named, or all; what already runs is kept
    python scripts/services.py stop                # exactly what this started, nothing else
    python scripts/services.py status

Each listens on a free port of 127.0.0.1 and keeps its data in one temporary directory, which `stop` removes. The addresses
are written to build/services.env, to be sourced. Needs Python 3.11, and what each server's `missing` line says.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import services_of

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build"
"""Where it is remembered what runs."""
PATIENCE = 120.0
"""Seconds a server may take to answer; a cold machine with one core takes 40."""
GRACE = 30.0


@dataclass(slots=True)
class Running:
    """A process this script started. A process id alone may mean another process by now; with its start it cannot."""

    pid: int
    began: str
    address: str


@dataclass(slots=True)
class State:
    """What was started and where it lives."""

    home: Path
    directory: str = ""
    running: dict[str, Running] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """For the next call."""
        return self.home / "services.json"

    @property
    def environment(self) -> Path:
        """For whoever sources the addresses."""
        return self.home / "services.env"

    @classmethod
    def read(cls, home: Path) -> "State":
        """What the last call left; nothing when there was none."""
        state = cls(home)
        try:
            stored = json.loads(state.file.read_text())
        except (FileNotFoundError, ValueError):
            return state
        state.directory = stored["directory"]
        state.running = {name: Running(**one) for name, one in stored["running"].items()}
        return state

    def write(self) -> None:
        """Keep it for the next call, and the addresses for whoever sources them."""
        running = {name: asdict(one) for name, one in self.running.items()}
        self.file.write_text(json.dumps({"directory": self.directory, "running": running}, indent=1))
        lines = [f"export {services_of.VARIABLES[name]}={one.address}\n" for name, one in self.running.items()]
        self.environment.write_text("".join(lines))


def main() -> int:
    """Run one command; the exit status says whether all that was asked for runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("start", "stop", "status"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(services_of.SERVICES)}")
    parser.add_argument("--home", type=Path, default=HOME, help="where it is remembered what runs (build/)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(services_of.SERVICES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    options.home.mkdir(parents=True, exist_ok=True)
    with (options.home / "services.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two starts at once would start everything twice
        state = State.read(options.home)
        if options.command == "stop":
            return stop(state)
        if options.command == "status":
            return status(state)
        return start(state, options.names or list(services_of.SERVICES))


def start(state: State, names: list[str]) -> int:
    """Start what is asked for and does not run, one after the other; wait until each answers."""
    if not state.directory or not Path(state.directory).is_dir():
        state.directory = tempfile.mkdtemp(prefix="ipcu-services-")
        Path(state.directory).chmod(0o711)  # a server that refuses root runs as somebody else and must get in
    failed = 0
    for name in names:
        service = services_of.SERVICES[name]
        known = state.running.get(name)
        if known is not None and is_alive(known):
            say(f"{name} runs already on {known.address}")
            continue
        state.running.pop(name, None)
        try:
            one = launch(service, Path(state.directory) / name)
        except services_of.CannotStart as problem:
            print(f"{name} was not started: {problem}", file=sys.stderr)
            failed = 1
        else:
            state.running[name] = one
            say(f"{name} answers on {one.address} (process {one.pid})")
        state.write()
    state.write()
    if state.running:
        shown = os.path.relpath(state.environment)
        say(f"Their addresses: . {shown}    Data and logs: {state.directory}    End them: make services-stop")
    return failed


def launch(service: services_of.Service, directory: Path) -> Running:
    """One server, answering. Raises CannotStart, and leaves no process behind then."""
    say(f"Starting {service.name}")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    plan = service.prepare(directory, free_port)
    log = directory / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            plan.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal that started it must not end it
            cwd=directory,
            **services_of.as_user(plan.user),
        )
    one = Running(process.pid, began(process.pid), plan.address)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if answers(plan.is_healthy):
            return one
        time.sleep(0.2)
    end(one)
    process.wait()
    last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise services_of.CannotStart(f"it did not answer. The end of its log:\n{last}")


def answers(is_healthy: Callable[[], bool]) -> bool:
    """Whether it is there yet; no answer is no error while it starts."""
    try:
        return is_healthy()
    except (OSError, subprocess.SubprocessError, ValueError):
        return False


def stop(state: State) -> int:
    """End what this script started and remove its data."""
    for name, one in state.running.items():
        if is_alive(one):
            say(f"Stopping {name} (process {one.pid})")
            end(one)
        else:
            say(f"{name} has ended already")
    if state.directory and Path(state.directory).name.startswith("ipcu-services-"):
        shutil.rmtree(state.directory, ignore_errors=True)
    for path in (state.file, state.environment):
        path.unlink(missing_ok=True)
    return 0


def status(state: State) -> int:
    """Say what runs. Status 1 when something that was started has ended."""
    ended = [name for name, one in state.running.items() if not is_alive(one)]
    for name, one in state.running.items():
        print(f"{name:12s} {'ended' if name in ended else 'runs on ' + one.address}")
    if not state.running:
        print("Nothing was started here.")
    return 1 if ended else 0


def end(one: Running) -> None:
    """Ask it to end, wait, and end it."""
    for sent, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 5.0)):
        if not is_alive(one):
            return
        with suppress(ProcessLookupError):
            os.kill(one.pid, sent)
        deadline = time.monotonic() + patience
        while is_alive(one) and time.monotonic() < deadline:
            with suppress(ChildProcessError):  # our own child stays a zombie until somebody asks
                os.waitpid(one.pid, os.WNOHANG)
            time.sleep(0.05)


def is_alive(one: Running) -> bool:
    """Whether that very process still runs."""
    return bool(one.began) and began(one.pid) == one.began


def began(pid: int) -> str:
    """When the process began; empty when there is none."""
    found = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, moment = found.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else moment.strip()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def say(message: str) -> None:
    """One line of what is going on."""
    print(f"==> {message}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
