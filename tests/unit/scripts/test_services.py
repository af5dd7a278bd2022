"""`make services`: says what is missing, starts once, ends exactly what it started."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "services.py"


def call(home: Path, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--home", str(home), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **changes})


def is_there(address: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", urlsplit(address).port or 0), timeout=2).close()
    except OSError:
        return False
    return True


def test_what_is_missing_is_said_with_the_way_to_get_it(tmp_path: Path) -> None:
    done = call(tmp_path, "start", "redis", PATH=str(Path(shutil.which("ps") or "").parent / "nowhere"))
    assert done.returncode == 1
    assert "redis was not started: Redis is not installed. Debian: apt-get install redis-server." in done.stderr


def test_stopping_nothing_is_no_error(tmp_path: Path) -> None:
    assert call(tmp_path, "stop").returncode == 0
    assert "Nothing was started here." in call(tmp_path, "status").stdout


def test_an_unknown_server_is_refused(tmp_path: Path) -> None:
    assert "unknown: mysql" in call(tmp_path, "start", "mysql").stderr


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_a_server_is_started_once_and_ended(tmp_path: Path) -> None:
    assert call(tmp_path, "start", "redis").returncode == 0
    try:
        state = json.loads((tmp_path / "services.json").read_text())
        address = state["running"]["redis"]["address"]
        assert (tmp_path / "services.env").read_text() == f"export IPCU_TEST_REDIS_URL={address}\n"
        assert is_there(address)
        assert f"redis runs already on {address}" in call(tmp_path, "start", "redis").stdout
        assert json.loads((tmp_path / "services.json").read_text()) == state
        assert call(tmp_path, "status").returncode == 0
    finally:
        stopped = call(tmp_path, "stop")
    assert stopped.returncode == 0
    assert not is_there(address)
    assert not Path(state["directory"]).exists()
    assert not (tmp_path / "services.env").exists()
