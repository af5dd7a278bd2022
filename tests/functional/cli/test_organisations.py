"""`ipcu organisation`, and who sees AMBER when a client is declared or revoked."""

from pathlib import Path

import pytest

from core.access import Marking
from library import queries
from tests.factories import World
from tests.functional.cli.conftest import Ipcu


@pytest.mark.usefixtures("data")
def test_a_new_instance_gets_its_first_organisation_and_person(ipcu: Ipcu) -> None:
    ipcu("organisation", "add", "bureau", "--name", "National Police Bureau", "--kind", "ipcu").well()
    ipcu("organisation", "add", "cid-north", "--name", "CID North", "--parent", "bureau").well()
    ipcu("user", "add", "jane@police.example", "--name", "Jane", "--organisation", "cid-north").well()
    listed = ipcu("organisation", "list").well().out
    assert "cid-north" in listed
    assert "under bureau" in listed


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "cid", "--name", "Again"), "already"),
        (("add", "CID North", "--name", "Spaces"), "Lowercase"),
        (("add", "north", "--name", "N"), "name"),
        (("add", "north", "--name", "North", "--parent", "nobody"), "nobody"),
        (("client", "cid", "nobody"), "nobody"),
        (("client", "cid", "cid"), "its own client"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(ipcu: Ipcu, arguments: tuple[str, ...], said: str) -> None:
    assert said in ipcu("organisation", *arguments).complaint


def test_amber_reaches_a_declared_client_and_no_longer_after_revoking(ipcu: Ipcu, world: World, data: Path) -> None:
    assert data.is_dir()
    source = world.organisation("source")
    client = world.organisation("client")
    author = world.viewer(world.person("author", source))
    reader = world.person("reader", client)
    amber = world.record(author, marking=Marking.AMBER)
    strict = world.record(author, marking=Marking.AMBER_STRICT)

    def seen() -> set[int]:
        viewer = world.viewer(reader)
        with world.database.reading() as session:
            return set(queries.find_listed(session, viewer, [amber, strict]))

    assert seen() == set()
    assert "1 objects" in ipcu("organisation", "client", "source", "client").well().out
    assert seen() == {amber}
    assert "already" in ipcu("organisation", "client", "source", "client").well().out
    assert "serves client" in ipcu("organisation", "list").well().out
    ipcu("organisation", "client", "source", "client", "--revoke").well()
    assert seen() == set()
