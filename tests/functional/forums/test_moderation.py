"""Moderation: removal and return, flags, decisions, appeals, moving, marking, what waits, categories."""

import pytest
from sqlmodel import select

from core.access import Marking
from core.audit import AuditEvent
from core.outbox import DirtyMark
from core.people import Role, SpaceMember
from tests import forums_factory as make
from tests.functional.pages import path_of


def test_a_whole_dispute(world, forum, enter):
    other = enter("saira", Role.MODERATOR, organisation="unit")
    witness = enter("tariq", organisation="elsewhere")
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    post = make.reply(world, forum.answerer.viewer, thread_id, body="Whoever asks this knows nothing.")
    for who in (witness, forum.asker):
        assert who.post(f"/posts/{post}/flag", reason="rude", note="It helps nobody.").status == 303
    assert witness.post(f"/posts/{post}/flag", reason="rude").status == 409
    assert forum.answerer.post(f"/posts/{post}/flag", reason="rude").status == 403
    assert len(forum.moderator.see("/forums/moderation").all("section.case")) == 1
    decision = {"decision": "removed", "reason": "It attacks a person."}
    assert forum.moderator.post("/forums/cases/1/decide", **decision).status == 409, "take it first"
    assert forum.moderator.post("/forums/cases/1/claim").status == 303
    assert other.post("/forums/cases/1/claim").status == 409
    assert forum.moderator.post("/forums/cases/1/decide", **decision).status == 303
    assert forum.moderator.post("/forums/cases/1/decide", **decision).status == 409
    stub = witness.see(f"/threads/{thread_id}")
    assert "It attacks a person." in stub.text
    assert "knows nothing" not in stub.html
    for who in (witness, forum.asker, forum.answerer):
        assert "A moderator decided about a flagged post." in who.see("/").text
        assert "It attacks a person." in who.see("/forums/flags").text
    assert witness.post("/forums/cases/1/appeal", reason="I do not agree either.").status == 403
    assert forum.answerer.post("/forums/cases/1/appeal", reason="It was a joke among friends.").status == 303
    assert forum.answerer.post("/forums/cases/1/appeal", reason="It was a joke among friends.").status == 409
    assert forum.moderator.post("/forums/cases/1/claim").status == 403, "another moderator decides"
    assert other.post("/forums/cases/1/claim").status == 303
    kept = {"decision": "kept", "reason": "Rough, but about the matter."}
    assert other.post("/forums/cases/1/close", **kept).status == 303
    assert "knows nothing" in witness.see(f"/threads/{thread_id}").html
    assert "Rough, but about the matter." in forum.answerer.see("/forums/flags").text
    assert make.get_case(world, 1).state == "closed"
    with world.database.reading() as session:
        done = [one.action for one in session.exec(select(AuditEvent).where(AuditEvent.kind.in_(["case", "post"])))]
    for action in (
        "post.flagged",
        "case.claimed",
        "post.removed",
        "case.decided",
        "case.appealed",
        "post.restored",
        "case.closed",
    ):
        assert action in done


def test_a_case_is_for_the_moderators_of_its_category(world, forum, enter):
    named = enter("zara", organisation="lab")
    make.category(world, "own", moderators=[named.id])
    assert named.get("/forums/moderation").status == 200
    for key, sees in (("own", 1), ("phones", 0)):
        thread_id, _ = make.start(world, forum.asker.viewer, key)
        post = make.reply(world, forum.answerer.viewer, thread_id)
        forum.asker.post(f"/posts/{post}/flag", reason="wrong")
        assert len(named.see("/forums/moderation").all("section.case")) == 1, (key, sees)
    assert named.post("/forums/cases/2/claim").status == 404
    assert forum.asker.get("/forums/moderation").status == 403


def test_a_removed_post_leaves_search_and_counts_and_comes_back(world, forum, index):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    post = make.reply(world, forum.answerer.viewer, thread_id, body="wolfsbane")
    index()
    assert forum.moderator.see("/search?q=wolfsbane").counted == 1
    assert forum.asker.post(f"/posts/{post}/remove", reason="I do not like it.").status == 403
    assert forum.answerer.post(f"/posts/{post}/remove", reason="I was wrong there.").status == 303
    index()
    assert forum.moderator.see("/search?q=wolfsbane").counted == 0
    assert make.get_thread(world, thread_id).post_count == 1
    assert forum.answerer.post(f"/posts/{post}/restore").status == 303
    assert make.get_thread(world, thread_id).post_count == 2
    forum.moderator.post(f"/posts/{post}/remove", reason="It names somebody.")
    assert forum.answerer.post(f"/posts/{post}/restore").status == 403, (
        "what a moderator removed is not one's own to restore"
    )


