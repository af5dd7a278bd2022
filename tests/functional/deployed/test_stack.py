"""A person's tasks on the deployed stack, while parts of it come and go; and what its proxy lets in, adds and keeps back."""

import os
import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.functional.processes import wait_for

pytestmark = [pytest.mark.opensearch, pytest.mark.postgres, pytest.mark.redis, pytest.mark.nginx]

PATIENCE = 180.0
OURS = ("web", "worker", "scheduler")


def test_what_is_written_is_found(deployed):
    deployed.publish(deployed, deployed.write(deployed, "Okapi protocol", "Lead the okapi by its left ear."))
    wait_for(lambda: deployed.finds("left ear of an okapi", "Okapi protocol"), "the record in search", PATIENCE)


def test_every_part_says_that_it_is_well(deployed):
    said = deployed.ipcu("doctor")
    assert "FAIL" not in said
    for part in (
        "order        names are sorted by the rules of C.UTF-8",
        "workers      1 alive",
        "scheduler    1 alive",
    ):
        assert f"ok    {part}" in said


def test_while_the_worker_is_stopped_changes_are_kept(deployed):
    stack = deployed.stack
    assert stack.stop("worker") == 0
    try:
        deployed.publish(deployed, deployed.write(deployed, "Quokka protocol", "Never smile back at a quokka."))
        assert not deployed.finds("quokka", "Quokka protocol")
        assert re.search(r"^waiting +1$", deployed.ipcu("index", "status"), re.MULTILINE)
    finally:
        stack.up("worker")
    wait_for(lambda: deployed.finds("quokka", "Quokka protocol"), "the record in search", PATIENCE)


def test_all_stopped_ends_well_and_comes_back_as_it_was(deployed):
    stack = deployed.stack
    deployed.publish(deployed, deployed.write(deployed, "Numbat protocol", "Offer the numbat termites only."))
    wait_for(lambda: deployed.finds("termites", "Numbat protocol"), "the record in search", PATIENCE)
    assert stack.down() == dict.fromkeys(("proxy", *OURS, "migrate", "postgres", "redis"), 0)
    for name in OURS:
        assert "Traceback" not in stack.log(name), stack.log(name)
        assert "INFO rq" not in stack.log(name), "a log is for what somebody may want to know"
    stack.up()
    assert deployed.finds("termites", "Numbat protocol")  # the same session, too: the key is a secret of the stack
    assert "no difference" in deployed.ipcu("index", "verify")


def test_no_secret_is_seen_in_a_list_of_processes(deployed):
    secrets = [
        path.read_text().strip() for path in (deployed.stack.home / "secrets").iterdir() if path.suffix != ".crt"
    ]
    for name, process in deployed.stack.processes.items():
        for place in ("cmdline", "environ"):
            seen = Path(f"/proc/{process.pid}/{place}").read_text()
            assert not [secret for secret in secrets if secret in seen], f"{place} of {name} shows a secret"


def test_ours_run_as_an_ordinary_user_on_a_file_system_that_is_only_read(deployed, natively):
    if not natively.IS_TIGHT:
        assert os.geteuid() != 0, "root can make mount namespaces on Linux"
        pytest.skip("only root can take the file system away from a process")
    for name in (*OURS, "proxy", "redis"):
        status = Path(f"/proc/{deployed.stack.processes[name].pid}/status").read_text()
        user = deployed.stack.services[name].user.partition(":")[0]
        assert f"Uid:\t{user}\t{user}\t{user}" in status
        assert "NoNewPrivs:\t1" in status
        refused = deployed.stack.run(name, "sh", "-c", "touch /etc/somewhere")
        assert "Read-only file system" in refused.stderr
    assert deployed.stack.run("web", "ls", "/run/secrets").stdout.split() == [
        "postgres_password",
        "redis_password",
        "secret_key",
    ]
    assert deployed.stack.run("scheduler", "ls", "/run/secrets").stdout.split() == ["redis_password"]


# --- the proxy ---


