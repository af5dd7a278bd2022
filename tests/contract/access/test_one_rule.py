"""Who sees what: the Python check, the SQL clause and the engine filter give the same answer for every object and viewer.

Over every kind of content that a part has, `tests/makers.py` makes the objects of.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from core.access import AccessToken, Marking, Viewer, load_tokens, visible_clause
from core.content import ContentRef
from core.people import Role, get_user
from core.sources import ContentSource
from indexer.service import Indexer
from library.models import KIND as RECORD
from search.embedding import HashEmbedder
from search.engine import AccessFilter, EngineQuery, SearchEngine
from tests.contract.access.conftest import make_indexer
from tests.contract.search.conftest import prefix_of, remove
from tests.factories import World
from tests.makers import ALL_PARTS, MAKERS, Wanted
from webapp.part import Parts

RELATIONS = ("source", "child", "listed", "client", "listed_client", "other")


class Matrix:
    """Objects of every kind, marking, recipients and space; people of every relation, role and membership."""

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
        self.objects: dict[tuple[Marking, bool, bool, bool], dict[str, int]] = {}
        for marking, listed, named, closed in itertools.product(Marking, (False, True), (False, True), (False, True)):
            wanted = Wanted(
                text=f"Object {marking.value} {listed} {named} {closed}",
                marking=marking,
                organisations=(self.organisations["listed"],) if listed else (),
                people=(self.named,) if named else (),
                space_id=self.space if closed else None,
            )
            made = {kind: make(world, writer, wanted) for kind, make in MAKERS.items()}
            self.objects[marking, listed, named, closed] = made

    def wanted(self, person: str) -> set[ContentRef]:
        """All that the person is to see."""
        return {
            ContentRef(kind, number)
            for key, made in self.objects.items()
            if self.expected(person, *key)
            for kind, number in made.items()
        }

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


def sources(world: World) -> list[ContentSource]:
    return Parts(ALL_PARTS).sources(world.clock)


def test_every_kind_of_content_has_a_maker(world: World) -> None:
    assert {source.kind for source in sources(world)} == set(MAKERS)


@pytest.fixture
def matrix(world: World) -> Matrix:
    return Matrix(world)


@pytest.fixture(params=["embedded", pytest.param("opensearch", marks=pytest.mark.opensearch)])
def engine(matrix: Matrix, world: World, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    indexer: Indexer
    indexer, engine = make_indexer(world, sources(world), HashEmbedder(), tmp_path, request.param)
    indexer.drain_all()
    yield engine
    engine.close()
    if request.param == "opensearch":
        remove(f"{prefix_of(tmp_path)}-*")


def test_the_three_shapes_of_the_rule_are_equal(matrix: Matrix, world: World, engine: SearchEngine) -> None:
    for person, user_id in matrix.people.items():
        viewer, wanted = world.viewer(user_id), matrix.wanted(person)
        assert _by_python(world, viewer) == wanted, f"Python check for {person}"
        assert _by_sql(world, viewer) == wanted, f"SQL clause for {person}"
        assert _by_cards(world, viewer) == wanted, f"cards for {person}"
        assert _by_titles(world, viewer) == wanted, f"titles for {person}"
        assert _by_engine(engine, viewer) == wanted, f"engine filter for {person}"


def test_who_is_not_let_in_yet_sees_nothing(matrix: Matrix, world: World, engine: SearchEngine) -> None:
    nobody = Viewer(user_id=1, organisation_id=1)
    assert _by_sql(world, nobody) == _by_cards(world, nobody) == _by_engine(engine, nobody) == set()


def test_the_engine_counts_only_what_the_viewer_sees(matrix: Matrix, world: World, engine: SearchEngine) -> None:
    for user_id in matrix.people.values():
        viewer = world.viewer(user_id)
        result = engine.run(
            EngineQuery(access=AccessFilter(viewer.audience, viewer.spaces), facets=("kind",), depth=400)
        )
        assert result.total == len(_by_python(world, viewer))
        assert sum(result.facets["kind"].values()) == result.total


def test_a_member_who_leaves_an_organisation_loses_access_at_once(matrix: Matrix, world: World) -> None:
    theirs = {ContentRef(*item) for item in matrix.objects[Marking.AMBER_STRICT, False, False, False].items()}
    person = matrix.people["source-out"]
    assert theirs <= _by_sql(world, world.viewer(person))
    with world.work() as work:
        user = get_user(work.session, person)
        user.organisation_id = matrix.organisations["other"]
        work.session.add(user)
    assert not theirs & _by_sql(world, world.viewer(person))


def test_only_a_kind_that_somebody_shows_has_an_address(world: World) -> None:
    registry = Parts(ALL_PARTS)
    for source in sources(world):
        assert source.kind in registry.addresses
        assert source.kind in registry.badges
    assert RECORD in registry.addresses


def _all(world: World) -> dict[str, list[int]]:
    with world.database.reading() as session:
        rows = select(AccessToken.kind, AccessToken.object_id).distinct()
        found: dict[str, list[int]] = {kind: [] for kind in MAKERS}
        for kind, number in session.exec(rows):
            if kind in found:
                found[kind].append(number)
        return found


def _by_python(world: World, viewer: Viewer) -> set[ContentRef]:
    with world.database.reading() as session:
        return {
            ContentRef(kind, number)
            for kind, ids in _all(world).items()
            for number, tokens in load_tokens(session, kind, ids).items()
            if viewer.sees(tokens)
        }


def _by_sql(world: World, viewer: Viewer) -> set[ContentRef]:
    found: set[ContentRef] = set()
    with world.database.reading() as session:
        for kind in MAKERS:
            every = select(AccessToken.object_id).where(AccessToken.kind == kind).distinct().subquery()
            seen = session.exec(select(every.c.object_id).where(visible_clause(viewer, kind, every.c.object_id)))
            found.update(ContentRef(kind, number) for number in seen)
    return found


def _by_cards(world: World, viewer: Viewer) -> set[ContentRef]:
    everything = _all(world)
    with world.database.reading() as session:
        return {
            ContentRef(source.kind, number)
            for source in sources(world)
            for number in source.cards(session, viewer, everything[source.kind])
        }


def _by_titles(world: World, viewer: Viewer) -> set[ContentRef]:
    refs = [ContentRef(kind, number) for kind, ids in _all(world).items() for number in ids]
    with world.database.reading() as session:
        return set(Parts(ALL_PARTS).titles(session, viewer, refs))


def _by_engine(engine: SearchEngine, viewer: Viewer) -> set[ContentRef]:
    query = EngineQuery(access=AccessFilter(viewer.audience, viewer.spaces), depth=400)
    return {candidate.ref for candidate in engine.run(query).candidates}
