"""A real `ipcu serve` of a data directory, and clients that talk to it over loopback."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.library import PASSWORD, PERSON

WAIT = 240.0
DEGRADED = "notice-degraded"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """One signed-in client that keeps its connection, as a browser does."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookie = ""

    def sign_in(self) -> None:
        """As the person who searches."""
        found = _TOKEN.search(self.get("/sign-in"))
        if found is None:
            raise SystemExit("the sign-in page has no form")
        form = urlencode({"csrf_token": found[1], "email": PERSON, "password": PASSWORD})
        status, _ = self._ask("POST", "/sign-in", form)
        if status != 303:
            raise SystemExit(f"signing in was answered with {status}")

    def search(self, text: str) -> str:
        """The page of results."""
        return self.get(f"/search?{urlencode({'q': text})}")

    def get(self, path: str) -> str:
        """A page, which must be there."""
        status, page = self._ask("GET", path)
        if status != 200:
            raise SystemExit(f"{path} was answered with {status}")
        return page

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(self, method: str, path: str, form: str = "") -> tuple[int, str]:
        headers = {"Cookie": self._cookie} if self._cookie else {}
        if form:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            self._connection.request(method, path, form or None, headers)
            answer = self._connection.getresponse()
        except (RemoteDisconnected, ConnectionError):
            # The server hangs up after two quiet seconds; a browser comes again.
            self._connection.close()
            self._connection.request(method, path, form or None, headers)
            answer = self._connection.getresponse()
        page = answer.read().decode()
        for given in answer.headers.get_all("Set-Cookie", []):
            self._cookie = given.partition(";")[0]
        return answer.status, page


class Server:
    """The processes of one `ipcu serve`."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, began: float) -> None:
        self._process = process
        self.port = port
        self.began = began
        """When it was started, by `time.perf_counter`."""
        self.alive = 0.0
        """Seconds until it answered."""

    def wait_alive(self) -> float:
        """Seconds from the start until /healthz answers."""
        while time.perf_counter() - self.began < WAIT:
            try:
                connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return time.perf_counter() - self.began
            except (OSError, HTTPException):
                time.sleep(0.02)
            if self._process.poll() is not None:
                break
        raise SystemExit("the server did not start")

    def wait_hybrid(self, browser: Browser, text: str) -> float:
        """Seconds from the start until a question is answered by words and meaning, by the process that answers this browser."""
        while time.perf_counter() - self.began < WAIT:
            if DEGRADED not in browser.search(text):
                return time.perf_counter() - self.began
            time.sleep(0.05)
        raise SystemExit(f"no hybrid answer within {WAIT} s: {browser.search(text).partition(DEGRADED)[2][:400]}")

    def workers(self) -> list[int]:
        """Process numbers of those that answer requests."""
        path = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(one) for one in path.read_text().split()]

    def stop(self) -> None:
        """End it and wait."""
        self._process.terminate()
        self._process.wait(60)


@contextmanager
def serving(directory: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """`ipcu serve` with these further settings, ended at the end."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("IPCU_")}
    ours |= {"IPCU_DATA_DIR": str(directory), "IPCU_PORT": str(port), "IPCU_LOG_LEVEL": "WARNING", **settings}
    began = time.perf_counter()
    command = [sys.executable, "-c", "from webapp.cli.program import main; main()", "serve"]
    process = subprocess.Popen(command, env=ours, stdout=subprocess.DEVNULL)
    server = Server(process, port, began)
    try:
        server.alive = server.wait_alive()
        yield server
    finally:
        server.stop()
