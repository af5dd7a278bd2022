"""/healthz and /readyz: open to all, honest, and silent about addresses and reasons."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from core.errors import Unavailable
from core.settings import Settings
from search.embedding import HashEmbedder
from tests.databases import Databases
from tests.functional.conftest import new_app
from webapp.composition import build_runtime


@pytest.fixture
def settings(tmp_path: Path, databases: Databases) -> Settings:
    """A database that the migrations made: only that one is of this version."""
    url = databases.new("sqlite", tmp_path)
    key = SecretStr("a signing key of a test, long enough")
    return Settings(data_dir=tmp_path, database_url=url, secret_key=key, embedding="off")


def client_of(settings: Settings):
    runtime = build_runtime(settings, web=False, embedder=HashEmbedder())
    return runtime, new_app(runtime).test_client()


def test_a_site_that_is_well_says_so_to_strangers(client):
    assert client.get("/healthz").json == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ok"), answer.json
    assert {"database", "index", "model"} <= set(answer.json["parts"])
    assert set(answer.json["parts"].values()) == {"ok"}
    assert not answer.headers.getlist("Set-Cookie")


def test_without_tables_it_lives_but_cannot_serve(tmp_path: Path):
    runtime, client = client_of(
        Settings(data_dir=tmp_path, secret_key=SecretStr("a signing key of a test, long enough"), embedding="off")
    )
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "unavailable")
    runtime.close()


def test_without_search_servers_it_serves_and_names_the_part_only(settings: Settings):
    away = settings.model_copy(update={"opensearch_url": "http://127.0.0.1:9"})
    runtime, client = client_of(away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["parts"]["index"] == "degraded"
    assert answer.json["parts"]["database"] == "ok"
    assert "127.0.0.1" not in answer.text
    runtime.close()


def test_many_questions_cost_one_look(runtime, monkeypatch):
    looks = []

    def look(_runtime, _parts):
        looks.append(1)
        return []

    monkeypatch.setattr("webapp.health.check_health", look)
    client = new_app(runtime).test_client()
    assert {client.get("/readyz").status_code for _ in range(5)} == {503}
    assert looks == [1]


def test_an_outage_of_the_database_leaves_the_process_alive(runtime, monkeypatch):
    client = new_app(runtime).test_client()

    def away():
        raise Unavailable("no route to db.internal")

    monkeypatch.setattr(runtime.database, "reading", away)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "internal" not in answer.text
