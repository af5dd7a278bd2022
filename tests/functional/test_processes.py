"""Two servers and a worker at once on one data directory: what one changes, the others show."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.functional.house import OFF, PASSWORD, Site, prepare
from tests.functional.processes import Person, Running, Server, ipcu, ipcu_without_powers, wait_for


class House(Site):
    """Servers A and B, a worker, an officer and a librarian."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.a, self.b = Server(data, **OFF), Server(data, "--workers", "2", **OFF)
        self.worker = Running(data, "worker", **OFF)
        self.processes = [self.a, self.b, self.worker]

    def ready(self) -> "House":
        for server in (self.a, self.b):
            wait_for(server.answers, "the first answer")
        wait_for(lambda: self.worker.says("Worker started"), "the worker's start")
        self.enter(self.a, self.b)
        return self


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    try:
        yield house.ready()
    finally:
        house.close()


def test_a_session_of_one_server_is_good_at_the_other(house):
    assert house.officer.get(house.b, "/account/").status == 200


def test_what_one_server_publishes_the_other_finds_and_what_it_withdraws_is_gone_at_once(house):
    title = "Zephyr protocol for seized drones"
    path = house.write(house.a, title, "Ground the rotorcraft before the battery is touched.")
    assert not house.officer.finds(house.b, "rotorcraft", title)
    house.publish(house.b, path)
    for server in (house.a, house.b):
        wait_for(lambda server=server: house.officer.finds(server, "rotorcraft", title), "the new record in search")
    assert house.save(house.b, path, title, "Ground the hexacopter before the battery is touched.") == 200
    wait_for(lambda: house.officer.finds(house.a, "hexacopter", title), "the new text in search")
    wait_for(lambda: not house.officer.finds(house.a, "rotorcraft", title), "the end of the old text in search")
    withdrawn = house.librarian.post(house.b, f"{path}/withdraw", {"reason": "It was tested and failed."})
    assert withdrawn.status == 200
    # At once, whatever the index still holds: every hit is checked against the database.
    assert not house.officer.finds(house.a, "hexacopter", title)


def test_of_two_edits_of_the_same_state_one_is_refused(house):
    path = house.write(house.a, "A record two people edit", "The first text.")
    revision = house.revision_of(house.a, path)
    with ThreadPoolExecutor(2) as pool:
        edits = [
            pool.submit(house.save, server, path, "A record two people edit", f"By {server.port}.", revision=revision)
            for server in (house.a, house.b)
        ]
    assert sorted(edit.result() for edit in edits) == [200, 409]


def test_edits_at_all_servers_at_once_are_all_found(house):
    paths = [house.write(house.a, f"Parallel procedure {number}", "Nothing yet.") for number in range(4)]
    for path in paths:
        house.publish(house.b, path)

    def edit(number: int) -> int:
        server, path = (house.a, house.b)[number % 2], paths[number % 4]
        title, body = f"Parallel procedure {number % 4}", f"Quokkaword{number} stands here."
        # Who is told that somebody else saved in between compares and saves again.
        while (status := house.save(server, path, title, body)) == 409:
            pass
        return status

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(edit, range(16))) == {200}
    texts = [house.officer.get(house.a, path).text for path in paths]
    last = [found[0] for text in texts if (found := re.findall(r"Quokkaword\d+", text))]
    assert len(last) == 4
    for number, word in enumerate(last):
        for server in (house.a, house.b):
            wait_for(lambda w=word, s=server, n=number: house.officer.finds(s, w, f"Parallel procedure {n}"), word)


def test_database_and_index_are_the_same_in_the_end(house):
    house.publish(house.b, house.write(house.a, "One record at least", "In whatever order the tests run."))
    drained = ipcu(house.data, "index", "drain", **OFF)
    assert drained.returncode == 0, drained.stderr
    verified = ipcu(house.data, "index", "verify", **OFF)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "no difference (0 waiting" in verified.stdout
    assert ipcu(house.data, "audit", "verify", **OFF).returncode == 0
    for process in house.processes:
        assert "Traceback" not in process.output, process.output


