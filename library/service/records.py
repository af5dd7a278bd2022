"""Writing, changing, publishing, withdrawing and deleting records."""

from dataclasses import dataclass

from core.access import Viewer, drop_tokens, tokens_in
from core.attachments import detach, list_attachments
from core.errors import Conflict, Forbidden, Invalid, Message, require
from core.marking import is_wider, keep_own_access, recipients_of, set_recipients
from core.people import Role
from core.tagging import set_tags, set_topics
from core.uow import UnitOfWork
from library import policy, queries
from library.content import GRADE, RecordContent, hidden_fields
from library.drafts import GradeDraft, RecordDraft, WithdrawDraft
from library.models import KIND, Effect, Record, RecordKind, RecordRevision, RecordStatus
from library.service.attachments import RECORD_HOST
from library.service.proposals import propose_revision
from library.service.storing import (
    check_references,
    check_source,
    keep_first_version,
    keep_version,
    next_review,
    store_content,
    touch_record,
)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an edit."""

    record: Record
    proposal: RecordRevision | None = None
    """Set when it waits for a second person; the record says what it said."""
    is_tightened: bool = False
    """The marking took effect all the same."""
    newly_hidden: tuple[str, ...] = ()
    """Labels of structured fields that the new type does not show."""


def create_record(work: UnitOfWork, viewer: Viewer, draft: RecordDraft) -> Record:
    """Save a new draft. Raises Invalid for a source organisation, recipient or space that is not the viewer's to name."""
    require(policy.can_create(viewer))
    content = RecordContent.of_draft(draft)
    check_references(work.session, viewer, content)
    record = Record(
        kind="",
        title="",
        summary="",
        body_source="",
        body_html="",
        rendered_by=0,
        organisation_id=draft.organisation_id,
        author_id=viewer.user_id,
        year=draft.year,
        marking="",
        created_at=work.now,
        changed_at=work.now,
    )
    content.fill(record)
    work.session.add(record)
    work.session.flush()
    keep_own_access(viewer, store_content(work.session, record, content))
    work.audit("record.created", record.ref, kind=record.kind, marking=record.marking)
    return record


def edit_record(work: UnitOfWork, viewer: Viewer, record_id: int, draft: RecordDraft) -> Saved:
    """Change a record, or propose a change of a published one when its writer is not the second person.

    Raises Conflict when somebody saved in between, Forbidden for widening by another than the source.
    """
    record = queries.get_record(work.session, viewer, record_id)
    require(policy.can_edit(viewer, record), "You can read this record but not change it.")
    if draft.revision is not None and draft.revision != record.revision:
        raise Conflict("Somebody else saved this record while you were writing. Compare, then save again.")
    if draft.organisation_id != record.organisation_id:
        check_source(viewer, draft.organisation_id)
        require(policy.can_widen(viewer, record), "Only the source organisation may hand a record to another one.")
    content = RecordContent.of_draft(draft, record)
    check_references(work.session, viewer, content, known=record)
    before = tokens_in(work.session, policy.audience_of(record, recipients_of(work.session, record.ref)))
    after = tokens_in(work.session, content.marked(record.author_id))
    if is_wider(work.session, after, before) and not policy.can_widen(viewer, record):
        raise Forbidden("Only the source organisation may widen who sees this record. You may tighten it.")
    if viewer.sees(before):
        keep_own_access(viewer, after)
    hidden = _newly_hidden(record, content)
    if not policy.changes_at_once(viewer, record):
        proposal, is_tightened = propose_revision(work, viewer, record, content, draft)
        return Saved(record, proposal, is_tightened, hidden)
    _change(work, viewer, record, content, draft)
    return Saved(record, newly_hidden=hidden)


def publish_record(work: UnitOfWork, viewer: Viewer, record_id: int, grade: GradeDraft | None = None) -> Record:
    """Make a draft readable and searchable. Raises Forbidden for its own author (two-person rule), Invalid for an empty one.

    A librarian sets the evidence and the review dates, or leaves them as proposed; where another named person publishes
    TLP:RED, nobody has graded it.
    """
    record = queries.get_record(work.session, viewer, record_id)
    if record.author_id == viewer.user_id and viewer.has(Role.LIBRARIAN):
        raise Forbidden("A second person publishes: you wrote this record yourself.")
    require(policy.can_publish(viewer, record), "Publishing is for librarians, and for drafts only.")
    if not record.summary and not record.body_source and not RecordContent.of_record(work.session, record).shown_fields:
        message = Message("The record says nothing yet: write a summary or a body first.")
        raise Invalid(message, {"summary": message})
    if policy.can_grade(viewer):
        set_grade(record, grade or GradeDraft())
    else:
        record.effect, record.strength = Effect.UNKNOWN.value, 0
        record.reviewed_on = record.review_due = None
    release_record(work, record, publisher_id=viewer.user_id)
    work.notify(record.author_id, "record.published", record.ref, {})
    return record


