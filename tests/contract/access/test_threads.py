"""Threads and posts under the one rule: Python, SQL, cards and engine agree; a stricter post is for fewer and never in the index."""

import itertools
from pathlib import Path

import pytest
from sqlmodel import select

from core.access import Marking, Viewer, load_tokens
from core.content import ContentRef
from core.people import Role
from forums.models import KIND, Thread
from forums.queries import posts, threads
from forums.source import ThreadSource
from search.embedding import HashEmbedder
from search.engine import AccessFilter, EngineQuery
from tests import forums_factory as make
from tests.contract.access.conftest import make_indexer
from tests.factories import World

RELATIONS = ("source", "child", "listed", "client", "other")


class Matrix:
    """Threads of every marking, with recipients or without, open or in a space; people of every relation."""

    def __init__(self, world: World) -> None:
        self.world = world
        client = world.organisation("client")
        source = world.organisation("source", clients=(client,))
        self.bodies = {
            "source": source,
            "child": world.organisation("child", parent=source),
            "listed": world.organisation("listed"),
            "client": client,
            "other": world.organisation("other"),
        }
        self.space = world.space("desk")
        author = world.person("author", source, spaces=(self.space,))
        self.people = {"author": author}
        for relation, inside in itertools.product(RELATIONS, (False, True)):
            spaces = (self.space,) if inside else ()
            name = f"{relation}-{'in' if inside else 'out'}"
            self.people[name] = world.person(name, self.bodies[relation], spaces=spaces)
        for role in Role:
            self.people[f"role-{role.value}"] = world.person(f"role-{role.value}", self.bodies["other"], role)
        self.people["unverified"] = world.person("unverified", source, verified=False)
        writer = world.viewer(author)
        keys = {False: make.category(world, "open"), True: make.category(world, "closed", space_id=self.space)}
        self.threads: dict[tuple[Marking, bool, bool], int] = {}
        for marking, extra, closed in itertools.product(Marking, (False, True), (False, True)):
            self.threads[marking, extra, closed], _ = make.start(
                world,
                writer,
                keys[closed],
                marking=marking,
                listed_organisations=[self.bodies["listed"]] if extra else [],
                named_users=[self.people["other-in"]] if extra else [],
            )

    def expected(self, person: str, marking: Marking, extra: bool, closed: bool) -> bool:
        """FIRST TLP 2.0 and the space rule, written down independently of the tokens."""
        relation, _, place = person.partition("-")
        if person == "unverified" or (closed and person != "author" and place != "in"):
            return False
        if person == "author" or marking in (Marking.CLEAR, Marking.GREEN):
            return True
        if marking is Marking.RED:
            return extra and person == "other-in"
        direct = relation in ("source", "child") or (extra and relation == "listed")
        return direct or (marking is Marking.AMBER and relation == "client")


@pytest.fixture
def matrix(world: World) -> Matrix:
    return Matrix(world)


def test_the_shapes_of_the_rule_are_equal_for_threads(matrix: Matrix, world: World, tmp_path: Path) -> None:
    source = ThreadSource(world.clock)
    indexer, engine = make_indexer(world, [source], HashEmbedder(), tmp_path)
    indexer.drain_all()
    ids = list(matrix.threads.values())
    for person, user_id in matrix.people.items():
        viewer = world.viewer(user_id)
        wanted = {number for key, number in matrix.threads.items() if matrix.expected(person, *key)}
        with world.database.reading() as session:
            tokens = load_tokens(session, KIND, ids)
            assert {one for one in ids if viewer.sees(tokens[one])} == wanted, person
            assert set(session.exec(select(Thread.id).where(threads.listed(viewer)))) == wanted, person
            assert set(source.cards(session, viewer, ids)) == wanted, person
            assert {one.id for one in threads.list_threads(session, viewer, size=100).threads} == wanted, person
            assert set(threads.find_titles(session, viewer, ids)) == wanted, person
        found = engine.run(EngineQuery(access=AccessFilter(viewer.audience, viewer.spaces), depth=200)).candidates
        assert {one.ref for one in found} == {ContentRef(KIND, one) for one in wanted}, person
    engine.close()


def test_a_stricter_post_is_for_fewer_and_in_no_document(matrix: Matrix, world: World) -> None:
    thread_id = matrix.threads[Marking.GREEN, False, False]
    answerer = world.viewer(matrix.people["listed-out"])
    written = {
        marking: make.reply(world, answerer, thread_id, body=f"secret {marking.value}", marking=marking)
        for marking in (Marking.AMBER, Marking.AMBER_STRICT, Marking.RED)
    }
    readers = {"author", "listed-out"}
    bodies = readers | {"listed-in", "source-out", "source-in", "child-out", "child-in"}
    wanted = {
        Marking.RED: readers,
        Marking.AMBER_STRICT: bodies,
        Marking.AMBER: bodies | {"client-out", "client-in"},
    }
    with world.database.reading() as session:
        for person, user_id in matrix.people.items():
            seen = posts.find_readable(session, world.viewer(user_id), written.values())
            for marking, number in written.items():
                assert (number in seen) == (person in wanted[marking]), (person, marking)
        document = ThreadSource(world.clock).load(session, [thread_id])[thread_id]
    assert "secret" not in str(document.sections)


def test_who_is_not_let_in_yet_sees_nothing(matrix: Matrix, world: World) -> None:
    nobody = Viewer(user_id=1, organisation_id=1)
    with world.database.reading() as session:
        assert not threads.list_threads(session, nobody, size=100).threads
        assert not threads.find_listed(session, nobody, matrix.threads.values())