NO_HTTP = {
    "a path of their own": (
        b"GET /account/password HTTP/1.1\r\n",
        b"SCRIPT_NAME: /evil\r\nPATH_INFO: /evil\r\n\r\n",
        302,
    ),
    "a chunk without a size": (
        b"POST /sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        400,
    ),
    "two lengths": (
        b"POST /sign-in HTTP/1.1\r\n",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a length below nothing": (b"POST /sign-in HTTP/1.1\r\n", b"Content-Length: -5\r\n\r\nabc", 400),
    "an endless length": (b"POST /sign-in HTTP/1.1\r\n", b"Content-Length: 99999999999999\r\n\r\nabc", 413),
    "a null in a header": (b"GET /sign-in HTTP/1.1\r\n", b"X-A: a\0b\r\n\r\n", 400),
    "a cookie of 9 kB": (b"GET /sign-in HTTP/1.1\r\n", b"Cookie: ipcu=" + b"a" * 9_000 + b"\r\n\r\n", 431),
    "an address of 100 kB": (b"GET /search?q=" + b"a" * 100_000 + b" HTTP/1.1\r\n", b"\r\n", 414),
    "an address elsewhere": (b"GET http://evil.example/records/1 HTTP/1.1\r\n", b"\r\n", 302),
}


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_proper_request_is_refused_without_an_error_of_ours(house, name):
    line, rest, status = NO_HTTP[name]
    with socket.create_connection(("127.0.0.1", house.a.port), timeout=30) as line_out:
        line_out.sendall(line + b"Host: localhost\r\nConnection: close\r\n" + rest)
        answer = line_out.makefile("rb").read(4_000).decode("latin-1")
    assert answer.startswith(f"HTTP/1.1 {status} "), answer[:200]
    assert not re.search(r"(?m)^Location: .*evil", answer), answer
    assert "Traceback" not in house.a.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_server_and_worker_soon_and_well(tmp_path, number):
    prepare(tmp_path)
    server, worker = Server(tmp_path, **OFF), Running(tmp_path, "worker", **OFF)
    try:
        wait_for(server.answers, "the first answer")
        wait_for(lambda: worker.says("Worker started"), "the worker's start")
        assert worker.stop(number) == 0, worker.output
        assert server.stop(number) == 0, server.output
        assert "Traceback" not in server.output + worker.output, server.output + worker.output
    finally:
        server.kill()
        worker.kill()


def test_a_server_whose_process_is_killed_gets_another(tmp_path):
    prepare(tmp_path)
    server = Server(tmp_path, **OFF)
    try:
        wait_for(server.answers, "the first answer")
        first = re.findall(r"Booting worker with pid: (\d+)", server.output)
        os.kill(int(first[0]), signal.SIGKILL)
        wait_for(lambda: server.output.count("Booting worker") == 2, "a second process")
        wait_for(server.answers, "an answer of the second process")
        assert server.stop() == 0
    finally:
        server.kill()


def test_a_port_in_use_is_one_line(tmp_path):
    prepare(tmp_path)
    server = Server(tmp_path, **OFF)
    try:
        wait_for(server.answers, "the first answer")
        second = ipcu(tmp_path, "serve", port=server.port, **OFF)
        assert second.returncode == 1
        assert second.stderr.startswith(
            f"ipcu: The server cannot listen on 127.0.0.1 port {server.port}: Address already"
        )
        assert second.stderr.count("\n") == 1
    finally:
        server.kill()


@pytest.mark.parametrize("command", ["serve", "worker", "doctor", "index status"])
def test_a_data_directory_that_cannot_be_written_is_one_line(tmp_path, command):
    prepare(tmp_path)
    tmp_path.chmod(0o500)
    refused = ipcu_without_powers(tmp_path, *command.split(), **OFF)
    tmp_path.chmod(0o700)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"ipcu: The data directory {tmp_path} cannot be used: Permission denied. IPCU_DATA_DIR says where it is.\n"
    )
    assert ipcu(tmp_path, "index", "status", **OFF).returncode == 0


def test_what_a_server_writes_is_for_its_owner_alone(tmp_path):
    prepare(tmp_path)
    tmp_path.chmod(0o755)
    server = Server(tmp_path, workers=2, **OFF)
    try:
        wait_for(server.answers, "the first answer")
        Person().sign_in(server, "amina@exchange.example", PASSWORD)
        # The log is the test's own.
        theirs = [path for path in tmp_path.rglob("*") if path.suffix != ".log"]
        assert {"ipcu.sqlite3", "ipcu.sqlite3-wal", "ipcu.sqlite3-shm"} <= {path.name for path in theirs}
        assert not [path for path in (tmp_path, *theirs) if path.stat().st_mode & 0o077]
        assert server.stop() == 0, server.output
    finally:
        server.kill()


@pytest.mark.model
def test_a_server_answers_while_the_model_loads(tmp_path):
    prepare(tmp_path)
    server = Server(tmp_path, secret_key=OFF["secret_key"])
    try:
        wait_for(server.answers, "the first answer")
        officer = Person().sign_in(server, "amina@exchange.example", PASSWORD)
        page = officer.get(server, "/search", q="seized drones")
        assert page.status == 200
        assert "still starting" in page.text
        assert server.stop() == 0, server.output
    finally:
        server.kill()
