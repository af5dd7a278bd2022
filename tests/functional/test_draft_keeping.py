"""Drafts that are thrown away, withdrawn records that are found again, fields that a change of type does not lose."""

import pytest
from sqlalchemy import event
from sqlmodel import select

from core.access import AccessToken
from core.attachments import Attachment
from core.audit import AuditEvent
from core.people import Role, User
from library.models import KnowledgeRequest, Record
from tests.functional.pages import Visitor
from tests.functional.test_editor import save, typed


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def librarian(enter) -> Visitor:
    return enter("lubna", Role.LIBRARIAN)


def test_a_draft_is_deleted_by_its_author_who_is_asked_once(author, librarian, world):
    number = world.record(author.viewer, publish=False, tags="secret")
    author.upload(number, "note.txt", b"A note.")
    fields = author.see(f"/records/{number}/delete").fields("form.button-form")
    fields.pop("csrf_token")
    assert librarian.get(f"/records/{number}/delete").status == 403
    assert librarian.post(f"/records/{number}/delete", **fields).status == 403
    assert author.post(f"/records/{number}/delete", revision="1").status == 409
    assert author.post(f"/records/{number}/delete", **fields).status == 303
    for person in (author, librarian):
        assert person.get(f"/records/{number}").status == 404
        assert "seized phone" not in person.see("/library/review").text
    assert "seized phone" not in author.see("/library/drafts").text
    with world.database.reading() as session:
        assert not session.exec(select(Attachment)).all()
        assert not session.exec(select(AccessToken)).all()
        row = session.get(Record, number)
        assert (row.title, row.body_source, row.summary) == ("", "", "")
        assert len(session.exec(select(AuditEvent).where(AuditEvent.action == "record.deleted")).all()) == 1
    assert world.record(author.viewer) > number, "its number is not given again"


def test_what_is_published_is_not_deleted(author, world):
    number = world.record(author.viewer)
    assert author.get(f"/records/{number}/delete").status == 403
    assert author.post(f"/records/{number}/delete", revision="2").status == 403


def test_withdrawn_records_are_listed_for_their_keepers(author, librarian, enter, world):
    number = world.record(author.viewer)
    author.post(f"/records/{number}/withdraw", reason="A court said otherwise.")
    for keeper in (author, librarian):
        assert "A court said otherwise." in keeper.see("/library/drafts").text
    assert "A court said otherwise." not in enter("kamran").see("/library/drafts").text


def test_changing_the_type_keeps_the_fields_and_says_which_are_not_shown(author, world):
    answer = author.post(
        "/library/new", **typed(author, **{"field-sop-scope": "All patrols", "field-sop-contact": "Desk 4"})
    )
    number = int(answer.headers["Location"].rsplit("/", 1)[1])
    page = author.see(f"/records/{number}/edit").fields("form.editor")
    page.pop("csrf_token")
    assert author.post(f"/records/{number}/edit", **{**page, "kind": "case_study"}).status == 303
    shown = author.see(f"/records/{number}")
    assert "Kept, but not shown for this type: Scope" in shown.one(".notice-warning").text
    assert "All patrols" not in shown.one(".record-columns").text
    assert "Desk 4" in shown.one(".record-fields").text
    assert save(author, number, title="Saved once more").status == 303
    assert save(author, number, kind="sop").status == 303
    assert "All patrols" in author.see(f"/records/{number}").one(".record-fields").text


def test_fields_filled_in_before_the_type_is_chosen_are_kept(author, world):
    sent = typed(author, kind="lesson", **{"field-sop-scope": "All patrols", "field-lesson-problem": "It rains"})
    author.post("/library/new", **sent)
    assert world.get(1).fields == {"scope": "All patrols", "problem": "It rains"}


def test_the_list_of_requests_takes_as_many_statements_for_thirty_as_for_one(author, librarian, world):
    statements: list[str] = []

    def count() -> int:
        statements.clear()
        librarian.see("/requests")
        return len(statements)

    event.listen(world.database.engine, "before_cursor_execute", lambda *sent: statements.append(sent[2]))
    author.post("/requests", question="Question number 0?")
    librarian.see("/requests")
    one = count()
    with world.work() as work:
        for number in range(29):
            person = world_person(work, number, author)
            work.session.add(
                KnowledgeRequest(
                    question=f"Question {number}?",
                    asker_id=person,
                    organisation_id=author.viewer.organisation_id,
                    created_at=work.now,
                )
            )
    assert count() == one


def world_person(work, number: int, like: Visitor) -> int:
    row = User(
        email=f"p{number}@exchange.example",
        name=f"P{number}",
        organisation_id=like.viewer.organisation_id,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    assert row.id is not None
    return row.id


def test_a_file_is_removed_after_one_question(author, world):
    number = world.record(author.viewer)
    author.upload(number, "note.txt", b"A note.")
    asked = author.see(f"/records/{number}").one("details.file-remove")
    assert "It cannot be brought back." in asked.text
    assert asked.all("form")
