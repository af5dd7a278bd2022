"""A server between an engine and a node (or nothing) that fails on demand: slow, busy, refusing, over TLS."""

import json
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

Answer = tuple[int, object]
Fault = Callable[[str, str, bytes], Answer | None]
"""Method, path and body to an answer, or None to let the request through."""

BUSY: Answer = (429, {"error": {"type": "rejected_execution_exception", "reason": "queue is full"}, "status": 429})


def healthy_about(version: str = "3.5.0", plugins: tuple[str, ...] = ("opensearch-knn",)) -> Fault:
    """What a cluster says of itself."""

    def answer(method: str, path: str, body: bytes) -> Answer | None:
        if path == "/":
            return 200, {"version": {"distribution": "opensearch", "number": version}}
        if path.startswith("/_cat/plugins"):
            return 200, [{"name": "n", "component": plugin} for plugin in plugins]
        return None

    return answer


@dataclass
class Faulty:
    """The server. `with Faulty(node) as server:` then hand `server.url` to an engine and set `fault` or `delay`."""

    node: str = ""
    certificate: Path | None = None
    fault: Fault | None = None
    delay: float = 0.0
    retry_after: str = ""
    """Sent with planned answers."""
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        """Its address."""
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://localhost:{self._server.server_address[1]}"

    def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """What the caller gets."""
        self.requests.append(f"{method} {path}")
        self.headers.append(headers)
        if self.delay:
            self._released.wait(self.delay)
        planned = self.fault(method, path, body) if self.fault else None
        if planned is not None:
            return planned[0], json.dumps(planned[1]).encode()
        return self._pass_on(method, path, body, headers)

    def _pass_on(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        kept = {"content-type": headers.get("content-type", "application/json")}
        request = urllib.request.Request(self.node + path, data=body or None, headers=kept, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


def _handler(owner: Faulty) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = owner.answer(self.command, self.path, body, headers)
            try:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                if owner.retry_after and status >= 400:
                    self.send_header("retry-after", owner.retry_after)
                self.end_headers()
                self.wfile.write(answer)
            except OSError:
                self.close_connection = True  # the caller did not wait

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815  the names the standard library wants

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def make_certificate(directory: Path) -> Path:
    """A certificate for localhost, signed by itself, with its key in the same file."""
    key, made = directory / "key.pem", directory / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    both = directory / "both.pem"
    both.write_bytes(key.read_bytes() + made.read_bytes())
    return both


def took(act: Callable[[], object]) -> float:
    """Seconds."""
    started = time.monotonic()
    act()
    return time.monotonic() - started
