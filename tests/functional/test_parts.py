"""The house serves a part that it has never heard of: every place where content shows up names no domain."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from flask import Flask
from sqlmodel import select

from core.access import Marked, Marking
from core.audit import AuditEvent
from core.clock import FixedClock
from core.content import ContentRef
from core.marking import mark
from core.people import Role
from core.settings import Settings
from search.embedding import HashEmbedder
from tests.factories import World
from tests.functional.conftest import new_app
from tests.makers import ALL_PARTS, Wanted, make_note, make_record, with_notes
from webapp.composition import build_runtime
from webapp.part import Part, Parts
from webapp.runtime import Runtime


@pytest.fixture
def runtime(settings: Settings, clock: FixedClock) -> Iterator[Runtime]:
    runtime = build_runtime(settings, web=False, parts=ALL_PARTS, clock=clock, embedder=HashEmbedder())
    with_notes(runtime.database)
    yield runtime
    runtime.close()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return new_app(runtime)


@pytest.fixture
def noted(enter: Callable, world: World, index: Callable[[], None]):
    """An officer who sees a record and a note on the same subject."""
    author = enter("amina")
    make_record(world, author.viewer, Wanted("Radio silence during a raid"))
    make_note(world, author.viewer, Wanted("Radio silence was kept on Tuesday"))
    index()
    return author


def test_one_list_has_both_kinds_each_with_its_address_and_badges(noted) -> None:
    page = noted.see("/search?q=radio+silence")
    assert sorted(page.titles) == ["Radio silence during a raid", "Radio silence was kept on Tuesday"]
    links = sorted(link["href"] for title in page.all(".hit-title") for link in title.all("a"))
    assert links == ["/notes/1", "/records/1"]
    assert page.texts(".note-owner") == ["Amina"]
    assert noted.see("/notes/1").one("#note").text == "Radio silence was kept on Tuesday"


def test_the_facet_knows_the_new_kind_by_its_word(noted) -> None:
    page = noted.see("/search?q=radio+silence")
    assert {"Note", "SOP or guideline"} <= set(page.texts(".facet-name"))
    assert noted.see("/search?q=silence+kind:note").titles == ["Radio silence was kept on Tuesday"]


def test_suggestions_and_similar_items_lead_to_it(noted) -> None:
    assert "/notes/1" in [node["href"] for node in noted.see("/search/suggest?q=radio").all(".suggestion-title")]
    assert "/notes/1" in noted.see("/records/1").html


def test_its_notice_its_navigation_and_following_work(noted) -> None:
    home = noted.see("/")
    assert "You wrote a note." in home.html
    assert "Radio silence was kept on Tuesday" in home.one("section[aria-labelledby=notices-title]").text
    assert "Notes" in home.one("nav.nav-main").text
    assert noted.post("/follow", target="note:1", follow="1", next="/notes/1").status == 303
    assert noted.post("/follow", target="note:9", follow="1").status == 404


def test_what_one_may_not_see_is_not_told(noted, enter, world, index) -> None:
    stranger = enter("olga", Role.ADMINISTRATOR, organisation="elsewhere")
    from_others = make_note(world, stranger.viewer, Wanted("A wolfsbane note"))
    assert stranger.see(f"/notes/{from_others}")
    with world.work() as work:
        work.session.connection().exec_driver_sql("DELETE FROM access_token WHERE kind = 'note'")
    assert stranger.get(f"/notes/{from_others}").status == 404
    assert "wolfsbane" not in stranger.see("/").html


def test_it_has_files_that_are_found_by_page_and_by_whoever_sees_it_only(noted, enter, world, index) -> None:
    def upload(person, name: str, text: bytes):
        return person.post("/files/note/1", file=(BytesIO(text), name))

    assert upload(noted, "log.txt", b"The wolfsbane log.").headers["Location"] == "/notes/1#files"
    assert upload(noted, "log.txt", b"The wolfsbane log, mended.").status == 303
    index()
    page = noted.see("/search?q=wolfsbane+mended")
    assert page.titles == ["Radio silence was kept on Tuesday"]
    assert "/files/2" in [link.get("href") for link in page.all("a")]
    assert noted.see("/notes/1").one("#files").texts("bdi") == ["log.txt", "log.txt"]
    reader = enter("rashid")
    assert reader.get("/files/2").status == 200
    assert upload(reader, "mine.txt", b"Mine.").status == 403
    assert reader.post("/files/2/remove").status == 403
    with world.work() as work:
        mark(work.session, ContentRef("note", 1), Marked(Marking.RED, noted.viewer.organisation_id, noted.id))
    for path in ("/files/1", "/files/2"):
        assert reader.get(path).status == 404
        assert reader.post(f"{path}/remove").status == 404
    assert upload(reader, "mine.txt", b"Mine.").status == 404
    assert noted.post("/files/2/remove").headers["Location"] == "/notes/1#files"
    assert not noted.see("/notes/1").all("bdi")


def test_its_job_is_run_by_its_name(runtime: Runtime) -> None:
    assert "notes.tidy" in runtime.table
    runtime.table["notes.tidy"]()
    with runtime.reading() as session:
        assert session.exec(select(AuditEvent).where(AuditEvent.action == "notes.tidied")).all()


def test_two_parts_cannot_claim_the_same_kind() -> None:
    twice = Parts([part for part in ALL_PARTS if part.name == "notes"] * 2)
    with pytest.raises(ValueError, match="two parts claim 'note'"):
        _ = twice.addresses


@pytest.mark.parametrize("part", ALL_PARTS, ids=lambda part: part.name)
def test_every_part_is_whole(part: Part, app: Flask) -> None:
    for kind, address in part.addresses.items():
        assert address.endpoint in app.view_functions, f"{kind} is shown at an endpoint that does not exist"
    for host in part.hosts:
        assert host.kind in part.addresses, "what has files has a page to go back to"
    for item in part.navigation:
        assert item.endpoint in app.view_functions
    for template in (*part.badges.values(), *(panel.template for panel in part.panels)):
        assert app.jinja_env.get_template(template)
    assert set(part.badges) <= set(part.addresses), "a kind with badges has an address"
    assert set(part.titles) >= set(part.badges), "what is in a result list has a title for notices, too"
