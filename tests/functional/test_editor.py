"""Writing, changing, publishing and withdrawing records, by those who may and by those who would like to."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlmodel import select

from core.access import Marking
from core.audit import AuditEvent
from core.markup import Rendered, render
from core.people import Role, User
from library.models import Record, RecordStatus
from library.service.records import release_record
from tests.functional.pages import Answer, Visitor, path_of

TYPED = {
    "kind": "sop",
    "title": "Handling a seized drone",
    "summary": "What to do before it is switched on.",
    "body": "## Before\n\nTake the battery out.",
    "year": "2026",
    "language": "en",
    "marking": "GREEN",
}


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def librarian(enter) -> Visitor:
    return enter("lubna", Role.LIBRARIAN)


@pytest.fixture
def foreign_librarian(enter) -> Visitor:
    return enter("farid", Role.LIBRARIAN, organisation="away")


def typed(person: Visitor, **changes: object) -> dict[str, object]:
    """A filled form of a person."""
    return {**TYPED, "organisation_id": str(person.viewer.organisation_id), **changes}


def write(person: Visitor, **changes: object) -> int:
    """Save a new draft through the form."""
    answer = person.post("/library/new", **typed(person, **changes))
    assert answer.status == 303, answer.text
    return int(path_of(answer).rsplit("/", 1)[1])


def save(person: Visitor, number: int, **changes: object) -> Answer:
    """Open the editor, change some fields, and send it."""
    page = person.see(f"/records/{number}/edit")
    fields: dict[str, object] = {
        **page.fields("form.editor"),
        **{
            name: [node["value"] for node in page.all(f"input[name={name}]") if node.get("checked") is not None]
            for name in ("topics", "listed_organisations")
        },
    }
    fields.pop("csrf_token")
    return person.post(f"/records/{number}/edit", **{**fields, **changes})


def audited(world, action: str) -> int:
    with world.database.reading() as session:
        return len(session.exec(select(AuditEvent).where(AuditEvent.action == action)).all())


def test_a_new_record_is_a_draft_with_all_that_was_typed(author, world):
    number = write(
        author,
        topics=["drones", "digital-forensics"],
        tags="Batteries, drones",
        country="pk",
        effect="worked",
        strength="2",
        **{"field-sop-contact": "Desk 4", "field-lesson-what": "of another type"},
    )
    record = world.get(number)
    assert (record.status, record.author_id, record.marking) == ("draft", author.id, "GREEN")
    assert (record.country, record.effect, record.strength, record.fields) == ("PK", "worked", 2, {"contact": "Desk 4"})
    page = author.see(f"/records/{number}")
    assert set(page.texts(".chip-tag")) == {"batteries", "drones"}
    assert "Saved as a draft" in author.see("/account/").text or "Saved as a draft" in page.text
    assert audited(world, "record.created") == 1


def test_the_editor_shows_what_is_stored_and_saving_it_changes_nothing(author, world):
    number = write(
        author, topics=["drones"], tags="batteries", strength="3", effect="mixed", body="Tea &amp; <b>\n\n\tkeys"
    )
    before = world.get(number)
    assert save(author, number).status == 303
    after = world.get(number)
    kept = set(Record.model_fields) - {"revision", "changed_at"}
    assert before.model_dump(include=kept) == after.model_dump(include=kept)
    assert author.see(f"/records/{number}").texts(".chip-tag") == ["batteries"]
    assert after.revision == before.revision + 1


def test_a_long_record_in_any_script_comes_through(author, world):
    body = "# تفتیش\n\n" + "ثبوت 🚓 \u200f" * 20_000
    number = write(author, body=body, language="ur")
    assert world.get(number).body_source == body.strip()


def test_a_text_of_too_many_parts_is_refused_with_a_word_and_stays_in_the_form(author, world, monkeypatch):
    monkeypatch.setattr("core.markup.parser.MAX_WORK", 1_000)
    body = "a\n\n" * 3_000
    answer = author.post("/library/new", **typed(author, body=body))
    assert answer.status == 422
    assert "too many parts for one page" in answer.text
    assert body.strip() in answer.html.replace("\r\n", "\n")
    assert audited(world, "record.created") == 0


@pytest.mark.parametrize("is_new", [True, False])
def test_while_a_long_text_is_rendered_others_write(author, enter, world, monkeypatch, is_new):
    """Rendering waits here until another person has signed in and saved: that would fail if the writer's lock were held."""
    number = 0 if is_new else write(author)
    token = author.see("/account/").one("meta[name=csrf-token]")["content"]
    begun, done = Event(), Event()

    def slowly(source: str) -> Rendered:
        if "slow" in source:
            begun.set()
            assert done.wait(60)
        return render(source)

    monkeypatch.setattr("core.fields.render", slowly)
    where = f"/records/{number}/edit" if number else "/library/new"
    fields = {**typed(author, body="A slow text."), "revision": str(world.get(number).revision) if number else ""}
    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(author.client.post, where, data={"csrf_token": token, **fields})
        try:
            assert begun.wait(60)
            other = write(enter("bilal"), body="A quick text.")
        finally:
            done.set()
        assert saving.result().status_code == 303
    assert world.get(other).body_html == "<p>A quick text.</p>\n"
    with world.database.reading() as session:
        assert "<p>A slow text.</p>\n" in session.exec(select(Record.body_html)).all()


