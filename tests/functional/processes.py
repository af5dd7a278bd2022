"""Processes of the product: the command line in children, and a browser's share of HTTP, without a browser."""

import ctypes
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import BaseHandler, HTTPCookieProcessor, HTTPSHandler, Request, build_opener

from tests.functional.forking import ROOT, Before, Child

IPCU = (sys.executable, "-c", "from webapp.cli.program import main; main()")
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
PATIENCE = 60.0
"""Seconds until something is said to never happen: a busy machine is not a fault of the code."""


def environment(data: Path, **settings: object) -> dict[str, str]:
    """What a child sees: nothing of this run but where Python finds its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IPCU_")}
    ours = {f"IPCU_{name.upper()}": str(value) for name, value in settings.items()}
    return {**kept, "IPCU_DATA_DIR": str(data), "NO_COLOR": "1", "COLUMNS": "200", **ours}


def ipcu(
    data: Path, *arguments: str, timeout: float = PATIENCE, **settings: object
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    with tempfile.TemporaryDirectory() as directory:
        out, err = Path(directory, "out"), Path(directory, "err")
        child = Child(arguments, environment(data, **settings), out, err)
        try:
            status = child.wait(timeout)
        finally:
            child.kill()
        return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())


def ipcu_without_powers(data: Path, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run one command to its end as somebody who may write only where the permissions say so, which holds for root as well."""
    return subprocess.run(
        [*IPCU, *arguments],
        cwd=ROOT,
        env=environment(data, **settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        preexec_fn=_obey_permissions,
        check=False,
    )


def _obey_permissions() -> None:
    """CAP_DAC_OVERRIDE leaves the bounding set, which counts when the process becomes another program."""
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).prctl(24, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "root cannot lay its powers down")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Return as soon as `condition` holds. Fails the test when that takes too long."""
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, f"{what} did not happen within {patience:g} s"
        time.sleep(0.02)


class Running:
    """A process of the product that goes on until it is told to stop. `before`: what it does before it is the command."""

    def __init__(self, data: Path, *arguments: str, before: Before | None = None, **settings: object) -> None:
        self._log = data / f"{'-'.join(arguments[:2]).replace('/', '-')}-{time.monotonic_ns()}.log"
        self._log.touch()
        self._process = Child(arguments, environment(data, **settings), self._log, self._log, before)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def says(self, text: str) -> bool:
        assert self._process.poll() is None, f"it ended by itself:\n{self.output}"
        return text in self.output

    def stop(self, number: int = signal.SIGTERM, patience: float = PATIENCE) -> int:
        """Ask it to end and return its status."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(patience)

    def kill(self) -> None:
        """End it with everything it started; for the end of a test, which shows what it said if it failed."""
        self._process.kill()
        self._process.wait(PATIENCE)
        sys.stdout.write(self.output)


class Server(Running):
    """`ipcu serve` on a port of its own."""

    def __init__(self, data: Path, *arguments: str, **settings: object) -> None:
        self.port = free_port()
        super().__init__(data, "serve", *arguments, port=self.port, **settings)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Whether it serves its sign-in page by now."""
        assert self._process.poll() is None, f"the server ended by itself:\n{self.output}"
        try:
            return Person().get(self, "/sign-in").status == 200
        except (URLError, ConnectionError):
            return False


class Place(Protocol):
    """Where a site is served: `Server`, or what stands before one."""

    @property
    def address(self) -> str: ...


class Answer:
    """Status, address and text of a page."""

    def __init__(self, status: int, url: str, text: str) -> None:
        self.status = status
        self.url = url
        self.text = text


class Person:
    """Somebody with a browser's cookies. All servers of one data directory know the same session."""

    def __init__(self, certificate: Path | None = None) -> None:
        """`certificate` is one to trust, for a server behind TLS."""
        handlers: list[BaseHandler] = [HTTPCookieProcessor(CookieJar())]
        if certificate is not None:
            handlers.append(HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate))))
        self._opener = build_opener(*handlers)

    def get(self, server: Place, path: str, **query: str) -> Answer:
        return self._open(Request(f"{server.address}{path}{'?' + urlencode(query) if query else ''}"))

    def post(self, server: Place, path: str, fields: Mapping[str, object], *, page: str = "/account/") -> Answer:
        """Send a form with the token of the page it stands on."""
        found = TOKEN.search(self.get(server, page).text)
        assert found, f"{page} has no token"
        body = urlencode({"csrf_token": found[1], **fields}).encode()
        # As browsers say it; over TLS the form is refused without.
        return self._open(Request(f"{server.address}{path}", data=body, headers={"Referer": f"{server.address}{page}"}))

    def sign_in(self, server: Place, email: str, password: str) -> "Person":
        answer = self.post(server, "/sign-in", {"email": email, "password": password}, page="/sign-in")
        assert "/sign-in" not in answer.url, answer.text
        return self

    def finds(self, server: Place, words: str, title: str) -> bool:
        """Whether the first page of results shows the title."""
        answer = self.get(server, "/search", q=words)
        assert answer.status == 200, answer.text
        return title in re.sub(r"</?mark[^>]*>", "", answer.text)

    def _open(self, request: Request) -> Answer:
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Answer(answer.status, answer.url, answer.read().decode())
        except HTTPError as error:
            return Answer(error.code, error.url or "", error.read().decode("utf-8", "replace"))
