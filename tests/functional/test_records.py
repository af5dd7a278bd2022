"""A record's page: what it says, how it is marked, and that it is not there for those who may not see it."""

import re

import pytest
from sqlmodel import select

from core.access import Marking
from core.errors import Unavailable
from core.files import FileText
from core.people import Role
from library.models import RecordKind
from tests.functional.pages import TOKEN, Answer, Visitor


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def librarian(enter) -> Visitor:
    return enter("lubna", Role.LIBRARIAN)


@pytest.fixture
def stranger(enter) -> Visitor:
    return enter("sadia", organisation="away")


def everything(answer: Answer) -> tuple[object, ...]:
    """All that the browser gets, but for the address that it asked for and the token that is new in every answer."""
    html = re.sub(r'name="csrf_token"[^>]*>', "", TOKEN.sub("", answer.html)).replace(answer.response.request.path, "")
    headers = {name: value for name, value in answer.headers.items() if name not in ("Content-Length", "Set-Cookie")}
    return answer.status, headers, html


@pytest.mark.parametrize("marking", list(Marking))
def test_the_marking_stands_above_and_below_whatever_it_is(author, world, marking):
    page = author.see(f"/records/{world.record(author.viewer, marking=marking)}")
    assert page.texts(".tlp-banner") == [f"Marking: TLP:{marking.value}"] * 2
    places = [node.get("class") for node in page.one("main").walk() if node.tag in ("p", "article")]
    assert places[0] == places[-1] == "tlp-banner"
    for label in page.one("main").all(".tlp"):
        assert (label.get("translate"), label.get("dir"), label.text) == ("no", "ltr", f"TLP:{marking.value}")


def test_a_record_says_what_its_author_said(author, world):
    number = world.record(
        author.viewer,
        kind=RecordKind.LESSON,
        title="Bags that leak <radio>",
        summary="Two of ten bags let the phone speak & be wiped.",
        body="## Which bags\n\nThe **grey** ones.",
        topics=["digital-forensics"],
        tags="faraday, bags",
        country="PK",
        year=2024,
        strength=2,
    )
    page = author.see(f"/records/{number}")
    assert page.one("h1").text == "Bags that leak <radio>"
    assert page.one("#summary").text == "Two of ten bags let the phone speak & be wiped."
    assert page.one(".prose").one("strong").text == "grey"
    assert set(page.texts(".chip-tag")) == {"faraday", "bags"}
    facts = page.one(".facts").text
    assert "Pakistan" in facts
    assert "2024" in facts
    assert f"KX-{number:05d}" in facts


def test_the_address_of_a_passage_is_a_place_on_the_page(author, world, index):
    body = "## First hour\n\nIsolate it.\n\n## First hour\n\nCharge it.\n\n## پہلا گھنٹہ\n\nبند نہ کریں۔"
    number = world.record(author.viewer, body=body, summary="In short.")
    page = author.see(f"/records/{number}")
    places = [node["id"] for node in page.one(".prose").walk() if node.get("id")]
    assert len(places) == len(set(places)) == 3
    assert all(place.startswith("s-") for place in places)
    everywhere = [node["id"] for node in page.walk() if node.get("id")]
    assert len(everywhere) == len(set(everywhere))
    index()
    for words in ("isolate", "charge"):
        links = [node["href"] for node in author.see(f"/search?q={words}").walk() if node.get("href")]
        anchors = {link.partition("#")[2] for link in links if link.startswith(f"/records/{number}#")}
        assert anchors
        assert anchors <= set(everywhere)


def test_a_heading_cannot_take_an_id_of_the_page(author, world):
    page = author.see(f"/records/{world.record(author.viewer, body='# files' + chr(10) + chr(10) + '# main')}")
    assert [node["id"] for node in page.one(".prose").walk() if node.get("id")] == ["s-files", "s-main"]


def test_similar_records_are_those_the_reader_may_see(author, stranger, world, index):
    number = world.record(author.viewer, title="Handling a seized phone")
    world.record(author.viewer, title="Handling a seized tablet")
    world.record(author.viewer, title="Handling a seized laptop", marking=Marking.AMBER_STRICT)
    world.record(author.viewer, title="Handling a seized drone", publish=False)
    index()
    address = f"/records/{number}"
    mine, theirs = (one.see(address).one(".similar").text for one in (author, stranger))
    assert "tablet" in mine
    assert "laptop" in mine
    assert "drone" not in mine
    assert "tablet" in theirs
    assert "laptop" not in theirs
    assert "Handling a seized phone" not in theirs


def test_the_page_is_there_when_search_is_not(author, world, runtime, monkeypatch):
    def down(*_args: object, **_options: object) -> None:
        raise Unavailable("the index is away")

    number = world.record(author.viewer)
    monkeypatch.setattr(runtime.search, "similar", down)
    page = author.see(f"/records/{number}")
    assert not page.all(".similar")


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        ("pending", "", "its text is being read"),
        (
            "no_text",
            "This looks like a scan: it has no text.",
            "not searchable: This looks like a scan: it has no text.",
        ),
        ("encrypted", "The PDF is protected by a password.", "not searchable: The PDF is protected by a password."),
        ("broken", "The file is <damaged>.", "not searchable: The file is <damaged>."),
        ("ok", "", "2 pages"),
    ],
)
def test_a_file_says_how_the_reading_of_it_went(author, world, status, reason, sentence):
    number = world.record(author.viewer)
    author.upload(number, "plan.txt", b"the plan of the day")
    with world.work() as work:
        text = work.session.exec(select(FileText)).one()
        text.status, text.reason, text.pages = status, reason, 2 if status == "ok" else None
        work.session.add(text)
    files = author.see(f"/records/{number}").one("#files")
    assert "plan.txt" in files.text
    assert sentence in files.text
    assert ("not searchable" in files.text) == (status not in ("ok", "pending"))


