"""What the OpenSearch engine does when the servers do not: it says why, soon, and nothing is lost or half done.

Those without the mark need no node: the server that answers is made here.
"""

import json
import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import Unavailable
from search.engine import AccessFilter, AnyOf, Delete, EngineQuery, Phrase, Word
from search.engines.opensearch import Access, Client, OpenSearchEngine, Shape
from tests.contract.search.asking import ask, numbers, ref
from tests.contract.search.conftest import cluster_access, prefix_of, remove
from tests.contract.search.engine_model import MEMBER, RECIPE, axis, document
from tests.contract.search.faults import BUSY, Answer, Faulty, healthy_about, make_certificate, took

EVERYTHING = EngineQuery(MEMBER)
node = pytest.mark.opensearch


def engine_at(url: str, *, timeout: float = 30.0, prefix: str = "ipcu-test", **options: str) -> OpenSearchEngine:
    access = Access((url,), timeout=timeout, **options)
    return OpenSearchEngine(access, recipe=RECIPE, prefix=prefix, client=Client(access, pause=lambda seconds: None))


@pytest.fixture
def server() -> Iterator[Faulty]:
    """Between the engine and the node, if there is one."""
    with Faulty(os.environ.get("IPCU_TEST_OPENSEARCH_URL", "")) as faulty:
        yield faulty


@pytest.fixture
def engine(server: Faulty, tmp_path: Path) -> Iterator[OpenSearchEngine]:
    """An index with two documents on the real node, behind the faulty server."""
    opened = engine_at(server.url, prefix=prefix_of(tmp_path))
    opened.write([document(1, body="patrol", vectors=[axis(1)]), document(2, body="patrol")])
    yield opened
    opened.close()
    remove(f"{prefix_of(tmp_path)}-*")


# --- the wrong server ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (healthy_about("2.19.1"), "2.19.1 .* too old.* 3.5"),
        (healthy_about("3.4.0"), "too old"),
        (healthy_about(plugins=("opensearch-security",)), "no k-NN plugin"),
        (lambda *_: (200, {"version": {"number": "9.1.0"}}), "not OpenSearch"),
        (lambda *_: (200, {}), "not OpenSearch"),
        (lambda *_: (401, {"error": "no"}), "does not let this program in"),
    ],
)
def test_a_server_that_does_not_fit_is_refused_with_the_reason(server: Faulty, answer: object, message: str) -> None:
    server.fault = answer  # type: ignore[assignment]
    engine = engine_at(server.url)
    for act in (lambda: engine.run(EVERYTHING), lambda: engine.write([document(1)]), engine.generations, engine.check):
        with pytest.raises(Unavailable, match=message):
            act()
    engine.close()


def test_nobody_there_is_said_at_once() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        engine = engine_at(f"http://127.0.0.1:{unused.getsockname()[1]}")
    for act in (lambda: engine.run(EVERYTHING), lambda: engine.write([document(1)]), engine.generations):
        with pytest.raises(Unavailable, match="cannot be reached"):
            assert took(act) < 2
    engine.close()


def test_names_and_keys_are_sent(server: Faulty) -> None:
    server.fault = healthy_about()
    engine_at(server.url, username="anna", password="p w").check()
    assert server.headers[-1]["authorization"] == "Basic YW5uYTpwIHc="
    engine_at(server.url, api_key="k3y").check()
    assert server.headers[-1]["authorization"] == "ApiKey k3y"