WRONG = [
    ("title", "abc", "At least 4 characters"),
    ("title", "", "Please fill this in"),
    ("title", "x" * 201, "At most 200 characters"),
    ("summary", "x" * 1001, "At most 1000 characters"),
    ("year", "soon", "give a number"),
    ("year", "1492", "between 1800 and 2100"),
    ("year", "9" * 400, ""),
    ("kind", "poem", "one of the offered values"),
    ("marking", "PURPLE", "one of the offered values"),
    ("effect", "magic", "one of the offered values"),
    ("strength", "5", "Not above 4"),
    ("strength", "-1", "Not below 0"),
    ("country", "ZZ", "country code"),
    ("language", "tlh", "offered languages"),
    ("topics", "astrology", "not a topic"),
    ("tags", "<script>", "not a usable tag"),
    ("tags", ",".join(f"t{number}" for number in range(13)), "at most 12 tags"),
    ("named", "nobody@exchange.example", "Nobody has the address"),
    ("organisation_id", "987654", ""),
    ("organisation_id", "9" * 40, ""),
    ("organisation_id", "police", "give a number"),
    ("listed_organisations", "987654", "an organisation chosen here does not exist"),
    ("listed_organisations", "-1", "Not below 0"),
    ("space_id", "987654", "you do not belong to that space"),
    ("space_id", "9" * 40, "Not above"),
    ("reviewed_on", "yesterday", "year-month-day"),
    ("review_due", "2026-13-45", "year-month-day"),
]


@pytest.mark.parametrize(("field", "value", "sentence"), WRONG)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(author, world, field, value, sentence):
    answer = author.post("/library/new", **typed(author, **{field: value, "field-sop-contact": "Desk <4>"}))
    assert answer.status == 422
    notice = answer.one(".notice-danger")
    assert sentence.casefold() in notice.text.casefold()
    assert f"#{field}" in [link["href"] for link in notice.all("a")]
    back = answer.fields("form.editor")
    if field != "kind":
        assert back["field-sop-contact"].strip() == "Desk <4>"
    for name in ("title", "summary", "body", "year", "tags", "named"):
        assert back[name].strip() == str(typed(author, **{field: value}).get(name, "")), name
    with world.database.reading() as session:
        assert not session.exec(select(Record)).all()


def test_a_review_before_the_last_one_is_refused(author):
    answer = author.post("/library/new", **typed(author, reviewed_on="2026-02-01", review_due="2026-01-01"))
    assert answer.status == 422
    assert "must be after the last one" in answer.one(".notice-danger").text


def test_two_who_write_at_once_do_not_overwrite_each_other(author, librarian, world):
    number = write(author)
    mine = author.see(f"/records/{number}/edit").fields("form.editor")
    assert save(librarian, number, summary="The librarian was first.").status == 303
    mine |= {"summary": "A long evening's work.", "tags": "mine"}
    mine.pop("csrf_token")
    clash = author.post(f"/records/{number}/edit", **mine)
    assert clash.status == 409
    assert "Somebody else saved" in clash.one(".notice-danger").text
    assert f"/records/{number}" in [link["href"] for link in clash.one(".notice-danger").all("a")]
    kept = clash.fields("form.editor")
    assert kept["summary"] == "A long evening's work."
    assert kept["tags"] == "mine"
    assert world.get(number).summary == "The librarian was first."
    kept.pop("csrf_token")
    assert author.post(f"/records/{number}/edit", **kept).status == 303
    assert world.get(number).summary == "A long evening's work."


def test_a_form_that_does_not_say_its_version_overwrites_nothing(author, world):
    number = write(author)
    answer = save(author, number, revision="", summary="Blind.")
    assert answer.status == 422
    assert answer.fields("form.editor")["summary"] == "Blind."
    assert world.get(number).summary == TYPED["summary"]


