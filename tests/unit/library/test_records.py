"""Use cases of records: who may, what follows, what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import select

from core.access import Marking, Viewer
from core.audit import AuditEvent
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.notices import list_unread
from core.outbox import DirtyMark
from core.people import Role
from library import queries, service
from library.drafts import RecordDraft, WithdrawDraft
from library.models import RecordStatus
from tests.factories import World, draft


class Cast:
    """Two organisations, an author, librarians in both, an officer elsewhere."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.home, self.away = world.organisation("home"), world.organisation("away")
        self.author = world.viewer(world.person("author", self.home))
        self.librarian = world.viewer(world.person("librarian", self.home, Role.LIBRARIAN))
        self.far_librarian = world.viewer(world.person("far", self.away, Role.LIBRARIAN))
        self.reader = world.viewer(world.person("reader", self.away))

    def edit(self, viewer: Viewer, record_id: int, **changes: Any) -> None:
        """Save an edit."""
        with self.world.work(viewer) as work:
            service.edit_record(work, viewer, record_id, draft(self.home, **changes))


@pytest.fixture
def cast(world: World) -> Cast:
    return Cast(world)


def _sees(world: World, viewer: Viewer, record_id: int) -> bool:
    with world.database.reading() as session:
        try:
            queries.get_record(session, viewer, record_id)
        except NotFound:
            return False
        return True


def test_a_draft_is_for_its_author_and_librarians(world: World, cast: Cast) -> None:
    record_id = world.record(cast.author, publish=False)
    assert _sees(world, cast.author, record_id)
    assert _sees(world, cast.far_librarian, record_id)
    assert not _sees(world, cast.reader, record_id)
    with world.database.reading() as session:
        assert session.exec(select(DirtyMark)).all() == []


def test_a_second_person_publishes(world: World, cast: Cast) -> None:
    own = world.record(cast.librarian, publish=False)
    with pytest.raises(Forbidden, match="second person"), world.work(cast.librarian) as work:
        service.publish_record(work, cast.librarian, own)
    with pytest.raises(Forbidden), world.work(cast.author) as work:
        service.publish_record(work, cast.author, world.record(cast.author, publish=False))


def test_publishing_marks_dirty_notifies_and_sets_the_review(world: World, cast: Cast) -> None:
    record_id = world.record(cast.author, publish=False)
    with world.work(cast.librarian) as work:
        service.publish_record(work, cast.librarian, record_id)
    record = world.get(record_id)
    assert record.status == RecordStatus.PUBLISHED
    assert record.published_by == cast.librarian.user_id
    assert record.review_due is not None
    with world.database.reading() as session:
        assert [mark.object_id for mark in session.exec(select(DirtyMark))] == [record_id]
        assert [notice.event for notice in list_unread(session, cast.author.user_id)] == ["record.published"]


def test_an_empty_record_is_not_published(world: World, cast: Cast) -> None:
    record_id = world.record(cast.author, publish=False, summary="", body="")
    with pytest.raises(Invalid, match="says nothing"), world.work(cast.librarian) as work:
        service.publish_record(work, cast.librarian, record_id)


def test_only_the_source_widens_and_any_editor_tightens(world: World, cast: Cast) -> None:
    record_id = world.record(cast.author, marking=Marking.GREEN)
    cast.edit(cast.far_librarian, record_id, marking=Marking.AMBER, listed_organisations=[cast.away])
    with pytest.raises(Forbidden, match="widen"):
        cast.edit(cast.far_librarian, record_id, marking=Marking.GREEN)
    assert world.get(record_id).marking == Marking.AMBER
    cast.edit(cast.librarian, record_id, marking=Marking.GREEN)
    assert world.get(record_id).marking == Marking.GREEN


def test_adding_a_recipient_is_widening_too(world: World, cast: Cast) -> None:
    other = world.organisation("other")
    record_id = world.record(cast.author, marking=Marking.AMBER_STRICT, listed_organisations=[cast.away])
    with pytest.raises(Forbidden, match="widen"):
        cast.edit(cast.far_librarian, record_id, marking=Marking.AMBER_STRICT, listed_organisations=[cast.away, other])


def test_taking_a_record_out_of_its_space_is_widening(world: World, cast: Cast) -> None:
    space = world.space("desk")
    author = world.viewer(world.person("insider", cast.home, spaces=(space,)))
    outside = world.viewer(world.person("guest", cast.away, Role.LIBRARIAN, spaces=(space,)))
    record_id = world.record(author, space_id=space)
    with pytest.raises(Forbidden, match="widen"):
        cast.edit(outside, record_id)
    assert world.get(record_id).space_id == space