HIDDEN_PATHS = ("/records/{}", "/records/{}/edit")
HIDDEN_FORMS = ("/records/{}/edit", "/records/{}/publish", "/records/{}/withdraw", "/files/record/{}")


def hidden(world, author, case: str) -> int:
    """A record that is not for people of another organisation."""
    match case:
        case "draft":
            return world.record(author.viewer, publish=False)
        case "withdrawn":
            number = world.record(author.viewer)
            author.post(f"/records/{number}/withdraw", reason="It is out of date.")
            return number
        case "space":
            space = world.space("cell")
            insider = world.person("insider", author.viewer.organisation_id, Role.OFFICER, spaces=(space,))
            return world.record(world.viewer(insider), space_id=space)
    return world.record(author.viewer, marking=Marking(case))


@pytest.mark.parametrize("case", ["AMBER", "AMBER+STRICT", "RED", "draft", "withdrawn", "space"])
def test_what_one_may_not_see_answers_as_what_does_not_exist(author, stranger, world, case):
    number = hidden(world, author, case)
    for path in HIDDEN_PATHS:
        there, absent = stranger.get(path.format(number)), stranger.get(path.format(987_654))
        assert there.status == 404
        assert everything(there) == everything(absent)
    for form in HIDDEN_FORMS:
        sent = {"reason": "Because I say so.", "title": "Mine now", "revision": "1"}
        there, absent = (stranger.post(form.format(one), **sent) for one in (number, 987_654))
        assert everything(there) == everything(absent), form
    there, absent = (stranger.post("/follow", target=f"record:{one}", follow="1") for one in (number, 987_654))
    assert there.status == 404
    assert everything(there) == everything(absent)


def test_no_role_opens_a_red_record(author, world, enter):
    number = world.record(author.viewer, marking=Marking.RED)
    for role in Role:
        assert enter(f"one-{role.value}", role).get(f"/records/{number}").status == 404


@pytest.mark.parametrize("number", ["0", "2147483648", "9" * 40, "-1", "1.5", "٣", "%00", "1e3"])
def test_a_strange_number_is_the_address_of_nothing(author, world, number):
    world.record(author.viewer)
    assert author.get(f"/records/{number}").status == 404
    assert author.get(f"/files/{number}").status == 404


@pytest.mark.parametrize("target", ["record:²", "record:" + "9" * 40, "record:", "topic:none", "user:1", ""])
def test_what_cannot_be_followed_is_not_found(author, target):
    assert author.post("/follow", target=target, follow="1").status == 404


def test_a_record_is_followed_and_left_again(author, world):
    number = world.record(author.viewer)
    assert author.post("/follow", target=f"record:{number}", follow="1").status == 303
    assert "Following" in author.see(f"/records/{number}").one(".record-actions").text
    author.post("/follow", target=f"record:{number}", follow="0")
    assert "Following" not in author.see(f"/records/{number}").one(".record-actions").text


def test_a_draft_says_so_and_is_for_its_author_and_librarians(author, librarian, enter, world):
    number = world.record(author.viewer, publish=False)
    for keeper in (author, librarian):
        page = keeper.see(f"/records/{number}")
        assert "This is a draft" in page.one(".notice").text
        assert page.texts(".tlp-banner") == ["Marking: TLP:GREEN"] * 2
    assert "Handling a seized phone" in author.see("/library/drafts").text
    assert "Handling a seized phone" in librarian.see("/library/review").one("#waiting-drafts").text
    assert "Handling a seized phone" not in author.see("/library/review").text
    colleague = enter("kamran")
    assert colleague.get(f"/records/{number}").status == 404
    assert "Handling a seized phone" not in colleague.see("/library/drafts").text
    assert "Handling a seized phone" not in colleague.see("/library").text
    assert "Handling a seized phone" not in colleague.see("/library/review").text


def test_a_withdrawn_record_tells_its_keepers_why(author, librarian, enter, world, index):
    number = world.record(author.viewer)
    author.post(f"/records/{number}/withdraw", reason="A court said <otherwise>.")
    index()
    for keeper in (author, librarian):
        page = keeper.see(f"/records/{number}")
        assert "Withdrawn: A court said <otherwise>." in page.text
        assert not [node for node in page.all("a") if node.get("href") == f"/records/{number}/edit"]
    reader = enter("kamran")
    assert reader.get(f"/records/{number}").status == 404
    assert "Handling a seized phone" not in reader.see("/search?q=seized+phone").one("main").text


def test_an_overdue_review_is_said(author, world):
    number = world.record(author.viewer, reviewed_on="2024-01-01", review_due="2025-01-01")
    assert "has been due since" in author.see(f"/records/{number}").one(".notice-degraded").text