def test_what_was_typed_while_the_record_was_withdrawn_is_not_lost(author, librarian, world):
    number = world.record(author.viewer)
    mine = author.see(f"/records/{number}/edit").fields("form.editor")
    librarian.post(f"/records/{number}/withdraw", reason="It is out of date.")
    mine.pop("csrf_token")
    answer = author.post(f"/records/{number}/edit", **{**mine, "summary": "A long evening's work."})
    assert answer.status == 403
    assert answer.fields("form.editor")["summary"] == "A long evening's work."
    assert world.get(number).summary != "A long evening's work."


def test_a_second_person_publishes(author, librarian, world, index):
    number = write(author)
    assert author.post(f"/records/{number}/publish").status == 403
    assert not author.get(f"/records/{number}").all(f"form[action=/records/{number}/publish]")
    assert librarian.see(f"/records/{number}").all(f"form[action=/records/{number}/publish]")
    assert librarian.post(f"/records/{number}/publish").status == 303
    record = world.get(number)
    assert (record.status, record.published_by) == ("published", librarian.id)
    assert audited(world, "record.published") == 1
    index()
    assert "Handling a seized drone" in author.see("/search?q=seized+drone").titles
    assert librarian.post(f"/records/{number}/publish").status == 403


def test_a_librarian_does_not_publish_what_he_wrote_himself(librarian, world):
    number = write(librarian)
    answer = librarian.post(f"/records/{number}/publish")
    assert answer.status == 403
    assert "A second person publishes" in answer.text
    assert world.get(number).status == RecordStatus.DRAFT


def test_an_empty_record_is_not_published(author, librarian, world):
    number = write(author, summary="", body="")
    answer = librarian.post(f"/records/{number}/publish")
    assert answer.status == 422
    assert "write a summary or a body first" in answer.one(".notice-danger").text
    assert "missing" not in answer.one("main").text
    assert world.get(number).status == RecordStatus.DRAFT


@pytest.mark.parametrize("reason", ["", "   ", "old", "x" * 501])
def test_withdrawing_needs_a_reason(author, world, reason):
    number = world.record(author.viewer)
    assert author.post(f"/records/{number}/withdraw", reason=reason).status == 422
    assert world.get(number).status == RecordStatus.PUBLISHED


def test_a_withdrawn_record_stays_as_it_is(author, librarian, world):
    number = world.record(author.viewer)
    assert author.post(f"/records/{number}/withdraw", reason="A court said otherwise.").status == 303
    record = world.get(number)
    assert (record.status, record.status_reason) == ("withdrawn", "A court said otherwise.")
    for person in (author, librarian):
        assert person.get(f"/records/{number}/edit").status == 403
        for form in ("publish", "withdraw", "edit", "files"):
            sent = typed(person, reason="Once more, please.", revision=str(record.revision))
            answer = (
                person.upload(number, "a.txt", b"x")
                if form == "files"
                else person.post(f"/records/{number}/{form}", **sent)
            )
            assert answer.status == 403, form
    assert world.get(number) == record
    assert audited(world, "record.withdrawn") == 1


# Who does it, and what the draft or the published record of an officer answers to each of his tries.
PEOPLE = {
    "author": ("officer", "home", {"edit": 303, "publish": 403, "withdraw": 303}),
    "colleague": ("officer", "home", {"edit": 403, "publish": 404, "withdraw": 403}),
    "stranger": ("officer", "away", {"edit": 403, "publish": 404, "withdraw": 403}),
    "staff": ("ipcu_staff", "home", {"edit": 403, "publish": 404, "withdraw": 403}),
    "administrator": ("administrator", "home", {"edit": 403, "publish": 404, "withdraw": 403}),
    "librarian": ("librarian", "home", {"edit": 303, "publish": 303, "withdraw": 303}),
    "foreign librarian": ("librarian", "away", {"edit": 303, "publish": 303, "withdraw": 303}),
}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("deed", ["edit", "publish", "withdraw"])
def test_who_may_do_what(author, enter, world, who, deed):
    role, organisation, answers = PEOPLE[who]
    person = author if who == "author" else enter("other", Role(role), organisation=organisation)
    number = world.record(author.viewer, publish=deed != "publish")
    before = world.get(number)
    sent = {
        "edit": typed(author, revision=str(before.revision)),
        "publish": {},
        "withdraw": {"reason": "It is out of date."},
    }[deed]
    assert person.post(f"/records/{number}/{deed}", **sent).status == answers[deed]
    # What the author of a published record wants it to say waits for a second person.
    assert (world.get(number) == before) == (answers[deed] != 303 or (who, deed) == ("author", "edit"))
    if deed == "edit":
        again = person.get(f"/records/{number}/edit").status
        assert again == (200 if answers[deed] == 303 else 403)


