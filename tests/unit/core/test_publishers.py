"""Every draft has somebody who can publish it, or it is known that it has nobody."""

import pytest

from core.access import Marked, Marking
from core.administration.publishers import has_publisher, publishers_of
from core.people import Organisation, Role
from tests.factories import World


@pytest.fixture
def house(world: World) -> dict[str, int]:
    """A tree of two, an organisation apart, and the unit, which reviews for the lower one."""
    top = world.organisation("top")
    ids = {"top": top, "low": world.organisation("low", parent=top), "apart": world.organisation("apart")}
    ids["unit"] = world.organisation("unit")
    with world.work() as work:
        low = work.session.get(Organisation, ids["low"])
        assert low is not None
        low.reviewed_by_id = ids["unit"]
    for name in ("low", "top", "unit", "apart"):
        ids[f"{name}-librarian"] = world.person(f"{name}-librarian", ids[name], Role.LIBRARIAN)
    ids["author"] = world.person("author", ids["low"], Role.OFFICER)
    return ids


def names(world: World, marked: Marked) -> list[str]:
    with world.database.reading() as session:
        return [one.email.partition("@")[0] for one in publishers_of(session, marked)]


@pytest.mark.parametrize(
    ("marking", "who"),
    [
        (Marking.AMBER_STRICT, ["low-librarian", "top-librarian", "unit-librarian"]),
        (Marking.AMBER, ["low-librarian", "top-librarian", "unit-librarian"]),
        (Marking.GREEN, ["apart-librarian", "low-librarian", "top-librarian", "unit-librarian"]),
        (Marking.RED, []),
    ],
)
def test_librarians_of_the_source_those_above_and_the_reviewer_publish(world, house, marking, who):
    assert names(world, Marked(marking, house["low"], house["author"])) == who


def test_the_author_never_publishes_his_own(world, house):
    mine = Marked(Marking.AMBER_STRICT, house["low"], house["low-librarian"])
    assert names(world, mine) == ["top-librarian", "unit-librarian"]


def test_red_is_published_by_a_named_second_person(world, house):
    named = frozenset({house["author"], house["apart-librarian"]})
    marked = Marked(Marking.RED, house["low"], house["author"], named_users=named)
    assert names(world, marked) == ["apart-librarian"]


def test_an_organisation_with_nobody_to_publish_is_known(world, house):
    with world.database.reading() as session:
        apart, top = session.get(Organisation, house["apart"]), session.get(Organisation, house["top"])
        assert has_publisher(session, apart)
        assert has_publisher(session, top)
    lonely = world.organisation("lonely")
    with world.work() as work:
        organisation = work.session.get(Organisation, lonely)
        organisation.default_marking = Marking.AMBER_STRICT.value
        work.session.flush()
        assert not has_publisher(work.session, organisation)
        organisation.reviewed_by_id = house["unit"]
        work.session.flush()
        assert has_publisher(work.session, organisation)
