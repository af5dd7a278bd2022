"""The bell: what it tells, to whom, and what "read" means."""

import pytest
from sqlmodel import select

from core.access import Marking
from core.following import Follow, Level, followers_of, level_of, set_following
from core.notices import count_unread
from core.people import Role


@pytest.fixture
def author(enter):
    return enter("amina")


@pytest.fixture
def librarian(enter):
    return enter("karim", Role.LIBRARIAN)


def publish(world, author, librarian, **changes):
    number = world.record(author.viewer, publish=False, **changes)
    assert librarian.post(f"/records/{number}/publish").status == 303
    return number


def test_the_bell_counts_and_opening_what_it_tells_of_reads_it(author, librarian, world):
    number = publish(world, author, librarian, title="Handling a wasp's nest")
    assert author.see("/library").one("span.bell-count").text == "1"
    page = author.see("/notices")
    assert "Your record was published." in page.text
    assert "Handling a wasp's nest" in page.text
    answer = author.post("/notices/open", ref=f"record:{number}")
    assert answer.headers["Location"] == f"/records/{number}"
    assert not author.see("/library").all("span.bell-count")


def test_only_what_stood_on_the_page_is_read(author, librarian, world, runtime):
    publish(world, author, librarian)
    shown = author.see("/notices").fields("form[action=/notices/read]")
    publish(world, author, librarian, title="Another one")
    author.post("/notices/read", **shown)
    with runtime.reading() as session:
        assert count_unread(session, author.id) == 1


def test_what_one_may_not_see_any_more_is_not_told(author, librarian, world, runtime):
    number = publish(world, author, librarian, title="Wolfsbane", marking=Marking.GREEN)
    with world.work() as work:
        work.session.connection().exec_driver_sql(f"DELETE FROM access_token WHERE object_id = {number}")
    assert "Wolfsbane" not in author.see("/notices").text
    assert "Your record was published." not in author.see("/").text
    assert author.post("/notices/open", ref=f"record:{number}").status == 404


@pytest.mark.parametrize("ref", ["", "record", "record:x", "nothing:1", "record:99999999999", "user:1"])
def test_a_forged_reference_leads_nowhere(author, ref):
    assert author.post("/notices/open", ref=ref).status == 404


def test_other_peoples_notices_are_not_read_by_me(author, librarian, enter, world, runtime):
    publish(world, author, librarian)
    enter("olga").post("/notices/read", last="999")
    with runtime.reading() as session:
        assert count_unread(session, author.id) == 1


def test_there_are_pages(author, world):
    with world.work() as work:
        for _ in range(65):
            work.notify(author.id, "record.published", None, {})
    assert author.see("/library").one("span.bell-count").text == "65"
    assert len(author.see("/notices?page=3").all("ul.notice-list")[0].all("li")) == 5
    assert author.see("/notices?page=99")


def test_the_nearest_target_decides_how_closely_one_follows(world, author):
    targets = ["thread:1", "category:2", "topic:drones"]
    with world.work() as work:
        set_following(work.session, author.id, "topic:drones", work.now, level=Level.WATCHING)
        assert level_of(work.session, author.id, targets) is Level.WATCHING
        set_following(work.session, author.id, "thread:1", work.now, level=Level.MUTED)
        assert level_of(work.session, author.id, targets) is Level.MUTED
        assert followers_of(work.session, targets, {Level.WATCHING}) == set()
        assert followers_of(work.session, targets[1:], {Level.WATCHING}) == {author.id}
        set_following(work.session, author.id, "thread:1", work.now, level=None)
        set_following(work.session, author.id, "thread:1", work.now, level=None)
        assert level_of(work.session, author.id, ["thread:1"]) is Level.NORMAL


def test_levels_are_set_from_the_page(author, world, runtime):
    number = world.record(author.viewer)
    for level in ("muted", "first_post", "1", "0"):
        answer = author.post("/follow", target=f"record:{number}", follow=level, next=f"/records/{number}")
        assert answer.headers["Location"] == f"/records/{number}"
    with runtime.reading() as session:
        assert not session.exec(select(Follow)).all()
