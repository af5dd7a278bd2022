"""PostgreSQL stops while the site serves: pages say so, nothing is half saved, and all comes back by itself."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from core.errors import Unavailable
from core.outbox import count_waiting
from core.settings import Settings
from indexer.lease import LEASE
from search.embedding import HashEmbedder
from tests.functional.conftest import new_app
from tests.functional.processes import wait_for
from tests.private_servers import PrivatePostgres
from webapp.composition import build_runtime
from webapp.health import check_health
from webapp.migrations import upgrade

pytestmark = pytest.mark.postgres


@pytest.fixture
def database_kind():
    """Only the server of this test."""
    return "postgres"


@pytest.fixture
def server():
    with PrivatePostgres() as server:
        yield server


@pytest.fixture
def settings(tmp_path, server):
    upgrade(server.url)
    key = SecretStr("a signing key of a test, long enough")
    return Settings(data_dir=tmp_path, database_url=server.url, secret_key=key, embedding="off")


@pytest.fixture
def runtime(settings, clock):
    runtime = build_runtime(settings, web=False, clock=clock, embedder=HashEmbedder())
    yield runtime
    runtime.close()


def test_the_site_says_so_and_comes_back_by_itself(server, runtime, make_user, sign_in, world):
    user = make_user()
    client = sign_in(new_app(runtime).test_client(), user)
    assert client.get("/").status_code == 200

    server.stop()
    for path in ("/", "/account/", "/search?q=phone"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert "The database does not answer just now. Please try again in a moment." in answer.text
        assert answer.headers["Retry-After"]
    with pytest.raises(Unavailable, match="Nothing was saved"), runtime.work() as work:
        work.audit("while.away")
    (finding,) = check_health(runtime)
    assert (finding.part, finding.is_well) == ("database", False)
    assert "does not answer" in finding.text
    assert "Start the database server" in finding.remedy

    server.start()
    wait_for(lambda: client.get("/").status_code == 200, "the return of the site")
    assert world.organisation("after")
    assert all(
        one.is_well for one in check_health(runtime) if one.part in {"database", "connections", "order", "audit"}
    )


@pytest.mark.parametrize("act", ["run_pending", "rebuild"])
def test_stopped_between_a_write_to_the_index_and_its_settlement(server, runtime, make_user, world, monkeypatch, act):
    """What the index took and the database does not know of is taken again: nothing is lost, nothing is there twice."""
    author = world.viewer(make_user().id)
    records = [world.record(author, title=f"Seized boat {number}") for number in range(3)]
    write = runtime.engine.write

    def ends(*arguments, **options):
        report = write(*arguments, **options)
        monkeypatch.setattr(runtime.engine, "write", write)
        server.stop()
        return report

    monkeypatch.setattr(runtime.engine, "write", ends)
    with pytest.raises(Unavailable):
        getattr(runtime.indexer, act)()
    server.start()
    # Until its lease ends nobody else may have what was claimed.
    runtime.clock.advance(LEASE + timedelta(seconds=1))
    wait_for(lambda: not runtime.indexer.run_pending().drained.stopped, "the indexer going on")
    if act == "rebuild":
        assert runtime.indexer.rebuild().promoted
    with runtime.reading() as session:
        assert count_waiting(session) == 0
    assert runtime.indexer.verify().is_clean
    assert runtime.indexer.status().documents == len(records)


def test_a_transaction_that_the_server_cut_saved_nothing(server, runtime, world):
    with pytest.raises(Unavailable, match="Nothing was saved"), runtime.work() as work:
        work.audit("cut.short")
        work.session.flush()
        server.stop()
    server.start()
    assert {one.part: one for one in check_health(runtime)}["audit"].text == "chain of 0 events is intact"
