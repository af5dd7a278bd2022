"""How an index is laid out: every value of every setting on the real node, found again as asked, and changed by a rebuild."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.errors import Unavailable
from search.documents import SearchDocument, Vector
from search.engine import EngineQuery, Filters, Recipe, Word
from search.engines.opensearch import Client, OpenSearchEngine, Shape, VectorKind
from tests.contract.search.asking import ask, numbers
from tests.contract.search.conftest import cluster_access
from tests.contract.search.engine_model import MEMBER, RECIPE, axis, document, similarity

pytestmark = pytest.mark.opensearch

WIDE = Recipe(schema=1, model="model digest", dimension=96)
BOUNDS = {VectorKind.FLOAT: 0.99, VectorKind.SQ: 0.97, VectorKind.ON_DISK: 0.97, VectorKind.BYTE: 0.95}
"""Least recall of the ten nearest against exact, of 30 questions among 600 documents."""
ERRORS = {VectorKind.FLOAT: 1e-5, VectorKind.SQ: 1e-5, VectorKind.ON_DISK: 1e-5, VectorKind.BYTE: 0.01}
"""Most that a similarity may be off."""


def engine_of(prefix: str, shape: Shape, recipe: Recipe = RECIPE) -> OpenSearchEngine:
    return OpenSearchEngine(cluster_access(), recipe=recipe, prefix=prefix, shape=shape)


def ask_node(path: str) -> Any:
    client = Client(cluster_access())
    answer = client.read(path)
    client.close()
    return answer


class Cloud:
    """Documents around a few centres, the same every time."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(7)
        self._centres = self._random.standard_normal((30, WIDE.dimension))
        self.documents = [self._document(i) for i in range(600)]

    def vector(self, centre: int) -> Vector:
        rough = self._centres[centre] + 1.2 * self._random.standard_normal(WIDE.dimension)
        return (rough / np.linalg.norm(rough)).astype(np.float32)

    def _document(self, number: int) -> SearchDocument:
        vectors = [self.vector(number % 30) for _ in range(1 + number % 4)]
        seen = frozenset({"member" if number % 3 else "user:9"})
        return document(number, vectors=vectors, audience=seen, facets={"kind": (f"k{number % 2}",)})

    def nearest(self, vector: Vector) -> dict[int, float]:
        """What a member may see of kind k1, best first."""
        seen = [one for one in self.documents if "member" in one.audience and one.facets["kind"] == ("k1",)]
        cosines = {one.ref.id: similarity(vector, one) or 0.0 for one in seen}
        return dict(sorted(cosines.items(), key=lambda pair: -pair[1]))


@pytest.mark.parametrize("kind", list(VectorKind))
def test_every_kind_of_vector_finds_what_is_near(prefix: str, kind: VectorKind) -> None:
    cloud = Cloud()
    engine = engine_of(prefix, Shape(vectors=kind), WIDE)
    name = engine.create_generation(WIDE)
    engine.write(cloud.documents, name)
    engine.promote(name)
    found, kept = 0, Filters({"kind": frozenset({"k1"})})
    for turn in range(30):
        vector = cloud.vector(turn)
        truth = cloud.nearest(vector)
        # The filters narrow what is near, so the pool must reach beyond what they leave.
        result = engine.run(EngineQuery(MEMBER, vector=vector, filters=kept, pool=400, floor=-1.0, title_weight=0.0))
        got = {one.ref.id: one.similarity or 0.0 for one in result.candidates}
        assert set(got) <= set(truth)
        best = sorted(got, key=lambda number: -got[number])[:10]
        found += len(set(best) & set(list(truth)[:10]))
        assert max(abs(got[number] - truth[number]) for number in best) < ERRORS[kind]
    assert found / 300 >= BOUNDS[kind]
    (body,) = ask_node(f"/{prefix}-g*/_mapping").values()
    nest = next(field for field in body["mappings"]["properties"].values() if field.get("type") == "nested")
    declared = nest["properties"]["v"]
    assert declared["method"]["engine"] == "lucene"
    assert (
        declared.get("data_type", "").lower() == "byte",
        declared.get("mode") == "on_disk",
        "encoder" in str(declared),
    ) == (
        kind is VectorKind.BYTE,
        kind is VectorKind.ON_DISK,
        kind is VectorKind.SQ,
    )
    engine.close()


@pytest.mark.parametrize("kind", list(VectorKind))
def test_the_floor_is_sharp_for_every_kind(prefix: str, kind: VectorKind) -> None:
    engine = engine_of(prefix, Shape(vectors=kind))
    engine.write([document(i, vectors=[axis(np.cos(i / 20), np.sin(i / 20))]) for i in range(20)])
    result = engine.run(EngineQuery(MEMBER, vector=axis(1), floor=float(np.cos(9.5 / 20)), title_weight=0.0))
    assert sorted(one.ref.id for one in result.candidates) == list(range(10))
    assert result.total == 10
    engine.close()


