"""Accepted answers, thanks, polls, announcements, questions without a name, discussions of records."""

import pytest
from sqlmodel import select

from core.access import Marking
from core.audit import AuditEvent
from core.people import Role
from forums import service
from forums.models import ThreadKind
from forums.queries.posts import find_readable
from forums.source import ThreadSource
from tests import forums_factory as make


def test_the_asker_or_a_moderator_says_what_solved_it(world, forum):
    thread_id, first = make.start(world, forum.asker.viewer, "phones")
    answer = make.reply(world, forum.answerer.viewer, thread_id)
    strict = make.reply(world, forum.answerer.viewer, thread_id, marking=Marking.AMBER)
    assert forum.answerer.post(f"/posts/{answer}/accept", accept="1").status == 403
    assert forum.asker.post(f"/posts/{first}/accept", accept="1").status == 422
    assert forum.asker.post(f"/posts/{strict}/accept", accept="1").status == 422
    assert forum.asker.post(f"/posts/{answer}/accept", accept="1").status == 303
    assert make.get_thread(world, thread_id).solved_post_id == answer
    assert "Your answer solved the question." in forum.answerer.see("/").text
    assert forum.moderator.post(f"/posts/{answer}/accept", accept="0").status == 303
    assert make.get_thread(world, thread_id).solved_post_id is None


def test_thanks_count_once_and_not_for_oneself(world, forum):
    _, post_id = make.start(world, forum.asker.viewer, "phones")
    for _ in range(3):
        forum.answerer.post(f"/posts/{post_id}/thanks", thanks="1")
    assert forum.asker.post(f"/posts/{post_id}/thanks", thanks="1").status == 403
    assert make.get_post(world, post_id).thanks == 1
    forum.answerer.post(f"/posts/{post_id}/thanks", thanks="0")
    assert make.get_post(world, post_id).thanks == 0


def test_a_poll_shows_its_results_to_those_who_voted(forum):
    sent = {"kind": "discussion", "title": "When shall the course be held?", "body": "Vote.", "language": "en"}
    sent |= {
        "marking": "GREEN",
        "key": "a-poll-of-ours",
        "poll_question": "Which month?",
        "poll_options": "May\nJune\nMay",
    }
    place = forum.asker.post("/forums/phones/start", **sent).headers["Location"]
    before = forum.answerer.see(place).one("#poll")
    assert not before.all("meter")
    options = [one["value"] for one in before.all("input[type=radio]")]
    assert len(options) == 2
    assert forum.answerer.post(f"{place}/vote", option=options).status == 422
    for choice in (options[0], options[1]):
        assert forum.answerer.post(f"{place}/vote", option=choice).status == 303
    after = forum.answerer.see(place).one("#poll")
    assert [one["value"] for one in after.all("meter")] == ["0", "1"]
    assert forum.moderator.post(f"{place}/vote", option="4711").status == 422


def test_an_announcement_is_confirmed_and_moderators_see_by_whom(world, forum):
    assert (
        forum.asker.post(
            "/forums/phones/start",
            kind="announcement",
            title="A new duty roster",
            body="Read it.",
            marking="GREEN",
            language="en",
            key="not-for-me-1",
        ).status
        == 403
    )
    thread_id, _ = make.start(
        world, forum.moderator.viewer, "phones", kind=ThreadKind.ANNOUNCEMENT, title="A new duty roster"
    )
    assert forum.answerer.post(f"/threads/{thread_id}/confirm").status == 303
    assert forum.answerer.post(f"/threads/{thread_id}/confirm").status == 303
    assert forum.answerer.get(f"/threads/{thread_id}/receipts").status == 403
    panels = forum.moderator.see(f"/threads/{thread_id}/receipts").texts("section.panel")
    assert "Bilal" in panels[0]
    assert "Amina" in panels[1]
    assert "Bilal" not in panels[1]
    question, _ = make.start(world, forum.asker.viewer, "phones")
    assert forum.answerer.post(f"/threads/{question}/confirm").status == 422


def test_nobody_replies_to_a_category_of_announcements(world, forum):
    make.category(world, "news", is_announcements=True)
    thread_id, _ = make.start(
        world, forum.moderator.viewer, "news", kind=ThreadKind.ANNOUNCEMENT, title="A new duty roster"
    )
    assert forum.asker.get("/forums/news/start").status == 403
    assert forum.asker.post(f"/threads/{thread_id}/reply", body="But why?", key="but-why-oh-why").status == 403


@pytest.fixture
def unnamed(world, forum):
    """A question that the asker, of a body with a telling name, asks without it."""
    sent = {
        "kind": "question",
        "title": "May I refuse a lunch with a witness?",
        "body": "It is @moderators to say.",
        "language": "en",
    }
    sent |= {"marking": "GREEN", "key": "without-my-name", "is_unnamed": "1", "function": "investigation"}
    place = forum.asker.post("/forums/phones/start", **sent).headers["Location"]
    thread_id = int(place.rsplit("/", 1)[1])
    make.reply(world, world.viewer(forum.asker.id), thread_id, body="I add that he insisted.")
    make.reply(world, forum.answerer.viewer, thread_id, body="Yes, you may.")
    return thread_id


