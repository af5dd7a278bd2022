"""What the editor offers, and what it takes in its structured fields."""

import pytest

from core.access import Marking
from core.people import Role, User
from library.drafts import MAX_FIELD
from tests.functional.pages import Visitor


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


def test_an_author_who_has_moved_keeps_the_source_of_what_he_wrote(author, enter, world):
    record_id = world.record(author.viewer, marking=Marking.GREEN, publish=False)
    source, elsewhere = author.viewer.organisation_id, enter("bilal", organisation="away").viewer.organisation_id
    with world.work() as work:
        work.session.get(User, author.id).organisation_id = elsewhere
    form = author.see(f"/records/{record_id}/edit").fields("form.editor")
    assert form["organisation_id"] == str(source)
    assert author.post(f"/records/{record_id}/edit", **{**form, "title": "Mended after the move"}).status == 303
    assert (world.get(record_id).organisation_id, world.get(record_id).title) == (source, "Mended after the move")


def test_one_is_offered_ones_own_organisation_and_those_above_it(world, enter, author):
    enter("bilal", organisation="away")
    offered = author.see("/library/new").one("#organisation_id").texts("option")
    assert offered == ["Home"]
    assert enter("chandni", Role.LIBRARIAN).see("/library/new").one("#organisation_id").texts("option") == [
        "Away",
        "Home",
    ]


@pytest.mark.parametrize(("length", "status"), [(MAX_FIELD, 303), (MAX_FIELD + 1, 422)])
def test_a_structured_field_has_an_end_and_the_page_names_it(author, length, status):
    form = author.see("/library/new").fields("form.editor")
    typed = {**form, "title": "A long story", "kind": "lesson", "field-lesson-pitfalls": "x" * length}
    page = author.post("/library/new", **typed)
    assert page.status == status
    if status == 422:
        assert "“Pitfalls” takes at most" in page.one(".notice-danger").text
        assert len(page.one("#field-lesson-pitfalls").text) == length
