"""Writing: starting, replying, quoting, editing, drafts, and what may stand in the way."""

from datetime import timedelta

from core.access import Marking
from core.people import SpaceMember, User
from forums import service
from forums.drafts import ReasonDraft
from tests import forums_factory as make
from tests.functional.pages import path_of

START = {
    "kind": "question",
    "title": "Which bag keeps a phone off the air?",
    "body": "Ours let the **second** network through.",
    "language": "en",
    "marking": "GREEN",
}


def thread_of(answer):
    return int(path_of(answer).rsplit("/", 1)[1])


def test_a_thread_is_started_with_the_form_as_it_stands(forum):
    fields = forum.asker.see("/forums/phones/start").fields("form.editor")
    assert fields["marking"] == "AMBER+STRICT", "forgetting the marking is safe"
    answer = forum.asker.post("/forums/phones/start", **{**fields, **START})
    page = forum.answerer.see(path_of(answer))
    assert page.one("h1").text == START["title"]
    assert "<strong>second</strong>" in page.html


def test_what_does_not_hold_comes_back_with_the_text(forum):
    answer = forum.asker.post("/forums/phones/start", **{**START, "title": "Bag", "key": "a-form-of-mine"})
    assert answer.status == 422
    assert "8 characters" in answer.text
    assert "second" in answer.one("textarea#body").text
    assert answer.fields("form.editor")["key"] == "a-form-of-mine"


def test_the_same_form_twice_is_one_thread_and_one_post(world, forum):
    sent = {**START, "key": "once-and-no-more"}
    first, second = (forum.asker.post("/forums/phones/start", **sent) for _ in range(2))
    thread_id = thread_of(first)
    assert thread_of(second) == thread_id
    places = {
        forum.answerer.post(f"/threads/{thread_id}/reply", body="Two bags.", key="twice-the-same").headers["Location"]
        for _ in range(2)
    }
    assert len(places) == 1
    assert make.get_thread(world, thread_id).post_count == 2


def test_the_preview_is_what_the_post_will_be(forum):
    text = "## Steps\n\n1. **isolate** <script>alert(1)</script>\n\n> said\n\n| a | b |\n|--|--|\n| 1 | 2 |"
    preview = forum.asker.post("/forums/preview/show", body=text)
    assert preview.status == 200
    thread_id = thread_of(forum.asker.post("/forums/phones/start", **{**START, "body": text, "key": "of-a-preview"}))
    posted = forum.asker.see(f"/threads/{thread_id}").one(".post-body")
    assert preview.one(".prose").text == posted.text
    assert [one.tag for one in preview.one(".prose").walk()][1:] == [one.tag for one in posted.walk()][1:]


def test_without_a_script_the_preview_comes_with_the_form(forum):
    answer = forum.asker.post("/forums/phones/start", **{**START, "key": "not-yet-sent-1", "preview": "1"})
    assert answer.status == 200
    assert answer.one("#preview").texts("strong") == ["second"]
    assert answer.fields("form.editor")["title"] == START["title"]