def set_grade(record: Record, grade: GradeDraft) -> None:
    """Set what a librarian has decided; what he left open stays. Raises Invalid for a review that is due before the last one."""
    for name in GRADE:
        if (value := getattr(grade, name)) is not None:
            setattr(record, name, value.value if isinstance(value, Effect) else value)
    if record.reviewed_on and record.review_due and record.review_due <= record.reviewed_on:
        message = Message("The next review must be after the last one.")
        raise Invalid(message, {"review_due": message})


def release_record(work: UnitOfWork, record: Record, *, publisher_id: int) -> None:
    """Put a record into the published state: the step that publishing and importing share."""
    record.status = RecordStatus.PUBLISHED.value
    record.published_at = record.published_at or work.now
    record.published_by = publisher_id
    record.reviewed_on = record.reviewed_on or work.today
    record.review_due = record.review_due or next_review(RecordKind(record.kind), record.reviewed_on)
    touch_record(work, record, "publish")
    work.audit("record.published", record.ref, revision=record.revision)


def withdraw_record(work: UnitOfWork, viewer: Viewer, record_id: int, draft: WithdrawDraft) -> Record:
    """Take a published record back, with the reason. It leaves search at once and stays readable for its keepers."""
    record = queries.get_record(work.session, viewer, record_id)
    require(policy.can_withdraw(viewer, record), "Only its author or a librarian may withdraw a published record.")
    record.status = RecordStatus.WITHDRAWN.value
    record.status_reason = draft.reason
    touch_record(work, record, "withdraw")
    # The reason stands on the record, under its marking; the audit keeps no text of restricted content.
    work.audit("record.withdrawn", record.ref)
    if record.author_id != viewer.user_id:
        work.notify(record.author_id, "record.withdrawn", record.ref, {})
    return record


def delete_draft(work: UnitOfWork, viewer: Viewer, record_id: int, *, revision: int) -> None:
    """Throw a draft away with all it says and its files. Raises Conflict when it was changed since its author looked.

    Its row stays, empty: a number that was once given is never given to another record.
    """
    record, session = queries.get_record(work.session, viewer, record_id), work.session
    require(policy.can_delete(viewer, record), "Only its author may delete a draft, and only before it is published.")
    if revision != record.revision:
        raise Conflict("The draft was changed since you looked. Read it again before you delete it.")
    for file in list_attachments(session, KIND, [record_id]).get(record_id, []):
        detach(work, viewer, RECORD_HOST, file.id or 0)
    record.status = RecordStatus.DELETED.value
    record.title = record.summary = record.body_source = record.body_html = ""
    record.fields = {}
    # The same file can be imported again.
    record.import_digest = None
    record.changed_at = work.now
    record.revision += 1
    session.add(record)
    set_topics(session, record.ref, [])
    set_tags(session, record.ref, [])
    set_recipients(session, record.ref, [], [])
    drop_tokens(session, record.ref)
    work.audit("record.deleted", record.ref)


def _change(work: UnitOfWork, viewer: Viewer, record: Record, content: RecordContent, draft: RecordDraft) -> None:
    is_published, old_marking = record.status == RecordStatus.PUBLISHED, record.marking
    if is_published:
        keep_first_version(work, record)
        # What is read under his name as its publisher is what he has let through himself.
        record.published_by = viewer.user_id
    record.changed_at = work.now
    store_content(work.session, record, content)
    touch_record(work, record, "edit")
    if is_published:
        keep_version(work, viewer, record, content, note=draft.note, is_minor=draft.is_minor)
    work.audit("record.edited", record.ref, revision=record.revision)
    if old_marking != record.marking:
        work.audit("record.marked", record.ref, before=old_marking, after=record.marking)


def _newly_hidden(record: Record, content: RecordContent) -> tuple[str, ...]:
    before = hidden_fields(RecordKind(record.kind), record.fields)
    return tuple(label for name, label in hidden_fields(content.kind, content.fields).items() if name not in before)
