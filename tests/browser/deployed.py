"""The same demo site as it is deployed: PostgreSQL, OpenSearch and Redis, two server processes, a worker, a scheduler."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.db import Database
from tests.browser.site import QUESTION, Site, fill
from tests.contract.search.conftest import remove
from tests.contract.search.faults import Faulty
from tests.databases import create_postgres, drop_postgres
from tests.functional.processes import Person, Running, Server, wait_for
from webapp.demo import DEMO_PASSWORD
from webapp.migrations import upgrade

LOADING = "still loading"
STEADY = 8
"""So many answers in a row come from both processes, nearly always; a page of one that is still loading says so and is right too."""
PATIENCE = 240.0
"""For all of it: three processes load the model at once, half a minute and many times that on a busy machine. Pytest takes a test
for dead after five minutes, and the whole run with it."""


@contextmanager
def deployed_site(directory: Path) -> Iterator[Site]:
    """The site, until the block is left. `search_servers` lets the test take OpenSearch away."""
    database = create_postgres()
    prefix = f"ipcu-test-{uuid.uuid4().hex[:12]}"
    with Faulty(os.environ["IPCU_TEST_OPENSEARCH_URL"]) as between:
        settings: dict[str, object] = {
            "database_url": database,
            "opensearch_url": between.url,
            "opensearch_prefix": prefix,
            "opensearch_replicas": 0,
            "redis_url": os.environ["IPCU_TEST_REDIS_URL"],
            "redis_prefix": prefix,
            "secret_key": "one key for all processes of a deployment",
            "demo": "true",
            "drain_seconds": 1,
        }
        site = Site("", search_servers=between)
        processes: list[Running] = []
        try:
            prepare(database, site)
            server = Server(directory, "--workers", "2", **settings)
            processes += [server, *(Running(directory, name, **settings) for name in ("worker", "scheduler"))]
            site.url = server.address
            until_ready(server, processes[1], site)
            yield site
        finally:
            for process in processes:
                process.kill()
            drop_postgres(database)
            remove(f"{prefix}-*")


def prepare(address: str, site: Site) -> None:
    """People and records, which nobody has indexed yet."""
    upgrade(address)
    database = Database(address)
    fill(database, site)
    database.close()


def until_ready(server: Server, worker: Running, site: Site) -> None:
    """Return when the worker has indexed everything and every server process has its model."""
    until = time.monotonic() + PATIENCE

    def wait(condition: Callable[[], bool], what: str) -> None:
        wait_for(condition, what, until - time.monotonic())

    wait(server.answers, "the first answer")
    wait(lambda: worker.says("Worker started"), "the worker's start")
    amina = Person().sign_in(server, site.people["amina"], DEMO_PASSWORD)
    wait(lambda: amina.finds(server, "laboratory", "from the scene to the laboratory"), "the answer in search")
    wait(
        lambda: not any(LOADING in amina.get(server, "/search", q="phone").text for _ in range(STEADY)),
        "the model in every process",
    )
    # One that was asked before anything was indexed knows how rare words are a moment later (search/reference.py).
    wait(
        lambda: all(_is_first(amina.get(server, "/search", q=QUESTION).text) for _ in range(STEADY)),
        "the dictionary in every process",
    )


def _is_first(page: str) -> bool:
    """Whether the first hit of a page is the answer."""
    return "from the scene to the laboratory" in page.partition('id="hit-')[2].partition('id="hit-')[0]
