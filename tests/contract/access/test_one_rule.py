"""Who sees what: the Python check, the SQL clause and the engine filter give the same answer for every object and viewer."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from core.access import Marking, Viewer, load_tokens
from core.content import ContentRef
from core.people import Role, get_user
from indexer.service import Indexer
from library import queries
from library.models import KIND, Record
from library.source import RecordSource
from search.embedding import HashEmbedder
from search.engine import AccessFilter, EngineQuery, SearchEngine
from tests.contract.access.conftest import make_indexer
from tests.contract.search.conftest import prefix_of, remove
from tests.factories import World

RELATIONS = ("source", "child", "listed", "client", "listed_client", "other")


class Matrix:
    """Records of every marking, recipients and space; people of every relation, role and membership."""

    def __init__(self, world: World) -> None:
        self.world = world
        client, listed_client = world.organisation("client"), world.organisation("listed-client")
        self.source = world.organisation("source", clients=(client,))
        self.organisations = {
            "source": self.source,
            "child": world.organisation("child", parent=self.source),
            "listed": world.organisation("listed", clients=(listed_client,)),
            "client": client,
            "listed_client": listed_client,
            "other": world.organisation("other"),
        }
        self.space = world.space("desk")
        author = world.person("author", self.source, spaces=(self.space,))
        self.people: dict[str, int] = {"author": author}
        for relation, inside in itertools.product(RELATIONS, (False, True)):
            name = f"{relation}-{'in' if inside else 'out'}"
            spaces = (self.space,) if inside else ()
            self.people[name] = world.person(name, self.organisations[relation], Role.OFFICER, spaces=spaces)
        for role in Role:
            self.people[f"role-{role.value}"] = world.person(f"role-{role.value}", self.organisations["other"], role)
        self.people["unverified"] = world.person("unverified", self.source, verified=False)
        self.named = self.people["other-in"]
        writer = world.viewer(author)
        self.records: dict[tuple[Marking, bool, bool, bool], int] = {}
        for marking, listed, named, closed in itertools.product(Marking, (False, True), (False, True), (False, True)):
            self.records[marking, listed, named, closed] = world.record(
                writer,
                title=f"Record {marking.value} {listed} {named} {closed}",
                marking=marking,
                listed_organisations=[self.organisations["listed"]] if listed else [],
                named_users=[self.named] if named else [],
                space_id=self.space if closed else None,
            )

    def expected(self, person: str, marking: Marking, listed: bool, named: bool, closed: bool) -> bool:
        """FIRST TLP 2.0 and the space rule, written down independently of the tokens."""
        if person == "unverified":
            return False
        relation, _, place = person.partition("-")
        inside = person == "author" or place == "in"
        if closed and not inside:
            return False
        if person == "author":
            return True
        match marking:
            case Marking.CLEAR | Marking.GREEN:
                return True
            case Marking.AMBER_STRICT:
                return relation in ("source", "child") or (listed and relation == "listed")
            case Marking.AMBER:
                direct = relation in ("source", "child", "client")
                return direct or (listed and relation in ("listed", "listed_client"))
            case Marking.RED:
                return named and person == "other-in"


@pytest.fixture
def matrix(world: World) -> Matrix:
    return Matrix(world)


@pytest.fixture(params=["embedded", pytest.param("opensearch", marks=pytest.mark.opensearch)])
def engine(matrix: Matrix, world: World, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    indexer: Indexer
    indexer, engine = make_indexer(world, [RecordSource(world.clock)], HashEmbedder(), tmp_path, request.param)
    indexer.drain_all()
    yield engine
    engine.close()
    if request.param == "opensearch":
        remove(f"{prefix_of(tmp_path)}-*")


def test_the_three_shapes_of_the_rule_are_equal(matrix: Matrix, world: World, engine: SearchEngine) -> None:
    for person, user_id in matrix.people.items():
        viewer = world.viewer(user_id)
        wanted = {number for key, number in matrix.records.items() if matrix.expected(person, *key)}
        assert _by_python(world, viewer) == wanted, f"Python check for {person}"
        assert _by_sql(world, viewer) == wanted, f"SQL clause for {person}"
        assert _by_cards(world, viewer) == wanted, f"cards for {person}"
        assert _by_engine(engine, viewer) == wanted, f"engine filter for {person}"


def test_who_is_not_let_in_yet_sees_nothing(matrix: Matrix, world: World, engine: SearchEngine) -> None:
    nobody = Viewer(user_id=1, organisation_id=1)
    assert _by_sql(world, nobody) == _by_cards(world, nobody) == _by_engine(engine, nobody) == set()


def test_the_engine_counts_only_what_the_viewer_sees(matrix: Matrix, world: World, engine: SearchEngine) -> None:
    for user_id in matrix.people.values():
        viewer = world.viewer(user_id)
        result = engine.run(
            EngineQuery(access=AccessFilter(viewer.audience, viewer.spaces), facets=("marking",), depth=200)
        )
        assert result.total == len(_by_python(world, viewer))
        assert sum(result.facets["marking"].values()) == result.total


def test_a_member_who_leaves_an_organisation_loses_access_at_once(matrix: Matrix, world: World) -> None:
    record_id = matrix.records[Marking.AMBER_STRICT, False, False, False]
    person = matrix.people["source-out"]
    assert record_id in _by_sql(world, world.viewer(person))
    with world.work() as work:
        user = get_user(work.session, person)
        user.organisation_id = matrix.organisations["other"]
        work.session.add(user)
    assert record_id not in _by_sql(world, world.viewer(person))


def _by_python(world: World, viewer: Viewer) -> set[int]:
    with world.database.reading() as session:
        ids = [one for one in session.exec(select(Record.id)) if one is not None]
        return {key for key, tokens in load_tokens(session, KIND, ids).items() if viewer.sees(tokens)}


def _by_sql(world: World, viewer: Viewer) -> set[int]:
    with world.database.reading() as session:
        return set(session.exec(select(Record.id).where(queries.listed(viewer))))


def _by_cards(world: World, viewer: Viewer) -> set[int]:
    with world.database.reading() as session:
        ids = [one for one in session.exec(select(Record.id)) if one is not None]
        return set(RecordSource(world.clock).cards(session, viewer, ids))


def _by_engine(engine: SearchEngine, viewer: Viewer) -> set[int]:
    query = EngineQuery(access=AccessFilter(viewer.audience, viewer.spaces), depth=200)
    refs: list[ContentRef] = [candidate.ref for candidate in engine.run(query).candidates]
    return {ref.id for ref in refs}
