"""A record that holds what must not be shared: shown with its place, masked, let through with a reason, or not at all."""

from io import BytesIO

import pytest
from PIL import Image
from sqlmodel import select

from core.attachments import Attachment
from core.audit import AuditEvent
from core.people import Role
from library.models import RecordStatus
from tests.functional.pages import path_of

CARD = "35202-1234567-1"
PHONE = "0300-1234567"
SAYS_CARD = f"## Facts\n\nThe holder of CNIC {CARD} was called twice."
SAYS_PHONE = f"## Facts\n\nThe ransom call came from {PHONE} at night."


@pytest.fixture
def author(enter):
    return enter("amina")


@pytest.fixture
def librarian(enter):
    return enter("karim", Role.LIBRARIAN)


def accepted(world):
    with world.database.reading() as session:
        return session.exec(select(AuditEvent).where(AuditEvent.action == "sensitivity.accepted")).all()


def draft(world, author, body, **changes):
    return world.record(author.viewer, publish=False, body=body, **changes)


def test_an_identity_card_number_stops_the_publication_and_is_shown_with_its_place(author, librarian, world):
    number = draft(world, author, SAYS_CARD)
    answer = librarian.post(f"/records/{number}/publish", sensitivity_reason="It is needed here.")
    assert answer.status == 422
    cells = answer.one("table.sensitive-items").texts("td")
    assert [" ".join(cell.split()) for cell in cells][:2] == ["identity card number", "Text, line 3"]
    assert answer.texts("mark") == [CARD]
    assert not answer.all("#sensitivity_reason"), "What blocks is not let through with a reason."
    assert world.get(number).status == RecordStatus.DRAFT
    assert not accepted(world)


def test_masking_leads_to_an_editor_that_can_be_saved_and_published(author, librarian, world):
    number = draft(world, author, SAYS_CARD)
    editor = librarian.post(f"/records/{number}/mask")
    assert editor.status == 200
    fields = editor.fields("form.editor")
    assert "[identity card number]" in fields["body"]
    assert CARD not in editor.html
    assert CARD in world.get(number).body_source, "Masking saves nothing by itself."
    assert librarian.post(f"/records/{number}/edit", **fields).status == 303
    assert librarian.post(f"/records/{number}/publish").status == 303
    record = world.get(number)
    assert (record.status, CARD in record.body_source) == ("published", False)


def test_a_mask_is_in_the_language_of_the_reader(author, world):
    number = draft(world, author, SAYS_CARD)
    author.post("/account/language", language="ur", next="/")
    assert "[شناختی کارڈ نمبر]" in author.post(f"/records/{number}/mask").fields("form.editor")["body"]


def test_what_needs_review_is_published_with_a_reason_that_the_audit_keeps_without_the_text(author, librarian, world):
    number = draft(world, author, SAYS_PHONE)
    page = librarian.post(f"/records/{number}/publish")
    assert page.status == 422
    assert page.all("#sensitivity_reason")
    answer = librarian.post(f"/records/{number}/publish", sensitivity_reason="A number of the exercise, nobody has it.")
    assert path_of(answer) == f"/records/{number}"
    assert world.get(number).status == RecordStatus.PUBLISHED
    (event,) = accepted(world)
    assert event.details == {"kinds": {"phone": 1}, "reason": "A number of the exercise, nobody has it."}
    assert (event.actor_id, event.object_id) == (librarian.id, number)
    assert PHONE not in str(event.details)


@pytest.mark.parametrize(
    "reason", ["ok", "x" * 301, f"Because {PHONE} is public.", "It is 0300 1234567, which is public."]
)
def test_a_reason_that_is_none_or_repeats_what_was_found_is_refused(author, librarian, world, reason):
    number = draft(world, author, SAYS_PHONE)
    answer = librarian.post(f"/records/{number}/publish", sensitivity_reason=reason)
    assert answer.status == 422
    assert answer.all(".notice-danger")
    assert world.get(number).status == RecordStatus.DRAFT
    assert not accepted(world)


def test_amber_is_published_with_a_warning(author, librarian, world):
    number = draft(world, author, SAYS_CARD, marking="AMBER")
    assert librarian.post(f"/records/{number}/publish").status == 303
    told = librarian.see(f"/records/{number}").one(".notice-warning").text
    assert "identity card number (1)" in told
    assert CARD not in told