def test_a_removed_thread_is_gone_for_readers_and_can_come_back(world, forum, index):
    thread_id, post = make.start(world, forum.asker.viewer, "phones")
    make.reply(world, forum.answerer.viewer, thread_id)
    assert forum.asker.post(f"/threads/{thread_id}/remove", reason="No longer needed.").status == 403
    assert forum.moderator.post(f"/posts/{post}/remove", reason="The first one.").status == 409
    assert forum.moderator.post(f"/threads/{thread_id}/remove", reason="Not for here.").status == 303
    index()
    assert forum.answerer.get(f"/threads/{thread_id}").status == 404
    assert forum.answerer.see("/search?q=bag").counted == 0
    assert forum.answerer.see("/forums").texts(".category-numbers")[0].startswith("0 threads")
    assert "Not for here." in forum.asker.see(f"/threads/{thread_id}").text, "its author reads why"
    forum.moderator.post(f"/threads/{thread_id}/restore")
    assert forum.answerer.see("/forums").texts(".category-numbers")[0] == "1 thread2 posts"


def test_moving_into_a_space_takes_the_readers_away_at_once(world, forum, index):
    space = world.space("desk")
    make.category(world, "inside", space_id=space)
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    strict = make.reply(world, forum.answerer.viewer, thread_id, body="wolfsbane", marking=Marking.AMBER_STRICT)
    index()
    assert forum.moderator.post(f"/threads/{thread_id}/move", category="inside").status == 404, "not of the space"
    with world.work() as work:
        work.session.add_all(SpaceMember(space_id=space, user_id=one) for one in (forum.moderator.id, forum.asker.id))
    assert forum.moderator.post(f"/threads/{thread_id}/move", category="inside").status == 303
    assert forum.answerer.get(f"/threads/{thread_id}").status == 404
    assert forum.answerer.get(f"/posts/{strict}").status == 404
    assert forum.answerer.see("/search?q=bag").counted == 0, "before anything is indexed again"
    assert forum.asker.see(f"/posts/{strict}", follow_redirects=True).text.count("wolfsbane") == 1
    assert forum.moderator.post(f"/threads/{thread_id}/move", category="phones").status == 403, "nothing is widened"
    assert make.get_thread(world, thread_id).category_id != 1


def test_raising_a_marking_works_at_once_and_never_lowers(world, forum, index):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    post = make.reply(world, forum.answerer.viewer, thread_id, body="wolfsbane")
    index()
    assert forum.answerer.post(f"/threads/{thread_id}/mark", marking="AMBER").status == 403
    assert forum.moderator.post(f"/posts/{post}/mark", marking="RED").status == 303
    assert "wolfsbane" not in forum.moderator.see(f"/threads/{thread_id}").html
    assert "wolfsbane" in forum.asker.see(f"/threads/{thread_id}").html, "who asked keeps the answer"
    index()
    assert forum.asker.see("/search?q=wolfsbane").counted == 0
    assert forum.answerer.post(f"/posts/{post}/mark", marking="GREEN").status == 422
    assert forum.asker.post(f"/threads/{thread_id}/mark", marking="AMBER+STRICT").status == 303
    assert forum.answerer.get(f"/threads/{thread_id}").status == 404
    assert forum.asker.post(f"/threads/{thread_id}/mark", marking="GREEN").status == 422
    with world.database.reading() as session:
        assert session.exec(select(DirtyMark.object_id).where(DirtyMark.kind == "thread")).all() == [thread_id]
        actions = set(session.exec(select(AuditEvent.action)))
    assert {"post.marked", "thread.marked"} <= actions


