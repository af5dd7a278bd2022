"""/metrics: for whoever has the token; counts what happens and never what was typed or by whom."""

import os
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from core.content import ContentRef
from core.errors import Unavailable
from core.jobs.remote import RqQueue
from core.settings import Settings
from search.embedding import HashEmbedder
from tests.databases import Databases
from tests.functional.conftest import new_app
from tests.functional.processes import free_port
from tests.functional.scraping import LET_IN, TOKEN, scrape
from webapp import installed_version
from webapp.composition import VERIFY, build_runtime
from webapp.exposition import state
from webapp.health import Glance
from webapp.runtime import DRAIN, Runtime

SEARCHES, STAGES = "ipcu_searches_total", "ipcu_search_stage_duration_seconds_count"


@pytest.fixture
def settings(settings: Settings, databases: Databases) -> Settings:
    """On a database that the migrations made: only that one is well."""
    url = databases.new("sqlite", settings.data_dir)
    return settings.model_copy(update={"database_url": url, "metrics_token": SecretStr(TOKEN)})


@pytest.fixture
def numbers(client):
    """Asks for the page; every time it looks anew."""
    return lambda: scrape(client)


@pytest.fixture(autouse=True)
def _look_every_time(monkeypatch):
    monkeypatch.setattr(state, "KEPT", 0.0)
    monkeypatch.setattr("webapp.health.KEPT", 0.0)


# --- who is let in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer ", "Bearer ä"]
)
def test_without_the_token_there_is_nothing_here(client, given):
    answer = client.get("/metrics", headers={"Authorization": given} if given else {})
    assert answer.status_code == 404
    assert "ipcu_" not in answer.text


def test_who_is_signed_in_is_not_let_in_for_that(enter):
    assert enter("amina").get("/metrics").status == 404


