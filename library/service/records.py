"""Writing, changing, publishing and withdrawing records."""

from datetime import date, timedelta

from sqlmodel import Session

from core.access import Tokens, Viewer, tokens_in
from core.administration.organisations import check_in_use
from core.errors import Conflict, Forbidden, Invalid, Message, require
from core.marking import (
    Recipients,
    check_recipients,
    check_space,
    is_wider,
    keep_own_access,
    mark,
    recipients_of,
)
from core.people import Role, get_organisation
from core.tagging import set_tags, set_topics
from core.uow import UnitOfWork
from library import policy, queries
from library.drafts import RecordDraft, WithdrawDraft
from library.kinds import KINDS
from library.models import Record, RecordKind, RecordStatus

DAYS_PER_MONTH = 30.44


def create_record(work: UnitOfWork, viewer: Viewer, draft: RecordDraft) -> Record:
    """Save a new draft. Raises Invalid for a source organisation, recipient or space that is not the viewer's to name."""
    require(policy.can_create(viewer))
    _check_references(work.session, viewer, draft)
    record = Record(
        kind=draft.kind.value,
        title=draft.title,
        summary="",
        body_source="",
        body_html="",
        rendered_by=0,
        organisation_id=draft.organisation_id,
        author_id=viewer.user_id,
        year=draft.year,
        marking=draft.marking.value,
        created_at=work.now,
        changed_at=work.now,
    )
    _fill(record, draft)
    work.session.add(record)
    work.session.flush()
    tokens = _store_relations(work.session, record, draft)
    keep_own_access(viewer, tokens)
    work.audit("record.created", record.ref, kind=record.kind, marking=record.marking)
    return record


def edit_record(work: UnitOfWork, viewer: Viewer, record_id: int, draft: RecordDraft) -> Record:
    """Change a record. Raises Conflict when somebody saved in between, Forbidden for widening by another than the source."""
    record = queries.get_record(work.session, viewer, record_id)
    require(policy.can_edit(viewer, record), "You can read this record but not change it.")
    if draft.revision is not None and draft.revision != record.revision:
        raise Conflict("Somebody else saved this record while you were writing. Compare, then save again.")
    if draft.organisation_id != record.organisation_id:
        _check_source(viewer, draft.organisation_id)
        require(policy.can_widen(viewer, record), "Only the source organisation may hand a record to another one.")
    _check_references(work.session, viewer, draft, known=record)
    before = tokens_in(work.session, policy.audience_of(record, recipients_of(work.session, record.ref)))
    old_marking = record.marking
    may_widen = policy.can_widen(viewer, record)
    _fill(record, draft)
    record.organisation_id = draft.organisation_id
    record.changed_at = work.now
    work.session.add(record)
    tokens = _store_relations(work.session, record, draft)
    if is_wider(work.session, tokens, before) and not may_widen:
        raise Forbidden("Only the source organisation may widen who sees this record. You may tighten it.")
    keep_own_access(viewer, tokens)
    touch_record(work, record, "edit")
    work.audit("record.edited", record.ref, revision=record.revision)
    if old_marking != record.marking:
        work.audit("record.marked", record.ref, before=old_marking, after=record.marking)
    return record


def publish_record(work: UnitOfWork, viewer: Viewer, record_id: int) -> Record:
    """Make a draft readable and searchable. Raises Forbidden for its own author (two-person rule)."""
    record = queries.get_record(work.session, viewer, record_id)
    if record.author_id == viewer.user_id and viewer.has(Role.LIBRARIAN):
        raise Forbidden("A second person publishes: you wrote this record yourself.")
    require(policy.can_publish(viewer, record), "Publishing is for librarians, and for drafts only.")
    if not record.summary and not record.body_source and not record.fields:
        message = Message("The record says nothing yet: write a summary or a body first.")
        raise Invalid(message, {"summary": message})
    release_record(work, record, publisher_id=viewer.user_id)
    work.notify(record.author_id, "record.published", record.ref, {})
    return record


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


def touch_record(work: UnitOfWork, record: Record, reason: str) -> None:
    """Raise the revision and tell search."""
    record.revision += 1
    work.session.add(record)
    work.mark_dirty(record.ref, reason)


def next_review(kind: RecordKind, since: date) -> date:
    """When a record of this type is due again (METHODS section 10)."""
    return since + timedelta(days=round(KINDS[kind].review_months * DAYS_PER_MONTH))


def _fill(record: Record, draft: RecordDraft) -> None:
    record.kind = draft.kind.value
    record.title = draft.title
    record.summary = draft.summary
    record.body_source = draft.body.source
    record.body_html = draft.body.html
    record.rendered_by = draft.body.version
    record.fields = dict(draft.fields)
    record.country = draft.country
    record.language = draft.language
    record.year = draft.year
    record.effect = draft.effect.value
    record.strength = draft.strength
    record.marking = draft.marking.value
    record.space_id = draft.space_id
    record.reviewed_on = draft.reviewed_on
    record.review_due = draft.review_due


def _store_relations(session: Session, record: Record, draft: RecordDraft) -> Tokens:
    session.flush()
    set_topics(session, record.ref, draft.topics)
    set_tags(session, record.ref, draft.tags)
    recipients = Recipients(frozenset(draft.listed_organisations), frozenset(draft.named_users))
    return mark(session, record.ref, policy.audience_of(record, recipients))


def _check_source(viewer: Viewer, organisation_id: int) -> None:
    if not policy.can_write_for(viewer, organisation_id):
        message = Message("You can write for your own organisation and those above it.")
        raise Invalid(message, {"organisation_id": message})


def _check_references(session: Session, viewer: Viewer, draft: RecordDraft, known: Record | None = None) -> None:
    if known is None:
        _check_source(viewer, draft.organisation_id)
    check_recipients(session, {draft.organisation_id, *draft.listed_organisations}, draft.named_users)
    if known is None or known.organisation_id != draft.organisation_id:
        check_in_use(get_organisation(session, draft.organisation_id), "organisation_id")
    check_space(viewer, draft.space_id, known.space_id if known else None)
