"""A node of a test's own, to be hung, killed and started again; others use the one of IPCU_TEST_OPENSEARCH_URL meanwhile."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.needs import NEEDS, REQUIRE, parse_required

PATIENCE = 200.0
"""Seconds for a node to come up, which takes 7 on a machine with nothing else to do."""
QUICK = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1"}
"""A node that lives for a minute is not worth optimising: it starts with half of the processor's time."""
SERVICES = Path(__file__).parents[3] / "scripts" / "services.py"


@dataclass
class Node:
    """A process and where it listens."""

    pid: int
    url: str
    command: list[str]
    child: subprocess.Popen[bytes] | None = None

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """As a power cut would, as far as a process goes."""
        self.send(signal.SIGKILL)
        if self.child is not None:
            self.child.wait()
        self.until_listening(listening=False)

    def start_again(self) -> None:
        """On the same directory and port."""
        nowhere = subprocess.DEVNULL
        self.child = subprocess.Popen(self.command, stdout=nowhere, stderr=nowhere, env=os.environ | QUICK)
        self.pid = self.child.pid
        self.until_listening(listening=True)

    def until_listening(self, *, listening: bool) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._is_listening() is not listening:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # the node needs the processor more than this does

    def _is_listening(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", urlsplit(self.url).port or 0), timeout=1) as connection:
                # Of many attempts at a free port one is given that very port to call from, and reaches itself.
                return connection.getsockname() != connection.getpeername()
        except OSError:
            return False


@contextmanager
def own_node(home: Path) -> Iterator[Node]:
    """A node whose state is kept in `home`. Where none can be started the test is skipped, or fails if nodes are required."""
    run = [sys.executable, str(SERVICES), "--home", str(home)]
    start = [*run, "start", "opensearch"]
    started = subprocess.run(start, capture_output=True, text=True, check=False, env=os.environ | QUICK)
    if started.returncode:
        is_required = "opensearch" in parse_required(os.environ.get(REQUIRE, ""), NEEDS)
        (pytest.fail if is_required else pytest.skip)(f"no node of our own: {started.stderr.strip()}")
    one = json.loads((home / "services.json").read_text())["running"]["opensearch"]
    command = Path(f"/proc/{one['pid']}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
    node = Node(one["pid"], one["address"], command)
    try:
        yield node
    finally:
        if node.child is not None:
            node.child.terminate()
            node.child.wait(60)
        subprocess.run([*run, "stop"], capture_output=True, check=True)
