"""Run what docker-compose.yml describes as processes of this machine, without a container engine.

    . build/services.env; python scripts/compose_natively.py      # `make stack`: until Ctrl-C

Commands, settings, secrets, users, health checks and the order of starting are those of the file. Replaced is what must
differ: host names and ports, and paths that are mounted (compose_box.py). PostgreSQL, Redis and nginx are Debian's;
OpenSearch is the node of `make services`, under a prefix of its own. Needs the set-up of `make setup`.
"""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import compose_of
import services_of
from compose_box import IS_TIGHT, Box
from services import free_port

PATIENCE = 300.0
"""Seconds until a service that does not become healthy is given up: the model loads on a busy core."""
NAME = "localhost"


class Failed(Exception):
    """A service did not do what the file says of it; the message ends with its log."""


class Stack:
    """The services of the file. Used as a context it leaves no process and no file behind."""

    def __init__(self, opensearch: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="ipcu-compose-"))
        self.home.chmod(0o711)
        self.services = compose_of.read()
        self.prefix = f"ipcu-stack-{uuid.uuid4().hex[:8]}"
        """Of everything on the search server, which others use too."""
        self.opensearch = opensearch
        self.ports = {(name, port): free_port() for name, ports in compose_of.PORTS.items() for port in ports}
        self.ports["opensearch", 9200] = urlsplit(opensearch).port or 9200
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.statuses: dict[str, int] = {}
        """Of what has ended."""
        self.finished: set[str] = set()
        """What runs once at every start, and did."""
        for name in ("shared", "data", "secrets", "tmp"):
            (self.home / name).mkdir()
        self._make_secrets()
        self._own(self.home / "data", self.services["web"].user)

    def _make_secrets(self) -> None:
        script = compose_of.ROOT / "scripts" / "prepare_deploy.sh"
        subprocess.run(["sh", str(script), NAME, str(self.home / "secrets")], check=True, capture_output=True)
        (self.home / "secrets").chmod(0o711)  # PostgreSQL's own user reads its password there

    @staticmethod
    def _own(path: Path, user: str) -> None:
        if IS_TIGHT:
            os.chown(path, *map(int, user.split(":")))

    @property
    def address(self) -> str:
        """Of the site, as people reach it."""
        return f"https://{NAME}:{self.ports['proxy', 8443]}"

    @property
    def certificate(self) -> Path:
        """To trust it by."""
        return self.home / "secrets" / "tls.crt"

    def box(self, name: str) -> Box:
        """The place of a service."""
        return Box(self.home, self.services[name], self.ports, compose_of.secret_files())

    def log(self, name: str) -> str:
        """What it said since its last start."""
        path = self.home / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    # --- start and stop ---------------------------------------------------------------------------------------------

    def up(self, *names: str) -> None:
        """Start these services, or all, each after what it needs, and wait until all are well."""
        for name in names or self.services:
            self.start(name)
        for name in names or self.services:
            if self.services[name].health:
                self.wait_until(name, "service_healthy")

    def start(self, name: str) -> None:
        """Start one service and, first, what it needs."""
        if name in self.processes or name in self.finished or name == "opensearch":
            return
        for needed, condition in self.services[name].needs.items():
            self.start(needed)
            self.wait_until(needed, condition)
        self.launch(name)

    def launch(self, name: str, **changes: str) -> None:
        """Start its process and nothing else; `changes` are further settings."""
        if name == "postgres":
            self._launch_postgres()
            return
        box = self.box(name)
        box.prepare()
        self._begin(name, box.start(box.service.command), self._environment(box) | box.opening() | changes)

    def _environment(self, box: Box) -> dict[str, str]:
        own = {"IPCU_OPENSEARCH_PREFIX": self.prefix} if "IPCU_OPENSEARCH_URL" in box.service.environment else {}
        return box.environment() | own

    def _begin(self, name: str, words: list[str], environment: dict[str, str], user: str = "") -> None:
        log = self.home / f"{name}.log"
        log.touch()
        log.chmod(0o666)  # nginx opens its standard output anew, by then as somebody else
        with log.open("wb") as output:
            self.processes[name] = subprocess.Popen(
                words,
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **services_of.as_user(user),
            )
        self.statuses.pop(name, None)

    def _launch_postgres(self) -> None:
        """As the image does: make the cluster and the database by the variables, once, then serve."""
        said, data = self.services["postgres"].environment, self.home / "postgres"
        user, programs = services_of.unprivileged(("postgres", "nobody")), services_of.find_postgres()
        password = self.home / "secrets" / "postgres_password"
        port, is_new = str(self.ports["postgres", 5432]), not data.exists()
        if is_new:
            data.mkdir()
            if user:
                shutil.chown(data, user)
            make = [programs / "initdb", *shlex.split(said["POSTGRES_INITDB_ARGS"]), "-U", said["POSTGRES_USER"]]
            self._call([*make, "--pwfile", password, "--no-sync", "-D", data], user)
        serve = [str(programs / "postgres"), "-D", str(data), "-p", port]
        options = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
        self._begin("postgres", [*serve, *options], {"PATH": os.defpath}, user)
        self.wait_until("postgres", "service_healthy")
        if is_new:
            where = ["-h", "127.0.0.1", "-p", port, "-U", said["POSTGRES_USER"]]
            self._call(
                [programs / "createdb", *where, said["POSTGRES_DB"]], user, PGPASSWORD=password.read_text().strip()
            )

    def _call(self, words: list[str | Path], user: str, **environment: str) -> None:
        seen = {"PATH": os.defpath, **environment}
        done = subprocess.run(
            words, env=seen, cwd="/", capture_output=True, text=True, check=False, **services_of.as_user(user)
        )
        if done.returncode:
            raise Failed(f"{words[0]}: {done.stderr.strip()}")

    def stop(self, name: str) -> int:
        """Stop it as the engine does: its signal, its grace, and then no more. Its status."""
        process, service = self.processes.pop(name), self.services[name]
        if process.poll() is None:
            process.send_signal(signal.Signals[service.stop_signal])
        try:
            self.statuses[name] = process.wait(service.grace)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise Failed(f"{name} did not end within {service.grace:g} s:\n{self.log(name)}") from None
        return self.statuses[name]

    def down(self) -> dict[str, int]:
        """Stop everything, each before what it needs, and say how each ended."""
        for name in reversed(list(self.processes)):
            self.stop(name)
        self.finished.clear()
        return dict(self.statuses)

    # --- looking at it ----------------------------------------------------------------------------------------------

    def is_healthy(self, name: str) -> bool:
        """Whether its own health check says so, run where it runs."""
        service = self.services[name]
        if name in ("opensearch", "postgres"):
            path = f"{services_of.find_postgres()}{os.pathsep}{os.defpath}"
            words = [self.box(name).native(word) for word in service.health]
            return (
                subprocess.run(words, env={"PATH": path}, capture_output=True, timeout=30, check=False).returncode == 0
            )
        return name in self.processes and self.run(name, *service.health).returncode == 0

    def run(self, name: str, *command: str, timeout: float = 180) -> subprocess.CompletedProcess[str]:
        """Run something beside a service, as `docker compose exec` does."""
        box = self.box(name)
        return subprocess.run(
            box.enter(self.processes[name].pid, command),
            env=self._environment(box),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def wait_until(self, name: str, condition: str) -> None:
        """Wait for a condition of `depends_on`. Raises Failed when it cannot come, or does not in time."""
        if condition == "service_started":
            return
        if condition == "service_healthy":
            self._wait(name, lambda: self.is_healthy(name), may_end=False)
        elif name not in self.statuses:
            process = self.processes[name]
            self._wait(name, lambda: process.poll() is not None, may_end=True)
            self.statuses[name] = self.processes.pop(name).returncode
            self.finished.add(name)
        if condition == "service_completed_successfully" and self.statuses[name]:
            raise Failed(f"{name} ended with status {self.statuses[name]}:\n{self.log(name)}")

    def _wait(self, name: str, is_so: Callable[[], bool], *, may_end: bool) -> None:
        until = time.monotonic() + PATIENCE
        while not is_so():
            process = self.processes.get(name)
            if process is not None and process.poll() is not None and not may_end:
                raise Failed(f"{name} ended with status {process.returncode}:\n{self.log(name)}")
            if time.monotonic() > until:
                raise Failed(f"{name} was not well within {PATIENCE:g} s:\n{self.log(name)}")
            time.sleep(0.2)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        request = urllib.request.Request(f"{self.opensearch}/{self.prefix}-*", method="DELETE")  # noqa: S310
        with suppress(OSError):
            urllib.request.urlopen(request, timeout=30).close()  # noqa: S310  on this machine
        shutil.rmtree(self.home, ignore_errors=True)


def main() -> int:
    """Start everything, say where it is, and stop it at Ctrl-C."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    opensearch = os.environ.get("IPCU_TEST_OPENSEARCH_URL", "")
    if not opensearch:
        print("There is no OpenSearch: make services ARGS=opensearch, then . build/services.env", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Stack(opensearch) as stack:
        try:
            stack.up()
            print(
                f"==> {stack.address}    Certificate: {stack.certificate}    Logs: {stack.home}    End: Ctrl-C",
                flush=True,
            )
            signal.pause()
        except (Failed, services_of.CannotStart) as problem:
            print(problem, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(f"==> Stopped: {stack.down()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