def test_nobody_locks_himself_out(world: World, cast: Cast) -> None:
    record_id = world.record(cast.author)
    with pytest.raises(Invalid, match="no longer see"):
        cast.edit(cast.far_librarian, record_id, marking=Marking.AMBER_STRICT)


def test_an_edit_based_on_an_older_text_is_refused(world: World, cast: Cast) -> None:
    record_id = world.record(cast.author)
    seen = world.get(record_id).revision
    cast.edit(cast.librarian, record_id, title="Changed by the librarian", revision=seen)
    with pytest.raises(Conflict, match="Somebody else"):
        cast.edit(cast.author, record_id, title="Changed by the author", revision=seen)
    assert world.get(record_id).title == "Changed by the librarian"


def test_one_writes_for_ones_own_organisation(world: World, cast: Cast) -> None:
    with pytest.raises(Invalid, match="own organisation"), world.work(cast.author) as work:
        service.create_record(work, cast.author, draft(cast.away))


def test_the_audit_says_that_a_record_was_withdrawn_and_not_in_which_words(world: World, cast: Cast) -> None:
    record_id = world.record(cast.author)
    with world.work(cast.author) as work:
        service.withdraw_record(work, cast.author, record_id, WithdrawDraft(reason="Informer X was named"))
    assert world.get(record_id).status_reason == "Informer X was named"
    with world.database.reading() as session:
        (event,) = session.exec(select(AuditEvent).where(AuditEvent.action == "record.withdrawn")).all()
    assert event.details == {}


def test_a_withdrawn_record_is_gone_for_readers_and_stays_for_its_keepers(world: World, cast: Cast) -> None:
    record_id = world.record(cast.author)
    assert _sees(world, cast.reader, record_id)
    with world.work(cast.author) as work:
        service.withdraw_record(work, cast.author, record_id, WithdrawDraft(reason="The law changed"))
    assert not _sees(world, cast.reader, record_id)
    assert _sees(world, cast.author, record_id)
    with pytest.raises(Forbidden):
        cast.edit(cast.author, record_id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "  x "},
        {"year": 1066},
        {"topics": ["nonsense"]},
        {"tags": "a<b>"},
        {"tags": ",".join(f"tag{number}" for number in range(13))},
        {"language": "xx"},
        {"country": "Atlantis"},
        {"strength": 5},
        {"marking": "SECRET"},
        {"fields": {"problem": "a SOP has no such field"}},
        {"reviewed_on": "2026-05-01", "review_due": "2026-04-01"},
        {"named_users": list(range(51))},
    ],
)
def test_a_draft_refuses_what_does_not_hold(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        draft(1, **wrong)


def test_control_characters_never_get_in() -> None:
    clean: RecordDraft = draft(1, title="Seized\x00 phone\x1b[31m", body="one\r\ntwo\x07")
    assert clean.title == "Seized phone[31m"
    assert clean.body.source == "one\ntwo"


@pytest.mark.parametrize("sign", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_signs_that_turn_the_direction_never_get_in(sign: str) -> None:
    clean = draft(1, title=f"Report{sign}fdp.exe", body=f"a{sign}b", fields={"purpose": f"c{sign}d"})
    assert (clean.title, clean.body.source, clean.fields) == ("Reportfdp.exe", "ab", {"purpose": "cd"})


@pytest.mark.parametrize("sign", "\u2028\u2029\x85\r")
def test_separators_of_lines_are_line_ends_and_a_title_has_one_line(sign: str) -> None:
    clean = draft(1, title=f"One{sign}title", body=f"one{sign}two")
    assert (clean.title, clean.body.source) == ("One title", "one\ntwo")


def test_urdu_keeps_the_signs_that_it_is_spelt_with() -> None:
    title = (
        "\u06a9\u0627\u0631\u200c\u0631\u0648\u0627\u0626\u06cc \u200d\u200f\u06a9\u0627 \u0637\u0631\u06cc\u0642\u06c1"
    )
    clean = draft(1, title=title, body=title)
    assert (clean.title, clean.body.source) == (title, title)


def test_a_body_that_no_page_can_show_is_refused_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.markup.parser.MAX_WORK", 1_000)
    with pytest.raises(ValidationError) as refused:
        draft(1, body="a\n\n" * 3_000)
    assert [(one["loc"], one["type"]) for one in refused.value.errors()] == [(("body",), "too_many_parts")]


@pytest.mark.parametrize("missing", [{"listed_organisations": [999]}, {"named_users": [999]}, {"space_id": 999}])
def test_what_a_draft_refers_to_must_exist(world: World, cast: Cast, missing: dict[str, Any]) -> None:
    with pytest.raises(Invalid), world.work(cast.author) as work:
        service.create_record(work, cast.author, draft(cast.home, **missing))