@pytest.mark.parametrize("marking", ["AMBER", "AMBER+STRICT"])
def test_anyone_who_may_edit_tightens(author, librarian, world, marking):
    number = world.record(author.viewer)
    assert save(librarian, number, marking=marking).status == 303
    assert world.get(number).marking == marking
    assert audited(world, "record.marked") == 1


def test_only_the_source_widens(author, foreign_librarian, librarian, world):
    number = world.record(
        author.viewer,
        marking=Marking.AMBER_STRICT,
        listed_organisations=[foreign_librarian.viewer.organisation_id],
    )
    refused = save(foreign_librarian, number, marking="GREEN", summary="And a better summary.")
    assert refused.status == 403
    assert "Only the source" in refused.one(".notice-danger").text
    assert refused.fields("form.editor")["summary"] == "And a better summary."
    record = world.get(number)
    assert (record.marking, record.summary) == ("AMBER+STRICT", "What the first officer does in the first hour.")
    assert audited(world, "record.marked") == 0
    assert save(librarian, number, marking="GREEN").status == 303
    assert world.get(number).marking == "GREEN"


def test_adding_a_recipient_or_moving_the_source_is_widening_too(author, foreign_librarian, enter, world):
    third = enter("tariq", organisation="third")
    away = foreign_librarian.viewer.organisation_id
    number = world.record(author.viewer, marking=Marking.AMBER_STRICT, listed_organisations=[away])
    more = save(foreign_librarian, number, listed_organisations=[str(away), str(third.viewer.organisation_id)])
    assert more.status == 403
    assert save(foreign_librarian, number, organisation_id=str(away)).status == 403
    assert third.get(f"/records/{number}").status == 404
    assert author.get(f"/records/{number}").status == 200


def test_a_red_record_is_for_the_named_persons_only(author, enter, world):
    named, other = enter("nadia", organisation="away"), enter("other")
    number = write(author, marking="RED", named=f" {named.email.upper()} ;")
    release(world, number)
    assert named.see(f"/records/{number}").texts(".tlp-banner")
    assert other.get(f"/records/{number}").status == 404


def release(world, number: int) -> None:
    """Publish as an import does: no librarian sees a RED draft that does not name him."""
    with world.work() as work:
        record = work.session.get(Record, number)
        release_record(work, record, publisher_id=record.author_id)


def test_nobody_locks_himself_out(author, librarian, world):
    number = world.record(author.viewer)
    answer = save(librarian, number, marking="RED")
    assert answer.status == 422
    assert "no longer see" in answer.one(".notice-danger").text
    assert world.get(number).marking == "GREEN"


def test_forged_fields_change_nothing_but_what_the_form_offers(author, librarian, world):
    forged = {
        "id": "1",
        "author_id": str(librarian.id),
        "status": "published",
        "published_by": str(librarian.id),
        "published_at": "2026-01-01",
        "body_html": "<script>alert(1)</script>",
        "rendered_by": "99",
        "permanent_id": "KX-1",
        "status_reason": "none",
        "named_users": str(librarian.id),
        "fields": "x",
        "import_digest": "x",
    }
    number = write(author, **forged)
    assert save(author, number, **forged).status == 303
    record = world.get(number)
    assert (record.author_id, record.status, record.published_by) == (author.id, "draft", None)
    assert "script" not in record.body_html
    assert record.import_digest is None


def test_one_writes_neither_for_others_nor_into_their_spaces(author, enter, world):
    space = world.space("cell")
    other = enter("other", organisation="away")
    for forged in ({"organisation_id": str(other.viewer.organisation_id)}, {"space_id": str(space)}):
        assert author.post("/library/new", **typed(author, **forged)).status == 422
    number = write(author)
    for forged in ({"organisation_id": str(other.viewer.organisation_id)}, {"space_id": str(space)}):
        assert save(author, number, **forged).status == 422
    page = author.see("/library/new")
    assert "Cell" not in page.text
    assert str(other.viewer.organisation_id) not in [
        node["value"] for node in page.one("select#organisation_id").all("option")
    ]


def test_somebody_not_verified_writes_nothing(enter, world):
    person = enter("amina")
    with world.work() as work:
        work.session.get(User, person.id).is_verified = False
    assert person.get("/library/new").status == 403
    assert person.post("/library/new", **typed(person)).status == 403


def test_a_form_without_its_token_is_refused(author, world):
    number = write(author)
    before = world.get(number)
    for path in (
        "/library/new",
        f"/records/{number}/edit",
        f"/records/{number}/publish",
        f"/records/{number}/withdraw",
    ):
        assert author.client.post(path, data=typed(author)).status_code == 400
    assert world.get(number) == before