def test_tls_is_checked_against_the_given_authority(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with Faulty(certificate=certificate, fault=healthy_about("3.5.1")) as server:
        trusting = engine_at(server.url, ca_file=str(tmp_path / "certificate.pem"))
        assert trusting.check() == "3.5.1"
        trusting.close()
        doubting = engine_at(server.url)
        with pytest.raises(Unavailable, match="IPCU_OPENSEARCH_CA_FILE"):
            doubting.check()
        doubting.close()


# --- slow and busy ------------------------------------------------------------------------------------------------------


@node
def test_a_slow_answer_is_not_waited_for(server: Faulty, engine: OpenSearchEngine, tmp_path: Path) -> None:
    hasty = engine_at(server.url, timeout=0.3, prefix=prefix_of(tmp_path))
    hasty.run(EVERYTHING)
    server.delay = 5.0

    def search() -> None:
        with pytest.raises(Unavailable, match=r"did not answer within 0\.3 s"):
            hasty.run(EVERYTHING)

    assert took(search) < 2
    server.delay = 0.0
    assert sorted(numbers(hasty, EVERYTHING)) == [1, 2]
    hasty.close()


@node
def test_a_busy_server_is_asked_again_a_little(server: Faulty, engine: OpenSearchEngine) -> None:
    busy = [BUSY, BUSY]
    server.fault = lambda method, path, body: busy.pop() if busy else None
    assert sorted(numbers(engine, ask(Word("patrol")))) == [1, 2]
    server.requests.clear()
    server.fault = lambda *_: BUSY
    with pytest.raises(Unavailable, match="overloaded"):
        engine.run(EVERYTHING)
    assert len(server.requests) == 3


@node
def test_rejected_writes_are_sent_again_in_smaller_requests(server: Faulty, engine: OpenSearchEngine) -> None:
    sizes: list[int] = []

    def takes_three(method: str, path: str, body: bytes) -> Answer | None:
        if "_bulk" not in path:
            return None
        sizes.append(body.count(b'{"index":'))
        return BUSY if sizes[-1] > 3 else None

    server.fault = takes_three
    report = engine.write([document(i, body="night") for i in range(10, 22)])
    assert len(report.written) == 12
    assert sizes == [12, 6, 3, 3, 3, 3]
    server.fault = None
    assert sorted(numbers(engine, ask(Word("night")))) == list(range(10, 22))


@node
def test_single_rejected_documents_are_sent_again(server: Faulty, engine: OpenSearchEngine) -> None:
    sent: list[int] = []

    def rejects_the_second(method: str, path: str, body: bytes) -> Answer | None:
        if "_bulk" not in path:
            return None
        sent.append(body.count(b'{"index":'))
        if len(sent) > 1:
            return None
        _, answer = server._pass_on(method, path, b"\n".join(body.split(b"\n")[:2]) + b"\n", {})
        rejected = {"index": {"_id": "record:31", "status": 429, "error": {"type": "rejected_execution_exception"}}}
        return 200, {"items": [*json.loads(answer)["items"], rejected]}

    server.fault = rejects_the_second
    report = engine.write([document(30, body="dawn"), document(31, body="dawn")])
    assert (report.written, dict(report.failed), sent) == ((ref(30), ref(31)), {}, [2, 1])
    assert sorted(numbers(engine, ask(Word("dawn")))) == [30, 31]


@node
def test_a_server_that_stays_busy_fails_the_batch_not_the_documents(server: Faulty, engine: OpenSearchEngine) -> None:
    server.fault = lambda method, path, body: BUSY if "_bulk" in path else None
    with pytest.raises(Unavailable, match="took no more writes"):
        engine.write([document(5)])
    server.fault = None
    assert engine.write([document(5)]).written == (ref(5),)


# --- writes that cannot be --------------------------------------------------------------------------------------------


@node
def test_a_read_only_index_is_read_and_says_why_it_is_not_written(engine: OpenSearchEngine, tmp_path: Path) -> None:
    client, settings = Client(cluster_access()), f"/{prefix_of(tmp_path)}-*/_settings"
    client.change("PUT", settings, {"index.blocks.read_only_allow_delete": True})
    for write in (document(3), Delete(ref(1), 2)):
        with pytest.raises(Unavailable, match="read-only"):
            engine.write([write])
    assert sorted(numbers(engine, ask(Word("patrol"), vector=axis(1)))) == [1, 2]
    client.change("PUT", settings, {"index.blocks.read_only_allow_delete": None})
    client.close()
    assert engine.write([document(3), Delete(ref(1), 2)]).deleted == (ref(1),)
    assert sorted(numbers(engine, EVERYTHING)) == [2, 3]


@node
def test_a_write_cut_off_half_way_is_done_by_the_next_try(server: Faulty, engine: OpenSearchEngine) -> None:
    batch = [document(i, body="dusk") for i in range(40, 50)]

    def takes_half(method: str, path: str, body: bytes) -> Answer | None:
        if "_bulk" not in path:
            return None
        server._pass_on(method, path, b"\n".join(body.split(b"\n")[:10]) + b"\n", {})
        return 500, {"error": {"type": "circuit_breaking_exception", "reason": "out of memory"}}

    server.fault = takes_half
    with pytest.raises(Unavailable):
        engine.write(batch)
    server.fault = None
    assert set(engine.state([one.ref for one in batch])) == {one.ref for one in batch[:5]}
    assert len(engine.write(batch).written) == 10
    assert sorted(numbers(engine, ask(Word("dusk")))) == list(range(40, 50))


@node
def test_an_index_of_that_name_is_never_made_by_a_write(engine: OpenSearchEngine, tmp_path: Path) -> None:
    prefix, client = prefix_of(tmp_path), Client(cluster_access())
    aliases = {"actions": [{"remove": {"index": f"{prefix}-g*", "alias": f"{prefix}-*"}}]}
    client.change("POST", "/_aliases", aliases)
    for act in (lambda: engine.run(EVERYTHING), lambda: engine.write([document(3)])):
        with pytest.raises(Unavailable, match="ipcu index rebuild"):
            act()
    assert list(client.read(f"/{prefix}-*")) == [f"{prefix}-g000001-000000"]
    client.close()
    # A rebuild is the way out.
    name = engine.create_generation(RECIPE)
    engine.write([document(3)], name)
    engine.promote(name)
    assert numbers(engine, EVERYTHING) == [3]


@node
def test_a_question_of_any_length_is_answered(engine: OpenSearchEngine) -> None:
    many = [Word("patrol"), *(AnyOf((Word(f"w{i}"), Phrase((f"a{i}", "b")))) for i in range(3000))]
    assert sorted(numbers(engine, ask(*many, vector=axis(1)))) == [1, 2]
    tokens = frozenset({"member", *(f"org:{i}" for i in range(5000))})
    assert engine.run(EngineQuery(AccessFilter(tokens, frozenset({"open"})), vector=axis(1))).total == 1


@node
@pytest.mark.parametrize("between", ["PUT", "POST /_aliases"])
def test_a_first_search_that_meets_the_first_promotion_leaves_one_index_to_read(
    server: Faulty, tmp_path: Path, between: str
) -> None:
    prefix = prefix_of(tmp_path)
    writer, reader = engine_at(server.url, prefix=prefix), engine_at(server.url, prefix=prefix)
    name = writer.create_generation(RECIPE)
    writer.write([document(1, body="patrol")], name)
    other = {"PUT": lambda: writer.promote(name), "POST /_aliases": lambda: reader.run(EVERYTHING)}[between]
    own = {"PUT": lambda: reader.run(EVERYTHING), "POST /_aliases": lambda: writer.promote(name)}[between]

    def meanwhile(method: str, path: str, _body: bytes) -> Answer | None:
        if f"{method} {path}".startswith(between) and server.fault is not None:
            server.fault = None
            other()
        return None

    server.fault = meanwhile
    own()
    assert server.fault is None
    assert numbers(reader, EVERYTHING) == [1]
    assert [one.name for one in writer.generations() if one.is_current] == [name]
    writer.write([document(2, body="patrol")])
    assert sorted(numbers(reader, EVERYTHING)) == [1, 2]
    writer.close()
    reader.close()
    remove(f"{prefix}-*")


@node
def test_processes_that_are_first_at_once_make_one_index(tmp_path: Path) -> None:
    prefix = prefix_of(tmp_path)
    engines = [engine_at(cluster_access().urls[0], prefix=prefix) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda pair: pair[1].write([document(pair[0], body="patrol")]), enumerate(engines)))
    for engine in engines:
        assert sorted(numbers(engine, EVERYTHING)) == list(range(6))
    assert [one.is_current for one in engines[0].generations()] == [True]
    for engine in engines:
        engine.close()
    remove(f"{prefix}-*")


# --- the shape of an index ----------------------------------------------------------------------------------------------


@node
def test_shards_and_replicas_are_as_asked_and_counts_stay_exact(tmp_path: Path) -> None:
    prefix = prefix_of(tmp_path)
    engine = OpenSearchEngine(cluster_access(), recipe=RECIPE, prefix=prefix, shape=Shape(shards=3, replicas=1))
    engine.write([document(i, body="patrol", vectors=[axis(1, i)], facets={"kind": (f"k{i % 4}",)}) for i in range(40)])
    client = Client(cluster_access())
    (body,) = client.read(f"/{prefix}-g*/_settings").values()
    client.close()
    assert (body["settings"]["index"]["number_of_shards"], body["settings"]["index"]["number_of_replicas"]) == (
        "3",
        "1",
    )
    result = engine.run(EngineQuery(MEMBER, vector=axis(1), floor=-1.0, pool=12, facets=("kind",)))
    assert sorted(one.ref.id for one in result.candidates) == list(range(12))
    assert (result.total, result.facets["kind"]) == (12, {f"k{i}": 3 for i in range(4)})
    engine.close()
    remove(f"{prefix}-*")
