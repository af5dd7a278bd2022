"""Other people's ids: at every address of the forums, in every role, what one may not see answers as what is not there."""

import re

import pytest
from flask import Flask
from sqlmodel import select

from core.access import Marking
from core.people import Role
from forums.models import Case, Flag, Poll, PollVote, Post, PostDraft, PostThanks, Receipt, Thread, ThreadRead
from tests import forums_factory as make
from tests.functional.test_other_peoples_ids import NOWHERE, told

SECRET = "wolfsbane"
FIELDS = {
    "title": "Taken over, all of it",
    "body": "Taken over.",
    "reason": "It was taken over.",
    "decision": "removed",
    "marking": "RED",
    "revision": "1",
    "accept": "1",
    "thanks": "1",
    "option": "1",
    "posts": "2",
    "category": "phones",
    "note": "It was taken over.",
    "key": "of-a-stranger-1",
}


@pytest.fixture
def hidden(enter, world, index):
    """A RED thread with a poll and a flagged, edited answer: each the first of its table."""
    author, friend = enter("amina"), enter("bilal", organisation="lab")
    make.category(world, "phones")
    poll = {"question": f"How much {SECRET}?", "options": ["Some", "None"]}
    thread_id, _ = make.start(
        world,
        author.viewer,
        "phones",
        title=f"About {SECRET}",
        body=SECRET,
        marking=Marking.RED,
        poll=poll,
        named_users=[friend.id],
    )
    post = make.reply(world, friend.viewer, thread_id, body=SECRET)
    assert author.post(f"/posts/{post}/flag", reason="wrong", note=SECRET).status == 303
    index()
    return author


def rows(runtime):
    """Everything that a stranger could change."""
    with runtime.reading() as session:
        tables = (Thread, Post, Poll, PollVote, PostThanks, Receipt, ThreadRead, PostDraft, Case, Flag)
        return sorted(str(row.model_dump()) for table in tables for row in session.exec(select(table)).all())


def ask(visitor, method, url):
    return visitor.get(url) if method == "GET" else visitor.post(url, **FIELDS)


@pytest.mark.parametrize("role", Role)
def test_what_is_hidden_answers_as_what_is_not_there(app: Flask, runtime, hidden, enter, role):
    stranger = enter("olga", role, organisation="elsewhere")
    before, looked, different = rows(runtime), 0, []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("forum") or "<int:" not in rule.rule:
            continue
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            urls = [re.sub(r"<int:\w+>", str(one), rule.rule) for one in (1, NOWHERE)]
            answers = [ask(stranger, method, url) for url in urls]
            if told(answers[0], 1) != told(answers[1], NOWHERE):
                different.append((method, rule.rule, [one.status for one in answers]))
            assert SECRET not in answers[0].html
            looked += 1
    assert not different
    assert looked > 35
    assert rows(runtime) == before


@pytest.mark.parametrize("role", Role)
def test_no_page_tells_of_what_is_hidden(app: Flask, hidden, enter, role):
    stranger = enter("olga", role, organisation="elsewhere")
    urls = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("forum") and "<" not in rule.rule and "GET" in (rule.methods or ())
    ]
    urls += [
        "/",
        "/forums/phones",
        "/forums/phones/start",
        f"/search?q={SECRET}",
        f"/search/suggest?q={SECRET[:4]}",
        f"/forums/similar?title=About+{SECRET}",
    ]
    urls += ["/forums/moderation?done=1", "/forums/start?about=thread:1", "/forums/phones/people?q=ami"]
    for url in urls:
        html = stranger.get(url).html
        assert SECRET not in re.sub(
            rf"[?&](q|title)=[^\"]*|value=\"{SECRET}\"|>{SECRET}</textarea>", "", html
        ) or url.startswith("/search"), url
    assert stranger.see(f"/search?q={SECRET}").counted == 0
    assert stranger.see("/forums").texts(".category-numbers") == ["0 threads0 posts"]