def test_without_the_setting_nobody_is_let_in(runtime, settings):
    runtime.settings = settings.model_copy(update={"metrics_token": SecretStr("")})
    client = new_app(runtime).test_client()
    assert client.get("/metrics").status_code == 404
    for given in ("Bearer ", "Bearer", f"Bearer {TOKEN}"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


def test_the_page_is_for_nobody_else_to_keep(client):
    answer = client.get("/metrics", headers=LET_IN)
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.headers.getlist("Set-Cookie")


# --- what is counted --------------------------------------------------------------------------------------------------


def test_requests_are_counted_by_route_and_class_of_status(client, numbers):
    for address in ("/sign-in", "/sign-in", "/records/12", "/records/13", "/no/such/page", "/static/css/none.css"):
        client.get(address)
    seen = numbers()
    count = "ipcu_request_duration_seconds_count"
    assert seen(count, route="/sign-in", status="2xx") == 2
    assert seen(count, route="/records/<int:record_id>", status="3xx") == 2
    assert seen(count, route="none") == 1
    assert seen(count, route="/static/<path:filename>", status="4xx") == 1
    assert seen("ipcu_request_duration_seconds_sum", route="/sign-in") > 0
    assert numbers()(count, route="/metrics", status="2xx") == 1


def test_searches_are_counted_by_mode_reason_and_answer(runtime, world, enter, index, numbers):
    officer = enter("amina")
    world.record(officer.viewer, title="Seized phones")
    index()
    officer.see("/search?q=seized")
    officer.see("/search?q=zzyzx-quuxing")
    officer.see("/search")
    seen = numbers()
    assert seen(SEARCHES, mode="hybrid", degraded="no", answer="found") == 1
    assert seen(SEARCHES, mode="browse", answer="found") == 1
    assert seen(SEARCHES) == 3
    assert seen(SEARCHES, answer="found") == 2
    assert seen.values(STAGES, "stage") == {"embed", "engine", "judge", "fuse", "check", "show"}
    assert seen(STAGES, stage="engine") == 3
    assert seen("ipcu_embedding_duration_seconds_count", of="question") == 2
    assert seen("ipcu_embedded_texts_total", of="passages") >= 1


def test_a_leg_that_is_missing_is_counted_with_its_reason(settings, clock, world, enter, index):
    officer = enter("amina")
    world.record(officer.viewer, title="Seized phones")
    index()
    away = settings.model_copy(update={"embedding": "on", "embedding_model": str(settings.data_dir / "gone")})
    without = build_runtime(away, web=False, clock=clock)
    client = new_app(without).test_client()
    client.set_cookie("ipcu", officer.client.get_cookie("ipcu").value)
    assert client.get("/search?q=seized").status_code == 200
    seen = scrape(client)
    assert seen(SEARCHES, mode="lexical", degraded="model_failed") == 1
    without.close()


def test_a_search_that_the_engine_does_not_answer_is_a_failed_one(runtime, enter, numbers, monkeypatch):
    officer = enter("amina")

    def away(_query):
        raise Unavailable("no route to search.internal")

    monkeypatch.setattr(runtime.engine, "run", away)
    assert officer.get("/search?q=seized").status == 503
    seen = numbers()
    assert (seen("ipcu_failed_searches_total"), seen(SEARCHES)) == (1, 0)
    assert seen("ipcu_request_duration_seconds_count", route="/search", status="5xx") == 1
    assert seen("ipcu_part_up", part="index") == 0
    assert seen("ipcu_part_up", part="database") == 1
    assert "internal" not in seen.text


def test_what_the_index_is_given_is_counted(runtime, world, enter, numbers):
    author = enter("amina").viewer
    for number in range(3):
        world.record(author, title=f"Seized boat {number}")
    with runtime.work() as work:
        work.mark_dirty(ContentRef("record", 999), "gone")
    runtime.indexer.run_pending()
    runtime.indexer.run_pending()  # finds nothing, and is not counted
    runtime.indexer.verify()
    seen = numbers()
    assert seen("ipcu_indexed_documents_total", outcome="embedded") == 3
    assert seen("ipcu_indexed_documents_total") == 4
    assert seen("ipcu_job_duration_seconds_count", job="drain") == 1
    assert seen("ipcu_job_duration_seconds_count", job="verify") == 1
    assert seen("ipcu_failed_jobs_total") == 0


def test_what_the_index_does_not_take_is_counted_and_grows_old(runtime, world, enter, clock, numbers, monkeypatch):
    world.record(enter("amina").viewer, title="Seized boats")

    def full(*_arguments):
        raise Unavailable("The index is read-only.")

    clock.advance(timedelta(minutes=3))
    monkeypatch.setattr(runtime.engine, "write", full)
    runtime.indexer.run_pending()
    seen = numbers()
    assert seen("ipcu_failed_jobs_total", job="drain") == 1
    assert seen("ipcu_indexed_documents_total") == 0
    assert seen("ipcu_outbox_marks", state="waiting") == 1
    assert seen("ipcu_outbox_oldest_seconds") == 180


def test_what_runs_here_is_said(numbers):
    seen = numbers()
    info = {"version": installed_version(), "engine": "embedded", "database": "sqlite", "queue": "own"}
    assert seen("ipcu_build_info", **info) == 1
    assert seen("process_resident_memory_bytes", pid=str(os.getpid())) > 1 << 20
    assert seen("process_cpu_seconds_total") > 0
    assert seen.values("ipcu_part_up", "part") >= {"database", "disk", "index", "outbox", "model"}
    assert not seen.values("ipcu_jobs", "state")


# --- what is not said -------------------------------------------------------------------------------------------------


def test_nothing_that_was_typed_and_nobody_is_on_the_page(runtime, world, enter, index, numbers):
    officer = enter("amina", organisation="falconers")
    record = world.record(officer.viewer, title="Seized wolverine", tags=["wolverine"], topics=["drones"])
    index()
    for address in (
        "/search?q=wolverine&tag=wolverine&organisation=falconers",
        "/search/suggest?q=wolver",
        f"/records/{record}",
        "/wolverine?wolverine=1",
        "/static/wolverine.css",
    ):
        officer.get(address)
    officer.get("/", headers={"User-Agent": "wolverine", "X-Wolverine": "wolverine", "Host": "wolverine.example"})
    officer.client.open("/search", method="WOLVERINE")
    officer.post("/requests", question="Where are the wolverines?")
    seen = numbers()
    assert seen(SEARCHES) == 1
    for secret in ("wolver", "amina", "falconer", "exchange.example", str(runtime.settings.data_dir), TOKEN):
        assert secret.lower() not in seen.text.lower(), secret
    allowed = {"route", "status", "mode", "degraded", "answer", "stage", "of", "job", "outcome", "state", "part", "pid"}
    allowed |= {"le", "version", "python", "engine", "database", "queue"}
    assert {label for label, _ in seen.labels()} <= allowed
    rules = {rule.rule for rule in officer.client.application.url_map.iter_rules()}
    assert seen.values("ipcu_request_duration_seconds_count", "route") <= rules | {"none"}


# --- when something is away -------------------------------------------------------------------------------------------


def test_without_a_database_the_rest_is_said(runtime, numbers, monkeypatch):
    def away():
        raise Unavailable("no route to db.internal")

    monkeypatch.setattr(runtime.database, "reading", away)
    seen = numbers()
    assert seen("ipcu_state_known") == 1
    assert seen("ipcu_part_up", part="database") == 0
    assert not seen.values("ipcu_outbox_marks", "state")
    assert seen("process_cpu_seconds_total") > 0
    assert "internal" not in seen.text


def test_a_server_that_hangs_does_not_keep_the_numbers_back(client, numbers, monkeypatch):
    goes_on = threading.Event()
    looks = []

    def hang(_glance):
        looks.append(1)
        assert goes_on.wait(60)
        return {"database": "ok"}

    monkeypatch.setattr(state, "PATIENCE", 0.05)
    monkeypatch.setattr(Glance, "parts", hang)
    for _ in range(3):
        seen = numbers()
        assert seen("ipcu_state_known") == 0
        assert not seen.values("ipcu_part_up", "part")
    assert seen("ipcu_request_duration_seconds_count", route="/metrics") == 2
    assert looks == [1], "those who come later wait for the same look"
    monkeypatch.setattr(state, "PATIENCE", 60.0)
    goes_on.set()
    seen = numbers()
    assert (seen("ipcu_state_known"), seen("ipcu_part_up", part="database")) == (1, 1)


# --- the queue --------------------------------------------------------------------------------------------------------


@pytest.fixture
def queue(settings: Settings, clock) -> Iterator[tuple[Runtime, RqQueue]]:
    own = {"redis_url": os.environ["IPCU_TEST_REDIS_URL"], "redis_prefix": f"t{uuid.uuid4().hex[:8]}"}
    runtime = build_runtime(settings.model_copy(update=own), web=False, clock=clock, embedder=HashEmbedder())
    assert isinstance(runtime.jobs, RqQueue)
    yield runtime, runtime.jobs
    redis = runtime.jobs.access.connect()
    for key in redis.scan_iter(f"*{runtime.jobs.access.prefix}*"):
        redis.delete(key)
    redis.close()
    runtime.close()


@pytest.mark.redis
def test_jobs_in_redis_are_counted_by_state(queue):
    runtime, jobs = queue
    jobs.enqueue(DRAIN)
    jobs.enqueue(VERIFY)
    seen = scrape(new_app(runtime).test_client())
    assert seen.values("ipcu_jobs", "state") == {"waiting", "running", "retrying", "failed"}
    assert (seen("ipcu_jobs", state="waiting"), seen("ipcu_jobs")) == (2, 2)
    assert seen.values("ipcu_job_processes", "role") == {"worker", "scheduler"}
    assert seen("ipcu_build_info", queue="redis") == 1
    assert seen("ipcu_part_up", part="workers") == 0


def test_without_redis_the_rest_is_said(settings, clock):
    away = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}"})
    runtime = build_runtime(away, web=False, clock=clock, embedder=HashEmbedder())
    seen = scrape(new_app(runtime).test_client())
    assert seen("ipcu_part_up", part="queue") == 0
    assert not seen.values("ipcu_jobs", "state")
    assert seen("ipcu_outbox_marks") == 0
    runtime.close()
