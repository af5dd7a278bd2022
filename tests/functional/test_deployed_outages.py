"""The whole deployment as processes while one of its servers, or all of them, are stopped and started again.

Two server processes, a worker and a scheduler around a PostgreSQL, a Redis and a way to OpenSearch of their own.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.search.conftest import remove
from tests.contract.search.faults import Faulty
from tests.functional.house import OFF, Site
from tests.functional.processes import Answer, Person, Running, Server, ipcu, wait_for
from tests.functional.scraping import TOKEN, scrape_port
from tests.private_servers import PrivatePostgres, PrivateRedis

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.opensearch]

HEALING = 120.0
"""Seconds until what waited is found: a worker that met an outage comes back after 5, 15, then 60."""
AWAY = (502, {"error": "bad gateway"})
PAGES = ("/", "/library", "/account/")


class Whole(Site):
    """Everything that docker-compose.yml would start."""

    def __init__(self, data: Path, postgres: PrivatePostgres, redis: PrivateRedis, search: Faulty) -> None:
        super().__init__(data, postgres.url)
        self.postgres, self.redis, self.search = postgres, redis, search
        self.prefix = f"ipcu-test-{uuid.uuid4().hex[:12]}"
        self.settings = {
            **OFF,
            "database_url": postgres.url,
            "redis_url": redis.url,
            "opensearch_url": search.url,
            "opensearch_prefix": self.prefix,
            "opensearch_replicas": 0,
            "opensearch_timeout": 5,
            "drain_seconds": 1,
            "metrics_token": TOKEN,
        }
        self.server = Server(data, "--workers", "2", **self.settings)
        self.worker = Running(data, "worker", **self.settings)
        self.scheduler = Running(data, "scheduler", **self.settings)
        self.processes = [self.server, self.worker, self.scheduler]

    def ready(self) -> "Whole":
        wait_for(self.server.answers, "the first answer")
        wait_for(lambda: self.worker.says("Worker started"), "the worker's start")
        wait_for(lambda: self.scheduler.says("Scheduler started"), "the scheduler's start")
        self.enter(self.server, self.server)
        return self

    def published(self, title: str, body: str) -> str:
        path = self.write(self.server, title, body)
        self.publish(self.server, path)
        return path

    def becomes_found(self, word: str, title: str) -> None:
        def is_found() -> bool:
            answer = self.officer.get(self.server, "/search", q=word)
            return answer.status == 200 and self.officer.finds(self.server, word, title)

        wait_for(is_found, f"{title!r} in search", HEALING)

    def status(self, path: str) -> int:
        return self.officer.get(self.server, path).status

    def readiness(self) -> Answer:
        return Person().get(self.server, "/readyz")

    def part(self, name: str) -> float:
        return scrape_port(self.server.port)("ipcu_part_up", part=name)

    def is_converged(self) -> None:
        """Nothing waits any more and both sides hold the same; nobody broke down over it."""
        wait_for(lambda: scrape_port(self.server.port)("ipcu_outbox_marks") == 0, "the outbox being empty", HEALING)
        verified = ipcu(self.data, "index", "verify", **self.settings)
        assert "no difference (0 waiting" in verified.stdout, verified.stdout + verified.stderr
        for process in self.processes:
            assert process.says("")  # it runs on
            assert "Traceback" not in process.output, process.output


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with (
        PrivatePostgres() as postgres,
        PrivateRedis() as redis,
        Faulty(os.environ["IPCU_TEST_OPENSEARCH_URL"]) as search,
    ):
        whole = Whole(tmp_path_factory.mktemp("whole"), postgres, redis, search)
        try:
            yield whole.ready()
        finally:
            whole.close()
            search.fault = None
            remove(f"{whole.prefix}-*")


def test_postgresql_restarted_under_everybody(whole):
    whole.published("Zephyr protocol", "Ground the rotorcraft first.")
    whole.becomes_found("rotorcraft", "Zephyr protocol")
    waits = whole.write(whole.server, "Tapir protocol", "Lead the tapir by its halter.")

    whole.postgres.stop()
    for page in (*PAGES, "/search?q=rotorcraft", waits):
        answer = whole.officer.get(whole.server, page)
        assert answer.status == 503, page
        assert "The database does not answer just now" in answer.text
    assert Person().get(whole.server, "/healthz").status == 200
    # What was seen up to two seconds ago serves everybody who asks.
    wait_for(lambda: whole.readiness().status == 503, "not being ready")
    wait_for(lambda: whole.part("database") == 0, "the metrics saying so")

    whole.postgres.start()
    wait_for(lambda: all(whole.status(page) == 200 for page in PAGES), "the site's return")
    wait_for(lambda: whole.readiness().status == 200, "being ready")
    whole.publish(whole.server, waits)
    whole.becomes_found("tapir", "Tapir protocol")
    whole.is_converged()


def test_search_servers_away_while_people_write(whole):
    path = whole.published("Ocelot protocol", "Feed the ocelot at dusk.")
    whole.becomes_found("ocelot", "Ocelot protocol")

    whole.search.fault = lambda *_: AWAY
    assert whole.status("/search?q=ocelot") == 503
    page = whole.officer.get(whole.server, "/search", q="ocelot").text
    assert 'value="ocelot"' in page, "the question is lost"
    assert "All records" in page
    late = whole.published("Lemur protocol", "Count the lemurs at dawn.")
    for page in (*PAGES, path, late):
        assert whole.status(page) == 200, page
    assert "Lemur protocol" in whole.officer.get(whole.server, "/library").text
    wait_for(lambda: '"index":"degraded"' in whole.readiness().text.replace(" ", ""), "the index being degraded")
    assert whole.readiness().status == 200
    wait_for(lambda: whole.worker.says("cannot answer just now"), "the worker meeting the outage")
    wait_for(lambda: whole.part("index") == 0, "the metrics saying so")
    assert scrape_port(whole.server.port)("ipcu_outbox_marks", state="waiting") >= 1
    assert scrape_port(whole.server.port)("ipcu_outbox_marks", state="parked") == 0

    whole.search.fault = None
    whole.becomes_found("lemurs", "Lemur protocol")
    whole.is_converged()


def test_everything_away_at_once_and_back(whole):
    whole.published("Narwhal protocol", "Measure the narwhal twice.")
    whole.becomes_found("narwhal", "Narwhal protocol")

    whole.search.fault = lambda *_: AWAY
    whole.redis.stop()
    whole.postgres.stop()
    assert whole.status("/search?q=narwhal") == 503
    assert Person().get(whole.server, "/healthz").status == 200
    for process in (whole.worker, whole.scheduler):
        wait_for(lambda process=process: process.says("Redis does not answer"), "the notice of its absence")

    whole.postgres.start()
    wait_for(lambda: all(whole.status(page) == 200 for page in PAGES), "what the database alone can serve")
    late = whole.published("Quagga protocol", "Ask the quagga nothing.")
    assert whole.status(late) == 200
    whole.redis.start()
    whole.search.fault = None
    whole.becomes_found("quagga", "Quagga protocol")
    whole.is_converged()
    assert ipcu(whole.data, "audit", "verify", **whole.settings).returncode == 0
