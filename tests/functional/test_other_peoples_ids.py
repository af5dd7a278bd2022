"""Other people's ids: at every address, in every role, what one may not see answers exactly as what does not exist."""

import re

import pytest
from flask import Flask
from sqlmodel import select

from core.access import Marking
from core.attachments import Attachment
from core.following import Follow
from core.links import Link
from core.marking import Recipient
from core.people import Role
from core.tagging import ObjectTag
from library.models import KnowledgeRequest, Record
from tests.functional.pages import Answer, Visitor
from tests.makers import Wanted, make_need
from training.needs.models import Need
from webapp.administration.people import ACTIONS, endpoint_of
from webapp.runtime import Runtime

SECRET = "wolfsbane"
NOWHERE = 4711
# Whose work it is to deal with them. Every other difference between what is hidden and what is not there tells something.
THEIRS = {
    "library.handle": {Role.LIBRARIAN, Role.IPCU_STAFF},
    "admin.remove_synonyms": {Role.LIBRARIAN, Role.ADMINISTRATOR},
    # Figures of an organisation, without a name, are for every member.
    "ledger.organisation": set(Role),
    **{f"profiles.{name}": {Role.IPCU_STAFF} for name in ("show", "save", "confirm")},
    # Administrators look after people and organisations; what these wrote is none of it.
    **{
        f"{part}.{name}": {Role.ADMINISTRATOR}
        for part, names in (
            ("organisations", ("show", "edit", "retire", "reopen", "clients")),
            ("people", ("show", "edit", "roles", "move", "reset", *map(endpoint_of, ACTIONS))),
        )
        for name in names
    },
}
FIELDS = {
    "title": "Taken over",
    "kind": "sop",
    "body": "Taken over.",
    "summary": "Taken over.",
    "language": "en",
    "year": "2026",
    "effect": "unknown",
    "strength": "0",
    "marking": "CLEAR",
    "revision": "1",
    "reason": "It was taken over.",
    "status": "closed",
    "answer": "Taken over.",
    "verb": "close",
    "extent": "fully",
    "target": "record:{id}",
    "follow": "1",
}


@pytest.fixture
def hidden(enter, world, index) -> Visitor:
    """Somebody with a RED record, a file on it, a draft, a record in a space, a request and a RED need: each the first of its table."""
    author = enter("amina")
    red = {"title": f"About {SECRET}", "body": SECRET, "marking": Marking.RED}
    record = world.record(author.viewer, **red)
    assert author.upload(record, f"{SECRET}.txt", SECRET.encode()).status == 303
    author.post("/requests", question=f"Where does {SECRET} grow?")
    world.record(author.viewer, publish=False, **{**red, "marking": Marking.AMBER})
    world.record(author.viewer, **{**red, "marking": Marking.AMBER_STRICT})
    event = world.event(author.viewer, **red)
    assert author.post(f"/events/{event}/register").status == 303
    world.series(author.viewer, **red)
    make_need(world, author.viewer, Wanted(f"About {SECRET}", Marking.RED))
    index()
    return author


def rows(runtime: Runtime) -> list[str]:
    """Everything that a stranger could change."""
    with runtime.reading() as session:
        tables = (Record, Attachment, KnowledgeRequest, Recipient, ObjectTag, Need, Link)
        return sorted(str(row.model_dump()) for table in tables for row in session.exec(select(table)).all())


def told(answer: Answer, number: int) -> tuple[int, str, str]:
    """What a person learns: status, place, and the text of the page without the id that he asked for."""
    text = re.sub(rf"\b{number}\b", "N", answer.one("main").text) if answer.all("main") else ""
    return answer.status, re.sub(rf"\b{number}\b", "N", answer.headers.get("Location", "")), text


def ask(visitor: Visitor, method: str, url: str, number: int, organisation: int) -> Answer:
    if method == "GET":
        return visitor.get(url)
    fields = {name: value.replace("{id}", str(number)) for name, value in FIELDS.items()}
    return visitor.post(url, **fields, organisation_id=str(organisation))


@pytest.mark.parametrize("role", Role)
def test_what_is_hidden_answers_as_what_is_not_there(app: Flask, runtime, hidden, enter, role):
    stranger = enter("olga", role, organisation="elsewhere")
    before, looked, different = rows(runtime), 0, []
    for rule in app.url_map.iter_rules():
        is_numbered = "<int:" in rule.rule
        if role in THEIRS.get(rule.endpoint, ()) or not (is_numbered or rule.endpoint == "following.follow"):
            continue
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            for number in (1, 2, 3) if rule.rule.startswith(("/records", "/files/<kind>")) else (1,):
                answers = [
                    ask(
                        stranger,
                        method,
                        re.sub(r"<int:\w+>", str(one), rule.rule).replace("<kind>", "record"),
                        one,
                        stranger.viewer.organisation_id,
                    )
                    for one in (number, NOWHERE)
                ]
                if told(answers[0], number) != told(answers[1], NOWHERE):
                    different.append((method, rule.rule, number, [one.status for one in answers]))
                assert SECRET not in answers[0].html
                looked += 1
    assert not different
    assert looked > 20
    assert rows(runtime) == before
    with runtime.reading() as session:
        assert not session.exec(select(Follow).where(Follow.user_id == stranger.id)).all()


@pytest.mark.parametrize("role", Role)
def test_no_page_tells_of_what_is_hidden(app: Flask, hidden, enter, role):
    stranger = enter("olga", role, organisation="elsewhere")
    addresses = [
        rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and "<" not in rule.rule
    ]
    addresses += [
        f"/search?q={SECRET}",
        f"/search?q={SECRET[:5]}*",
        "/search?q=wolfsbain",
        "/search?q=about",
        "/search?marking=RED",
        "/search?by=amina",
        f"/search/suggest?q={SECRET[:4]}",
        "/library?kind=sop",
    ]
    for url in addresses:
        # Requests are the staff's to read; everything else is nobody's. What was asked for is repeated, and no more.
        if url != "/requests" or role not in THEIRS["library.handle"]:
            answer = stranger.get(url)
            assert url.startswith("/search?q=") or SECRET not in answer.html, url
            assert not [title for title in answer.titles if SECRET in title], url
            assert not answer.all(".did-you-mean"), url
    assert stranger.see(f"/search?q={SECRET}").counted == stranger.see("/search?marking=RED").counted == 0
    assert not stranger.see(f"/search/suggest?q={SECRET[:4]}").all(".suggestion")