def test_a_rebuild_fills_without_copies_and_ends_with_what_was_asked(prefix: str) -> None:
    engine = engine_of(prefix, Shape(shards=2, replicas=1, segments=1))
    name = engine.create_generation(RECIPE)
    path = f"/{prefix}-{name}"

    def settings() -> tuple[str, str]:
        index = ask_node(f"{path}/_settings")[f"{prefix}-{name}"]["settings"]["index"]
        return index["number_of_replicas"], index["refresh_interval"]

    def segments() -> list[int]:
        shards = ask_node(f"{path}/_segments")["indices"][f"{prefix}-{name}"]["shards"].values()
        return [len(copy["segments"]) for copies in shards for copy in copies if copy["routing"]["primary"]]

    client = Client(cluster_access())
    for turn in range(4):
        engine.write([document(10 * turn + i, vectors=[axis(1, i)]) for i in range(10)], name)
        client.change("POST", f"{path}/_refresh")
    client.close()
    assert settings() == ("0", "-1")
    assert max(segments()) > 1
    engine.promote(name)
    assert settings() == ("1", "30s")
    assert segments() == [1, 1]
    assert sorted(numbers(engine, EngineQuery(MEMBER))) == list(range(40))
    # Writes go on as ever.
    engine.write([document(99)])
    assert 99 in numbers(engine, EngineQuery(MEMBER))
    engine.close()


def test_other_settings_are_named_and_applied_by_a_rebuild(prefix: str) -> None:
    before = engine_of(prefix, Shape())
    before.write([document(i, body="patrol", vectors=[axis(1, i)]) for i in range(8)])
    after = engine_of(prefix, Shape(shards=3, vectors=VectorKind.BYTE))
    (current,) = after.generations()
    assert current.differs == "float vectors, the settings ask for byte, 1 shards, the settings ask for 3"
    question = ask(Word("patrol"), vector=axis(1), floor=0.9)
    # Until then the old index is searched and written by both.
    after.write([document(8, body="patrol", vectors=[axis(1)])])
    for engine in (before, after):
        similarities = {one.ref.id: one.similarity for one in engine.run(question).candidates}
        assert len(similarities) == 9
        assert similarities[8] == pytest.approx(1.0, abs=1e-4)
    name = after.create_generation(RECIPE)
    after.write([document(i, body="patrol", vectors=[axis(1, i)]) for i in range(8)], name)
    after.promote(name)
    assert [one.differs for one in after.generations() if one.is_current] == [""]
    # The other process put its questions as floats until now; it must not be refused, nor find nothing near.
    for engine in (before, after):
        similarities = {one.ref.id: one.similarity for one in engine.run(question).candidates}
        assert similarities[0] == pytest.approx(1.0, abs=0.01)
        engine.write([document(0, revision=2, body="patrol", vectors=[axis(1)])])
    after.promote("g000001-000000")
    for engine in (before, after):
        assert len(engine.run(question).candidates) == 9
        engine.close()


def test_what_the_cluster_cannot_hold_is_said_before_and_when_it_is_tried(prefix: str) -> None:
    engine = engine_of(prefix, Shape(shards=1024, replicas=2))
    copies, room = engine.troubles()
    assert "2 copies of every shard need 3 search servers, there are 1" in copies.text
    assert "IPCU_OPENSEARCH_REPLICAS=0" in copies.remedy
    assert "3072 shards and copies, the cluster takes 1000" in room.text
    with pytest.raises(Unavailable, match="this action would add"):
        engine.create_generation(RECIPE)
    engine.close()
    fitting = engine_of(prefix, Shape())
    assert fitting.troubles() == []
    fitting.close()


def test_a_block_is_named_with_the_command_that_lifts_it(prefix: str) -> None:
    engine = engine_of(prefix, Shape())
    engine.write([document(1)])
    client, settings = Client(cluster_access()), f"/{prefix}-*/_settings"
    client.change("PUT", settings, {"index.blocks.read_only_allow_delete": True})
    (trouble,) = engine.troubles()
    assert "read_only_allow_delete" in trouble.text
    body = trouble.remedy.split("-d '")[1].split("'")[0]
    client.send("PUT", settings, body.encode(), None, 30)
    client.close()
    assert engine.troubles() == []
    assert engine.write([replace(document(1), revision=2)]).written
    engine.close()


def test_a_write_waits_for_no_merge(prefix: str) -> None:
    """With OpenSearch's default an edit that met a merge, among 10,000 passages, was found after four seconds instead of 0.2."""
    engine = engine_of(prefix, Shape())
    engine.write([document(1)])
    (settings,) = ask_node(f"/{prefix}-g*/_settings").values()
    assert settings["settings"]["index"]["merge_on_flush"] == {"enabled": "false"}