def test_more_organisations_are_no_raised_marking(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones", marking=Marking.AMBER)
    wider = {"marking": "AMBER", "listed_organisations": str(forum.answerer.viewer.organisation_id)}
    assert forum.asker.post(f"/threads/{thread_id}/mark", **wider).status == 403
    assert forum.answerer.get(f"/threads/{thread_id}").status == 404


def test_first_posts_wait_and_are_let_through(world, forum):
    make.category(world, "careful", held_posts=1, moderators=[forum.moderator.id])
    thread_id, post = make.start(world, forum.asker.viewer, "careful", body="@bilal may know.")
    assert forum.answerer.get(f"/threads/{thread_id}").status == 404
    assert "waits" in forum.asker.see(f"/threads/{thread_id}").text
    assert "A post waits for a moderator." in forum.moderator.see("/").text
    assert not forum.answerer.see("/").all("#notices-title"), "nobody is called by what nobody sees"
    assert forum.asker.post(f"/posts/{post}/release").status == 403
    assert forum.moderator.post(f"/posts/{post}/release").status == 303
    assert forum.moderator.post(f"/posts/{post}/release").status == 409
    assert forum.answerer.see(f"/threads/{thread_id}").one("h1")
    assert "Somebody calls you in a thread." in forum.answerer.see("/").text
    assert (
        forum.asker.post(f"/threads/{thread_id}/reply", body="The second is shown.", key="the-second-one").status == 303
    )
    held = make.reply(world, world.viewer(forum.answerer.id), thread_id)
    assert make.get_post(world, held).state == "held"
    assert "Two bags" not in forum.asker.see(f"/threads/{thread_id}").html
    assert "Two bags" in forum.moderator.see("/forums/moderation").html
    forum.moderator.post(f"/posts/{held}/release")
    assert make.get_post(world, held).position == 3


def test_pinned_and_locked(world, forum):
    old, _ = make.start(world, forum.asker.viewer, "phones", title="The oldest one of them all")
    make.start(world, forum.asker.viewer, "phones", title="A newer one than the first")
    assert forum.asker.post(f"/threads/{old}/pin").status == 403
    forum.moderator.post(f"/threads/{old}/pin")
    page = forum.answerer.see("/forums/phones")
    assert page.texts(".thread-title") == ["The oldest one of them all", "A newer one than the first"]
    forum.moderator.post(f"/threads/{old}/lock")
    locked = forum.answerer.see(f"/threads/{old}")
    assert "Locked" in locked.text
    assert not locked.all("textarea#body")
    assert forum.moderator.see(f"/threads/{old}").all("textarea#body"), "moderators may still say why"


CATEGORY = {
    "title": "Interviewing",
    "key": "interviewing",
    "default_marking": "GREEN",
    "held_posts": "0",
    "slow_seconds": "0",
}


def test_categories_are_made_changed_ordered_and_closed_in_the_browser(world, forum):
    assert forum.asker.get("/forums/manage").status == 403
    assert forum.asker.post("/forums/manage/new", **CATEGORY).status == 403
    assert path_of(forum.moderator.post("/forums/manage/new", **CATEGORY)) == "/forums/manage"
    assert forum.moderator.post("/forums/manage/new", **CATEGORY).status == 422
    fields = forum.moderator.see("/forums/manage/interviewing").fields("form.editor")
    changed = {**fields, "title": "Interviews", "starters": "role:ipcu_staff", "allowed_markings": ["GREEN", "AMBER"]}
    assert forum.moderator.post("/forums/manage/interviewing", **changed).status == 303
    assert forum.moderator.post("/forums/manage/interviewing", **changed).status == 409
    assert forum.asker.get("/forums/interviewing/start").status == 403
    forum.moderator.post("/forums/manage/interviewing/up")
    assert forum.asker.see("/forums").texts("h3")[0] == "Interviews"
    forum.moderator.post("/forums/manage/interviewing/archive")
    assert "Interviews" not in forum.asker.see("/forums").text
    assert "closed" in forum.asker.see("/forums/interviewing").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "Unread Things"),
        ("key", "unread"),
        ("default_marking", "PURPLE"),
        ("starters", "role:king"),
        ("moderators", "nobody@exchange.example"),
        ("space_id", "1"),
        ("held_posts", "-1"),
    ],
)
def test_a_category_that_does_not_hold(world, forum, field, value):
    world.space("closed")
    answer = forum.moderator.post("/forums/manage/new", **{**CATEGORY, field: value})
    assert answer.status == 422
    assert answer.one("form.editor")


def test_a_category_takes_only_the_markings_it_allows(world, forum):
    make.category(world, "public", allowed_markings=["CLEAR", "GREEN"], default_marking="GREEN")
    choices = [one["value"] for one in forum.asker.see("/forums/public/start").all("input[name=marking]")]
    assert choices == ["CLEAR", "GREEN"]
    sent = {
        "kind": "question",
        "title": "A title that is long enough",
        "body": "Text.",
        "language": "en",
        "key": "of-a-red-one",
        "marking": "RED",
    }
    assert forum.asker.post("/forums/public/start", **sent).status == 422
