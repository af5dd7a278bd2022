"""Pages one reads: home, category, thread, permalink, print view, unread lists."""

import pytest

from core.access import Marking
from tests import forums_factory as make
from tests.functional.pages import path_of


def fill(world, forum, count, thread_id):
    for number in range(count):
        make.reply(world, forum.answerer.viewer, thread_id, body=f"Answer number {number}.")


def test_the_home_names_what_one_may_see_with_exact_counts(world, forum):
    make.start(world, forum.asker.viewer, "phones")
    make.start(world, forum.asker.viewer, "phones", title="Only for my own people", marking=Marking.AMBER_STRICT)
    mine, theirs = (one.see("/forums").one(".category-row") for one in (forum.asker, forum.answerer))
    assert mine.texts(".category-numbers")[0].startswith("2 threads")
    assert theirs.texts(".category-numbers")[0].startswith("1 thread")
    assert "Only for my own people" in mine.text
    assert "Only for my own people" not in theirs.text


def test_a_category_in_a_space_is_there_for_its_members_only(world, forum):
    space = world.space("desk")
    make.category(world, "inside", space_id=space)
    member = world.viewer(world.person("zara", forum.asker.viewer.organisation_id, spaces=(space,)))
    thread_id, post_id = make.start(world, member, "inside", title="Said within these walls")
    for url in ("/forums/inside", f"/threads/{thread_id}", f"/posts/{post_id}", "/forums/inside/start"):
        assert forum.asker.get(url).status == 404
    assert "inside" not in forum.asker.see("/forums").html


def test_tabs_of_a_category(world, forum):
    _asked, _ = make.start(world, forum.asker.viewer, "phones", title="Nobody has answered this one")
    solved, _ = make.start(world, forum.asker.viewer, "phones", title="This one was solved by somebody")
    answer = make.reply(world, forum.answerer.viewer, solved)
    forum.asker.post(f"/posts/{answer}/accept", accept="1")
    titles = {
        tab: forum.answerer.see(f"/forums/phones?tab={tab}").texts(".thread-title")
        for tab in ("unanswered", "solved", "mine")
    }
    assert titles["unanswered"] == ["Nobody has answered this one"]
    assert titles["solved"] == titles["mine"] == ["This one was solved by somebody"]
    assert len(forum.answerer.see("/forums/phones?tab=nonsense").texts(".thread-title")) == 2


def test_a_long_category_goes_on_without_doubles_or_gaps(world, forum):
    for number in range(65):
        make.start(world, forum.asker.viewer, "phones", title=f"Question number {number:03}")
    seen, url = [], "/forums/phones"
    while url:
        page = forum.answerer.see(url)
        seen += page.texts(".thread-title")
        following = page.all("a[rel=next]")
        url = following[0]["href"] if following else ""
    assert seen == [f"Question number {number:03}" for number in reversed(range(65))]


def test_pages_of_a_thread_and_the_place_of_a_post(world, forum):
    thread_id, first = make.start(world, forum.asker.viewer, "phones")
    fill(world, forum, 44, thread_id)
    assert len(forum.asker.see(f"/threads/{thread_id}").all("article.post")) == 20
    assert len(forum.asker.see(f"/threads/{thread_id}?page=3").all("article.post")) == 5
    assert path_of(forum.asker.get(f"/threads/{thread_id}?page=99")) == f"/threads/{thread_id}"
    place = forum.asker.get(f"/threads/{thread_id}/posts/{first + 30}").headers["Location"]
    assert place == f"/threads/{thread_id}?page=2#post-{first + 30}"
    assert forum.asker.see(place).all(f"#post-{first + 30}")


def test_unread_is_exact_and_ends_with_reading(world, forum):
    thread_id, first = make.start(world, forum.asker.viewer, "phones")
    assert forum.answerer.see("/forums/unread").texts(".thread-title")
    assert forum.answerer.see("/forums/new").texts(".thread-title")
    assert not forum.asker.see("/forums/unread").texts(".thread-title"), "one's own thread is read"
    forum.answerer.see(f"/threads/{thread_id}")
    assert not forum.answerer.see("/forums/unread").texts(".thread-title")
    fill(world, forum, 1, thread_id)
    assert not forum.answerer.see("/forums/unread").texts(".thread-title"), "one's own answer is read"
    assert forum.asker.see("/forums/unread").texts(".thread-title")
    assert forum.asker.get(f"/threads/{thread_id}/new").headers["Location"].endswith(f"#post-{first + 1}")
    forum.asker.post("/forums/read/mark", next="/forums/unread")
    assert not forum.asker.see("/forums/unread").texts(".thread-title")


def test_a_post_that_is_stricter_than_its_thread(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    post_id = make.reply(world, forum.answerer.viewer, thread_id, body="wolfsbane", marking=Marking.AMBER_STRICT)
    forum.asker.see(f"/threads/{thread_id}")
    stranger = forum.moderator
    page = stranger.see(f"/threads/{thread_id}")
    assert "wolfsbane" not in page.html
    assert len(page.all("article.post")) == 1
    for url in (f"/posts/{post_id}", f"/posts/{post_id}/history", f"/threads/{thread_id}/reply?quote={post_id}"):
        answer = stranger.get(url)
        assert answer.status == 404 or "wolfsbane" not in answer.html
    assert "wolfsbane" in forum.asker.see(f"/threads/{thread_id}").html
    assert make.get_thread(world, thread_id).post_count == 1


def test_search_leads_to_the_post(world, forum, index):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones", topics=["digital-forensics"])
    post_id = make.reply(world, forum.answerer.viewer, thread_id, body="Wrap it in aluminium foil, three layers.")
    make.reply(world, forum.answerer.viewer, thread_id, body="aluminium secret", marking=Marking.RED)
    index()
    page = forum.moderator.see("/search?q=aluminium+foil")
    assert page.titles == ["Which bag keeps a phone off the air?"]
    assert f"/threads/{thread_id}/posts/{post_id}" in [one["href"] for one in page.all("a") if one.get("href")]
    assert "secret" not in page.html
    assert forum.moderator.see("/search?q=bag&kind=question&status=open").counted == 1
    forum.asker.post(f"/posts/{post_id}/accept", accept="1")
    index()
    solved = forum.moderator.see("/search?q=bag&status=solved")
    assert solved.counted == 1
    assert "Solved" in solved.one(".hit-badges").text


@pytest.mark.parametrize(
    "url",
    [
        "/forums",
        "/forums/new",
        "/forums/unread",
        "/forums/mine",
        "/forums/drafts",
        "/forums/flags",
        "/forums/start",
        "/",
    ],
)
def test_empty_pages_stand(forum, url):
    assert forum.asker.see(url).one("main")


def test_the_print_view_carries_the_marking(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    page = forum.answerer.see(f"/threads/{thread_id}/print")
    assert page.texts(".tlp-banner")[0].endswith("TLP:GREEN")
    assert "marked-green" in page.one("body")["class"]