@pytest.mark.parametrize("marking", ["GREEN", "AMBER", "AMBER+STRICT"])
def test_classified_text_is_never_published(author, librarian, world, marking):
    number = draft(world, author, "**SECRET**\n\nOrder of the day.", marking=marking)
    assert librarian.post(f"/records/{number}/publish", sensitivity_reason="The minister agrees.").status == 422
    assert world.get(number).status == RecordStatus.DRAFT


def test_an_edit_of_a_published_record_is_checked_before_anybody_reads_it(author, librarian, world):
    number = world.record(author.viewer)
    fields = author.see(f"/records/{number}/edit").fields("form.editor") | {"body": SAYS_PHONE}
    refused = author.post(f"/records/{number}/edit", **fields)
    assert refused.status == 422
    assert refused.texts("mark") == [PHONE]
    assert refused.fields("form.editor")["body"] == SAYS_PHONE
    assert not refused.all("#sensitivity_reason"), "An author does not let through what he wrote."
    assert author.post(f"/records/{number}/edit", **fields, sensitivity_reason="I say so.").status in (403, 422)
    assert PHONE not in world.get(number).body_source
    masked = author.post(f"/records/{number}/mask", **fields)
    assert "[phone number]" in masked.fields("form.editor")["body"]
    del fields["csrf_token"]
    reason = "A number of the exercise."
    assert librarian.post(f"/records/{number}/edit", **fields, sensitivity_reason=reason).status == 303
    assert len(accepted(world)) == 1


def test_an_edit_is_not_asked_again_about_what_was_let_through_until_it_reaches_more_people(author, librarian, world):
    number = world.record(author.viewer, body=SAYS_PHONE, marking="AMBER")
    fields = author.see(f"/records/{number}/edit").fields("form.editor")
    assert author.post(f"/records/{number}/edit", **fields | {"summary": "Better said."}).status == 303
    fields = author.see(f"/records/{number}/edit").fields("form.editor")
    assert author.post(f"/records/{number}/edit", **fields | {"marking": "GREEN"}).status == 422


def test_a_draft_may_hold_anything(author, world):
    number = draft(world, author, "Nothing yet.")
    fields = author.see(f"/records/{number}/edit").fields("form.editor") | {"body": SAYS_CARD}
    assert author.post(f"/records/{number}/edit", **fields).status == 303
    assert CARD in world.get(number).body_source


def test_nobody_masks_or_looks_at_what_he_may_not_edit(author, enter, world):
    number = draft(world, author, SAYS_CARD)
    stranger = enter("bilal")
    assert stranger.post(f"/records/{number}/mask").status == 404
    published = world.record(author.viewer)
    assert stranger.post(f"/records/{published}/mask").status == 403
    fields = author.see(f"/records/{published}/edit").fields("form.editor") | {"body": SAYS_CARD}
    del fields["csrf_token"]
    assert stranger.post(f"/records/{published}/edit", **fields).status == 403


def photo(kind="JPEG"):
    stream, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "Camera of Inspector Sadiq"
    exif.get_ifd(0x8825)[2] = (33.0, 41.0, 4.0)
    Image.new("RGB", (16, 16), (90, 10, 10)).save(stream, kind, exif=exif)
    return stream.getvalue()


def test_an_uploaded_picture_loses_the_place_where_it_was_taken_and_the_page_says_so(author, runtime, world):
    number = world.record(author.viewer)
    assert author.upload(number, "scene.jpg", photo()).status == 303
    page = author.see(f"/records/{number}")
    assert "place where it was taken (GPS)" in page.one(".notice-info").text
    with world.database.reading() as session:
        stored = session.exec(select(Attachment)).one()
    with runtime.files.open(stored.sha256) as file:
        assert b"Sadiq" not in file.read()


def test_a_damaged_picture_is_refused_with_a_clear_word(author, world):
    number = world.record(author.viewer)
    answer = author.upload(number, "scene.jpg", photo()[:-30])
    assert answer.status == 422
    assert "This picture is damaged" in answer.text


def test_a_picture_that_cannot_be_freed_of_its_place_is_refused(author, world):
    number = world.record(author.viewer)
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
    answer = author.upload(number, "scene.heic", heic)
    assert answer.status == 422
    assert "Save it as JPEG, PNG or WebP first" in answer.text