@pytest.fixture
def curl(deployed):
    """Run curl against the proxy; headers and body."""

    def run(path, *options, address=deployed.address):
        words = ["curl", "-sS", "-i", "--max-time", "60", "--path-as-is", "--cacert", str(deployed.stack.certificate)]
        done = subprocess.run([*words, *options, f"{address}{path}"], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    return run


def test_plain_http_is_sent_to_https_with_its_path(deployed, curl):
    said = curl("/search?q=a+b", address=f"http://localhost:{deployed.stack.ports['proxy', 8080]}")
    assert said.startswith("HTTP/1.1 308 ")
    assert "\r\nLocation: https://localhost/search?q=a+b\r\n" in said


def test_pages_bind_the_browser_to_https(curl):
    said = curl("/sign-in")
    assert said.startswith("HTTP/1.1 200 ")
    assert said.count("Strict-Transport-Security: max-age=31536000") == 1
    cookie = next(line for line in said.splitlines() if line.startswith("Set-Cookie: __Host-ipcu="))
    assert "; Secure" in cookie
    assert "; HttpOnly" in cookie
    assert "Server: nginx\r\n" in said  # and no version


def test_an_unknown_certificate_is_not_trusted(deployed):
    done = subprocess.run(["curl", "-sS", deployed.address], capture_output=True, check=False)
    assert done.returncode == 60  # what curl says of a certificate that nobody it knows signed


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/%6detrics", "/library/../metrics", "/metrics?x=1"])
def test_metrics_are_not_for_strangers(curl, path):
    said = curl(path)
    assert said.startswith("HTTP/1.1 404 ")
    assert "<center>nginx</center>" in said  # the proxy's own words: web was not asked


def test_only_the_proxy_says_who_the_client_is(deployed, curl):
    forged = ["-H", "X-Forwarded-For: 6.6.6.6", "-H", "X-Forwarded-Proto: http", "-H", "X-Forwarded-Host: evil.example"]
    page = curl("/sign-in", *forged, "--interface", "127.0.0.2")
    assert "evil.example" not in page
    token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    cookie = page.partition("Set-Cookie: ")[2].partition(";")[0]
    form = ["-H", f"Cookie: {cookie}", "--data-urlencode", f"csrf_token={token}", "--data", "password=wrong"]
    form += ["--data-urlencode", "email=amina@exchange.example", "-H", f"Referer: {deployed.address}/sign-in"]
    answer = curl("/sign-in", *form, *forged, "--interface", "127.0.0.2")
    assert answer.startswith("HTTP/1.1 "), answer
    assert last_address(deployed) == "127.0.0.2"


def last_address(deployed):
    password = (deployed.stack.home / "secrets" / "postgres_password").read_text().strip()
    port = deployed.stack.ports["postgres", 5432]
    with psycopg.connect(f"postgresql://ipcu@127.0.0.1:{port}/ipcu", password=password) as connection:
        row = connection.execute("SELECT address FROM audit_event ORDER BY number DESC LIMIT 1").fetchone()
    return row and row[0]


@pytest.mark.parametrize(("size", "words"), [(51.5, "<html"), (53, "Go back, and choose a smaller file.")])
def test_an_upload_that_is_too_large_is_refused_with_words(curl, tmp_path, size, words):
    with (tmp_path / "big").open("wb") as file:
        file.truncate(int(size * (1 << 20)))
    said = curl("/sign-in", "-F", f"file=@{tmp_path / 'big'}")
    assert "HTTP/1.1 413 " in said
    assert words in said
    assert "Strict-Transport-Security" in said


def test_what_people_search_for_is_in_no_log(deployed):
    deployed.finds("zyzzyva", "")
    for name in deployed.stack.processes:
        assert "zyzzyva" not in deployed.stack.log(name)
    assert '"GET /search" 200' in deployed.stack.log("proxy")


def test_while_web_is_away_the_proxy_says_so(deployed, curl):
    stack = deployed.stack
    assert stack.stop("web") == 0
    try:
        assert not stack.is_healthy("proxy")
        said = curl("/search?q=zyzzyvas")
    finally:
        stack.up("web")
    assert said.startswith("HTTP/1.1 503 ")
    assert "The site does not answer at the moment." in said
    assert "zyzzyvas" not in stack.log("proxy")
    wait_for(lambda: stack.is_healthy("proxy"), "the proxy's return")
