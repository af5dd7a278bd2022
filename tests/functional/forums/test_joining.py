"""Merging and splitting: old addresses lead on, counts stay exact, and nobody sees more than before."""

import pytest

from core.access import Marking
from forums.queries.posts import find_readable
from forums.service.recounting import recount_all
from tests import forums_factory as make
from tests.functional.pages import path_of


@pytest.fixture
def two(world, forum):
    """Two threads with an answer each."""
    old, _ = make.start(world, forum.asker.viewer, "phones", title="Asked for the second time")
    new, _ = make.start(world, forum.asker.viewer, "phones", title="Asked for the first time")
    return old, make.reply(world, forum.answerer.viewer, old), new, make.reply(world, forum.answerer.viewer, new)


def test_a_merged_thread_leads_to_the_other_one(world, forum, two, index):
    old, answer, new, _ = two
    assert forum.asker.post(f"/threads/{old}/merge", target=str(new)).status == 403
    merged = forum.moderator.post(f"/threads/{old}/merge", target=f"http://localhost/threads/{new}?page=2#x")
    assert path_of(merged) == f"/threads/{new}"
    assert path_of(forum.asker.get(f"/threads/{old}")) == f"/threads/{new}"
    assert forum.asker.get(f"/threads/{old}/posts/{answer}").headers["Location"] == f"/threads/{new}#post-{answer}"
    assert len(forum.asker.see(f"/threads/{new}").all("article.post")) == 4
    assert forum.answerer.see("/forums/phones").texts(".thread-title") == ["Asked for the first time"]
    assert "1 thread, 4 posts" in forum.answerer.see("/forums/phones").text
    late = forum.answerer.post(f"/threads/{old}/reply", body="Typed before.", key="typed-before-1")
    assert (late.status, late.one("textarea#body").text) == (409, "Typed before.")
    assert "merged" in late.one(".notice-danger").text
    index()
    assert forum.answerer.see("/search?q=second+network").counted == 1
    assert forum.moderator.post(f"/threads/{new}/merge", target=str(old)).status == 409
    with world.work() as work:
        assert recount_all(work) == 0


def test_nothing_is_merged_where_more_people_would_read_it(world, forum, two):
    _, _, new, _ = two
    closed, _ = make.start(world, forum.moderator.viewer, "phones", marking=Marking.AMBER_STRICT)
    assert forum.moderator.post(f"/threads/{closed}/merge", target=str(new)).status == 403
    assert forum.moderator.post(f"/threads/{new}/merge", target=str(closed)).status == 303
    assert forum.asker.get(f"/threads/{new}", follow_redirects=True).status == 404


def test_a_post_for_the_asker_alone_is_not_for_the_other_asker(world, forum, two):
    old, _, new, _ = two
    secret = make.reply(world, forum.answerer.viewer, old, body="wolfsbane", marking=Marking.RED)
    other = world.viewer(world.person("zara", world.organisation("third")))
    target, _ = make.start(world, other, "phones", title="Asked by somebody else")
    forum.moderator.post(f"/threads/{old}/merge", target=str(target))
    assert make.get_post(world, secret).thread_id == target
    assert "wolfsbane" in forum.answerer.see(f"/threads/{target}").html
    with world.database.reading() as session:
        assert not find_readable(session, other, [secret])
    assert new


def test_posts_become_a_thread_of_their_own(world, forum, two):
    old, answer, _, _ = two
    second = make.reply(world, forum.asker.viewer, old, body="And the charger?")
    third = make.reply(world, forum.answerer.viewer, old, body="Keep it with the phone.", reply_to=second)
    assert forum.asker.get(f"/threads/{old}/split").status == 403
    assert forum.moderator.see(f"/threads/{old}/split").all("input[name=posts]")
    sent = {"title": "What about the charger?", "posts": [str(second), str(third)], "marking": "GREEN"}
    place = path_of(forum.moderator.post(f"/threads/{old}/split", **sent))
    assert forum.answerer.see(place).one("h1").text == "What about the charger?"
    assert [one["id"] for one in forum.answerer.see(place).all("article.post")] == [f"post-{second}", f"post-{third}"]
    assert [one["id"] for one in forum.answerer.see(f"/threads/{old}").all("article.post")][1:] == [f"post-{answer}"]
    assert forum.answerer.get(f"/threads/{old}/posts/{third}").headers["Location"] == f"{place}#post-{third}"
    with world.work() as work:
        assert recount_all(work) == 0


def test_the_sensitive_half_goes_into_a_stricter_thread(world, forum, two):
    old, answer, _, _ = two
    stranger = world.viewer(world.person("zara", world.organisation("third")))
    sent = {"title": "The half that is not for all", "posts": str(answer), "marking": "AMBER+STRICT"}
    back = forum.moderator.post(f"/threads/{old}/split", **sent)
    assert path_of(back) == f"/threads/{old}", "the moderator is of neither body and does not see the new one"
    thread = make.get_thread(world, make.get_post(world, answer).thread_id)
    assert not stranger.audience & set(thread.audience.split())
    for who in (forum.asker, forum.answerer):
        assert "Two bags" in who.see(f"/threads/{thread.id}").html
    assert "Two bags" not in forum.moderator.see(f"/threads/{old}").html
    assert forum.moderator.get(f"/posts/{answer}").status == 404


@pytest.mark.parametrize("posts", [[], ["1"], ["4711"], ["x"]])
def test_what_cannot_be_split(forum, two, posts):
    sent = {"title": "What about the charger?", "posts": posts}
    assert forum.moderator.post(f"/threads/{two[0]}/split", **sent).status == 422


def test_nobody_quotes_from_a_removed_thread(world, forum, two):
    old, answer, new, _ = two
    assert "Two bags" in forum.answerer.see(f"/threads/{new}/reply?quote={answer}").html
    forum.moderator.post(f"/threads/{old}/remove", reason="It gave too much away.")
    assert "Two bags" not in forum.moderator.see(f"/threads/{new}/reply?quote={answer}").html
