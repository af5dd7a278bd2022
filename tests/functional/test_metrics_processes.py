"""/metrics of real processes: the numbers of one server's processes are one sum, a worker has its own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.db import Database
from tests.factories import World
from tests.functional.house import OFF, prepare
from tests.functional.processes import Person, Running, Server, free_port, ipcu, wait_for
from tests.functional.scraping import LET_IN, TOKEN, Numbers, scrape_port, status_at

COUNT = "ipcu_request_duration_seconds_count"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    prepare(tmp_path)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    server = Server(tmp_path, "--workers", "2", **OFF, metrics_token=TOKEN)
    try:
        wait_for(server.answers, "the first answer")
        wait_for(lambda: len(pids(server)) == 2, "both processes being ready")
        yield server
    finally:
        server.kill()


def pids(server: Server) -> list[int]:
    return sorted(map(int, scrape_port(server.port).values("process_cpu_seconds_total", "pid")))


def asked_of(server: Server, pid: int, times: int) -> None:
    """Requests that this one of the two processes answers: the other one stands still."""
    (other,) = set(pids(server)) - {pid}
    os.kill(other, signal.SIGSTOP)
    try:
        for _ in range(times):
            assert Person().get(server, "/healthz").status == 200
    finally:
        os.kill(other, signal.SIGCONT)


def healthz(numbers: Numbers) -> float:
    return numbers(COUNT, route="/healthz", status="2xx")


def directories(server: Server, tmp_path: Path) -> list[Path]:
    return list((tmp_path / "temporary").glob("ipcu-metrics-*"))


def test_the_processes_of_a_server_are_summed_and_one_that_dies_takes_nothing_away(server, tmp_path):
    first, second = pids(server)
    asked_of(server, first, 3)
    asked_of(server, second, 4)
    assert {healthz(scrape_port(server.port)) for _ in range(5)} == {7}

    (directory,) = directories(server, tmp_path)
    (directory / "counter_1.db").touch()  # what a process leaves that is killed while it makes the file
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: first not in pids(server) and len(pids(server)) == 2, "another process instead")
    new = next(pid for pid in pids(server) if pid != second)
    asked_of(server, new, 2)
    seen = scrape_port(server.port)
    assert healthz(seen) == 9
    assert seen("process_resident_memory_bytes", pid=str(new)) > 1 << 20
    assert seen.values("ipcu_process_ready_timestamp_seconds", "pid") == {str(new), str(second)}
    assert status_at(server.port, {}) == status_at(server.port, {"Authorization": "Bearer wrong"}) == 404

    assert len(directories(server, tmp_path)) == 1
    assert server.stop() == 0, server.output
    assert directories(server, tmp_path) == []
    assert "Traceback" not in server.output, server.output


def test_a_worker_shows_what_it_does_on_a_port_of_its_own(tmp_path):
    organisation = prepare(tmp_path)
    database = Database(f"sqlite:///{tmp_path / 'ipcu.sqlite3'}")
    world = World(database, SystemClock())
    world.record(world.viewer(world.person("zara", organisation)), title="Seized boats")
    database.close()
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    port = free_port()
    settings = {**OFF, "metrics_token_file": tmp_path / "token", "metrics_port": port}
    worker = Running(tmp_path, "worker", **settings)
    try:
        wait_for(lambda: worker.says("Worker started"), "the worker's start")
        wait_for(lambda: scrape_port(port)("ipcu_indexed_documents_total") == 1, "the record being counted")
        seen = scrape_port(port)
        assert seen("ipcu_job_duration_seconds_count", job="drain") == 1
        assert seen("process_cpu_seconds_total", pid=str(worker.pid)) > 0
        assert status_at(port, {}) == 404
        assert status_at(port, {**LET_IN, "Authorization": "Bearer wrong"}) == 404
        second = ipcu(tmp_path, "worker", **settings)
        assert second.returncode == 1
        assert second.stderr.startswith(f"ipcu: The server cannot listen on 127.0.0.1 port {port}: Address already")
        assert "IPCU_METRICS_PORT" in second.stderr
        assert worker.stop() == 0, worker.output
        assert "Traceback" not in worker.output, worker.output
    finally:
        worker.kill()