def test_a_quotation_says_who_and_where_and_brings_its_marking(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    strict = make.reply(world, forum.answerer.viewer, thread_id, body="wolfsbane", marking=Marking.AMBER_STRICT)
    body = forum.asker.see(f"/threads/{thread_id}/reply?quote={strict}").fields("form.editor")["body"]
    assert f"(/threads/{thread_id}/posts/{strict})" in body
    assert "**Bilal**" in body
    place = forum.asker.post(f"/threads/{thread_id}/reply", body=f"{body}\nI see.", key="quoting-strictly").headers[
        "Location"
    ]
    quoting = make.get_post(world, int(place.rsplit("/", 1)[1]))
    assert (quoting.marking, quoting.is_stricter) == ("AMBER+STRICT", True)
    assert "wolfsbane" not in forum.moderator.see(f"/threads/{thread_id}").html
    assert "I see." in forum.answerer.see(f"/threads/{thread_id}").html


def test_nobody_quotes_what_he_may_not_read(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    strict = make.reply(world, forum.answerer.viewer, thread_id, body="wolfsbane", marking=Marking.RED)
    stolen = f"> **Bilal**, [today](/threads/{thread_id}/posts/{strict}):\n>\n> wolfsbane"
    answer = forum.moderator.post(f"/threads/{thread_id}/reply", body=stolen, key="quoting-blindly")
    assert answer.status == 422
    assert make.get_thread(world, thread_id).post_count == 1


def test_a_reply_meets_a_locked_a_removed_and_a_closed_thread(world, forum):
    sent = {"body": "Typed for an hour.", "key": "typed-for-an-hour"}
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    forum.moderator.post(f"/threads/{thread_id}/lock")
    locked = forum.answerer.post(f"/threads/{thread_id}/reply", **sent)
    assert (locked.status, locked.one("textarea#body").text) == (409, "Typed for an hour.")
    assert "locked" in locked.one(".notice-danger").text
    forum.moderator.post(f"/threads/{thread_id}/remove", reason="It gave too much away.")
    removed = forum.answerer.post(f"/threads/{thread_id}/reply", **sent)
    assert (removed.status, removed.one("textarea#body").text) == (404, "Typed for an hour.")
    assert "bag keeps" not in removed.html
    forum.moderator.post(f"/threads/{thread_id}/restore")
    assert forum.answerer.post(f"/threads/{thread_id}/reply", **sent).status == 303


def test_a_reply_from_a_page_opened_before_the_space_was_closed(world, forum):
    space = world.space("desk")
    make.category(world, "inside", space_id=space)
    with world.work() as work:
        work.session.add(_member(space, forum.asker.id))
    thread_id, _ = make.start(world, world.viewer(forum.asker.id), "inside", title="Said within these walls")
    with world.work() as work:
        work.session.delete(work.session.merge(_member(space, forum.asker.id)))
    answer = forum.asker.post(f"/threads/{thread_id}/reply", body="Too late.", key="too-late-by-far")
    assert (answer.status, answer.one("textarea#body").text) == (404, "Too late.")
    assert "within these walls" not in answer.html


def test_slow_mode_lets_the_text_wait(world, forum, clock):
    make.category(world, "slow", slow_seconds=60)
    thread_id, _ = make.start(world, forum.asker.viewer, "slow")
    sent = {"body": "And another thing.", "key": "another-thing-1"}
    refused = forum.asker.post(f"/threads/{thread_id}/reply", **sent)
    assert (refused.status, refused.one("textarea#body").text) == (409, "And another thing.")
    clock.advance(timedelta(seconds=61))
    assert forum.asker.post(f"/threads/{thread_id}/reply", **sent).status == 303


def test_two_who_edit_the_same_post(world, forum):
    _thread_id, post_id = make.start(world, forum.asker.viewer, "phones")
    fields = forum.asker.see(f"/posts/{post_id}/edit").fields("form.editor")
    other = forum.moderator.see(f"/posts/{post_id}/edit").fields("form.editor")
    assert forum.moderator.post(f"/posts/{post_id}/edit", **{**other, "body": "By the moderator."}).status == 303
    late = forum.asker.post(f"/posts/{post_id}/edit", **{**fields, "body": "By the asker."})
    assert late.status == 409
    assert late.one("textarea#body").text == "By the asker."
    assert "By the moderator." in late.text
    again = forum.asker.post(f"/posts/{post_id}/edit", **late.fields("form.editor"))
    assert again.status == 303
    history = forum.answerer.see(f"/posts/{post_id}/history")
    assert len(history.all(".revision")) == 2
    assert "Karim" in history.text
    assert "moderator." in history.texts("del")[-1]


def test_a_hidden_revision_is_hidden_with_what_was_cut_from_it(world, forum):
    _, post_id = make.start(world, forum.asker.viewer, "phones", body="Call wolfsbane at once.")
    revision = str(make.get_post(world, post_id).revision)
    forum.asker.post(f"/posts/{post_id}/edit", body="Call the desk at once.", revision=revision)
    assert "wolfsbane" in forum.answerer.see(f"/posts/{post_id}/history").html
    assert forum.answerer.post(f"/posts/{post_id}/revisions/1/hide", reason="It names somebody.").status == 403
    forum.moderator.post(f"/posts/{post_id}/revisions/1/hide", reason="It names somebody.")
    assert "wolfsbane" not in forum.answerer.see(f"/posts/{post_id}/history").html
    assert "wolfsbane" in forum.moderator.see(f"/posts/{post_id}/history").html


def test_drafts_are_kept_as_one_types_and_end_with_posting(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones")
    kept = forum.answerer.post(
        "/forums/drafts", scope=f"thread:{thread_id}", body="Half a thought", key="half-a-thought"
    )
    assert "draft" in kept.text
    assert "Half a thought" in forum.answerer.see(f"/threads/{thread_id}").one("textarea#body").text
    assert "Half a thought" in forum.answerer.see("/forums/drafts").text
    assert "Half a thought" not in forum.asker.see("/forums/drafts").text
    forum.answerer.post(f"/threads/{thread_id}/reply", body="A whole one.", key="half-a-thought")
    forum.answerer.post("/forums/drafts", scope=f"thread:{thread_id}", body="Late", key="half-a-thought")
    assert not forum.answerer.see("/forums/drafts").all(".draft-list"), "what arrives after posting is not kept"


def test_a_draft_belongs_to_a_place_one_sees(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones", marking=Marking.RED)
    for scope, status in ((f"thread:{thread_id}", 404), ("thread:4711", 404), ("elsewhere:1", 422), ("thread:x", 422)):
        assert forum.answerer.post("/forums/drafts", scope=scope, body="Text").status == status
    forum.asker.post("/forums/drafts", scope=f"thread:{thread_id}", body="Wolfsbane")
    with world.work(forum.asker.viewer) as work:
        service.delete_thread(work, forum.asker.viewer, thread_id, ReasonDraft(reason="No longer needed."))
    assert "Wolfsbane" in forum.asker.see("/forums/drafts").text
    forum.asker.post("/forums/drafts/remove", scope=f"thread:{thread_id}")
    assert "Wolfsbane" not in forum.asker.see("/forums/drafts").text


def test_candidates_are_those_who_may_read(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones", marking=Marking.AMBER_STRICT)
    colleague = world.person("bashir", forum.asker.viewer.organisation_id)
    found = forum.asker.client.get(f"/threads/{thread_id}/people?q=b").json
    assert [one["insert"] for one in found] == ["bashir"], colleague
    open_to_all = forum.asker.client.get("/forums/phones/people?q=b").json
    assert {one["insert"] for one in open_to_all} == {"bashir", "bilal"}
    assert forum.answerer.get(f"/threads/{thread_id}/people?q=b").status == 404


def test_a_call_reaches_who_may_read_and_nobody_else(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones", marking=Marking.AMBER_STRICT)
    world.person("bashir", forum.asker.viewer.organisation_id)
    gone = world.person("gone", forum.asker.viewer.organisation_id)
    with world.work() as work:
        work.session.get(User, gone).is_active = False
    body = "@bashir please look, and @bilal, @gone, @nobody, `@karim` too. x@y.example"
    answer = forum.asker.post(f"/threads/{thread_id}/reply", body=body, key="calling-people")
    told = forum.asker.see(path_of(forum.asker.get(path_of(answer)))).texts(".notice-warning")
    assert len(told) == 1
    assert "@bilal, @gone, @nobody" in told[0]
    assert not forum.answerer.see("/").all("#notices-title")


def test_a_called_person_finds_a_notice_that_leads_to_the_post(world, forum):
    thread_id, _ = make.start(world, forum.asker.viewer, "phones", body="What does @bilal say, and the @moderators?")
    for one in (forum.answerer, forum.moderator):
        assert "Somebody calls you in a thread." in one.see("/").text
    post = make.reply(world, forum.answerer.viewer, thread_id)
    assert f"post:{post}" in [one.get("value") for one in forum.asker.see("/").all("input[name=ref]")]
    assert path_of(forum.asker.post("/notices/open", ref=f"post:{post}")) == f"/posts/{post}"


def test_hostile_markup_stays_text(world, forum):
    title = "<img src=x onerror=alert(1)> in a title"
    body = (
        "<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![i](http://x/y.png)\n\n> <b onmouseover=alert(1)>q</b>"
    )
    thread_id, post_id = make.start(world, forum.asker.viewer, "phones", title=title, body=body, tags=["tag"])
    for url in (
        f"/threads/{thread_id}",
        f"/threads/{thread_id}/print",
        "/forums",
        "/forums/phones",
        "/",
        f"/posts/{post_id}/history",
        f"/threads/{thread_id}/reply?quote={post_id}",
    ):
        page = forum.answerer.see(url)
        assert not [
            one
            for one in page.one("main").walk()
            if one.tag in ("script", "img") or any(name.startswith("on") for name in one.element.attrib)
        ]
        assert not [one for one in page.all("a") if (one.get("href") or "").lower().startswith("javascript")]


def test_similar_threads_and_records_while_one_types(world, forum, index):
    make.start(world, forum.asker.viewer, "phones", title="Faraday bags for seized telephones")
    world.record(forum.asker.viewer, title="Seized telephones and Faraday bags")
    make.start(world, forum.asker.viewer, "phones", title="Faraday bags of a secret sort", marking=Marking.RED)
    index()
    found = forum.answerer.see("/forums/similar?title=Faraday+bags+for+telephones").texts("a")
    assert "Faraday bags for seized telephones" in found
    assert "Seized telephones and Faraday bags" in found
    assert "Faraday bags of a secret sort" not in found
    assert forum.answerer.see("/forums/similar?title=Far").texts("a") == []


def _member(space, person):
    return SpaceMember(space_id=space, user_id=person)