def test_a_question_without_a_name_tells_neither_name_nor_body(world, forum, unnamed, index):
    index()
    post = make.get_thread(world, unnamed).last_post_id - 1
    urls = [
        "/",
        "/forums",
        "/forums/phones",
        "/forums/unread",
        f"/threads/{unnamed}",
        f"/threads/{unnamed}/print",
        "/search?q=lunch+witness",
    ]
    urls += [
        "/forums/similar?title=lunch+with+a+witness",
        f"/threads/{unnamed}/reply?quote={post}",
        f"/posts/{post}/history",
        "/search/suggest?q=lunch",
    ]
    for who in (forum.answerer, forum.moderator):
        for url in urls:
            html = who.get(url).html
            assert "Amina" not in html, url
            assert "Home" not in html.replace('"home', ""), url
    assert "Investigation" in forum.answerer.see(f"/threads/{unnamed}").text
    assert "Bilal" in forum.moderator.see(f"/threads/{unnamed}").text, "answers are credited by name"
    found = forum.answerer.see("/search?q=lunch")
    assert found.counted == 1
    assert forum.answerer.see("/search?q=lunch&organisation=home").counted == 0
    assert forum.answerer.see("/search?q=by:amina").counted == 0
    with world.database.reading() as session:
        document = ThreadSource(world.clock).load(session, [unnamed])[unnamed]
    assert document.facets["organisation"] == document.facets["country"] == ()
    assert document.facets["by"] == ("bilal",)
    assert "Amina" not in str(document)


def test_who_asked_is_shown_to_moderators_and_every_look_is_audited(world, forum, unnamed):
    assert forum.answerer.post(f"/threads/{unnamed}/asker").status == 403
    page = forum.moderator.post(f"/threads/{unnamed}/asker")
    assert page.status == 200
    assert "Amina" in page.text
    with world.database.reading() as session:
        looks = session.exec(select(AuditEvent).where(AuditEvent.action == "thread.asker_shown")).all()
    assert [(one.actor_id, one.object_id) for one in looks] == [(forum.moderator.id, unnamed)]


def test_a_marking_that_would_tell_the_body_is_refused(world, forum, unnamed):
    sent = {"kind": "question", "title": "May I refuse a lunch with a witness?", "body": "Tell me.", "language": "en"}
    sent |= {"marking": "AMBER", "key": "amber-and-nameless", "is_unnamed": "1"}
    assert forum.asker.post("/forums/phones/start", **sent).status == 422
    assert forum.moderator.post(f"/threads/{unnamed}/mark", marking="AMBER+STRICT").status == 422
    assert (
        forum.asker.post(f"/threads/{unnamed}/reply", body="More.", marking="AMBER", key="amber-reply-1").status == 422
    )
    strict = make.reply(world, forum.answerer.viewer, unnamed, body="Only for you.", marking=Marking.AMBER_STRICT)
    colleague = world.viewer(world.person("colleague", forum.asker.viewer.organisation_id))
    with world.database.reading() as session:
        assert find_readable(session, world.viewer(forum.asker.id), [strict])
        assert not find_readable(session, colleague, [strict]), "the asker's body is not to be known from who reads it"


def test_a_record_is_discussed_within_its_own_readers(world, forum):
    record = world.record(forum.asker.viewer, title="A record for our own", marking=Marking.AMBER_STRICT)
    page = forum.asker.see(f"/records/{record}")
    assert f"/forums/start?about=record:{record}" in [
        one["href"].replace("%3A", ":") for one in page.all("a") if one.get("href")
    ]
    sent = {
        "kind": "discussion",
        "title": "Does step three still hold?",
        "body": "We changed the form.",
        "language": "en",
    }
    sent |= {"marking": "GREEN", "key": "about-a-record-1", "about": f"record:{record}"}
    place = forum.asker.post("/forums/phones/start", **sent).headers["Location"]
    thread = make.get_thread(world, int(place.rsplit("/", 1)[1]))
    assert thread.marking == "AMBER+STRICT"
    assert forum.answerer.get(place).status == 404
    assert "Does step three still hold?" in forum.asker.see(f"/records/{record}").text
    assert "A record for our own" in forum.asker.see(place).text
    refused = forum.answerer.post("/forums/phones/start", **{**sent, "key": "about-a-record-2"})
    assert refused.status == 404


def test_of_a_record_shared_with_us_our_discussion_stays_among_both(world, forum):
    ours = forum.answerer.viewer.organisation_id
    record = world.record(forum.asker.viewer, marking=Marking.AMBER_STRICT, listed_organisations=[ours])
    third = world.viewer(world.person("third", world.organisation("third")))
    about = service.About(world.get(record).ref, Marking.AMBER_STRICT)
    thread_id, _ = make.start(
        world,
        forum.answerer.viewer,
        "phones",
        about=about,
        marking=Marking.AMBER_STRICT,
        listed_organisations=[third.organisation_id],
    )
    theirs = forum.asker.viewer.organisation_id
    assert set(make.get_thread(world, thread_id).audience.split()) == {f"org:{ours}", f"org:{theirs}"}
    only_we, _ = make.start(world, forum.answerer.viewer, "phones", about=about, marking=Marking.RED)
    assert make.get_thread(world, only_we).audience == f"user:{forum.answerer.id}"


def test_staff_of_the_unit_may_announce(world, enter, forum):
    staff = enter("staff", Role.IPCU_STAFF, organisation="unit")
    assert "announcement" in [one["value"] for one in staff.see("/forums/phones/start").all("input[name=kind]")]
