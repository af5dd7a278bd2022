"""Steps that the use cases of records share: checking what a text refers to, storing it, keeping its versions."""

from datetime import date, timedelta

from sqlmodel import Session, select

from core.access import Tokens, Viewer
from core.administration.organisations import check_in_use
from core.errors import Invalid, Message
from core.marking import check_recipients, check_space, mark
from core.people import get_organisation
from core.tagging import set_tags, set_topics
from core.uow import UnitOfWork
from library import policy
from library.content import RecordContent
from library.kinds import KINDS
from library.models import Record, RecordKind, RecordRevision, RevisionState

DAYS_PER_MONTH = 30.44


def store_content(session: Session, record: Record, content: RecordContent) -> Tokens:
    """Make the record say this, with its relations and its access tokens, which are returned."""
    content.fill(record)
    session.add(record)
    session.flush()
    set_topics(session, record.ref, content.topics)
    set_tags(session, record.ref, content.tags)
    return mark(session, record.ref, content.marked(record.author_id))


def touch_record(work: UnitOfWork, record: Record, reason: str) -> None:
    """Raise the revision and tell search."""
    record.revision += 1
    work.session.add(record)
    work.mark_dirty(record.ref, reason)


def next_review(kind: RecordKind, since: date) -> date:
    """When a record of this type is due again (METHODS section 10)."""
    return since + timedelta(days=round(KINDS[kind].review_months * DAYS_PER_MONTH))


def keep_first_version(work: UnitOfWork, record: Record) -> None:
    """Before a published record is changed for the first time, keep what it says."""
    kept = select(RecordRevision.id).where(
        RecordRevision.record_id == record.ref.id, RecordRevision.state == RevisionState.ACCEPTED.value
    )
    if work.session.exec(kept.limit(1)).first() is not None:
        return
    work.session.add(
        RecordRevision(
            record_id=record.ref.id,
            state=RevisionState.ACCEPTED.value,
            content=RecordContent.of_record(work.session, record).as_json(),
            base_revision=record.revision,
            writer_id=record.author_id,
            written_at=record.changed_at,
            reviewer_id=record.published_by,
            decided_at=record.published_at,
            revision=record.revision,
        )
    )


def keep_version(
    work: UnitOfWork, viewer: Viewer, record: Record, content: RecordContent, *, note: str, is_minor: bool = False
) -> None:
    """Keep what the viewer made the record say at once, as the version of its revision now."""
    work.session.add(
        RecordRevision(
            record_id=record.ref.id,
            state=RevisionState.ACCEPTED.value,
            content=content.as_json(),
            note=note,
            is_minor=is_minor,
            base_revision=record.revision - 1,
            writer_id=viewer.user_id,
            written_at=work.now,
            reviewer_id=viewer.user_id if policy.is_second_person(viewer, record) else None,
            decided_at=work.now,
            revision=record.revision,
        )
    )


def check_source(viewer: Viewer, organisation_id: int) -> None:
    """Raise Invalid for a source organisation that the viewer does not write for."""
    if not policy.can_write_for(viewer, organisation_id):
        message = Message("You can write for your own organisation and those above it.")
        raise Invalid(message, {"organisation_id": message})


def check_references(session: Session, viewer: Viewer, content: RecordContent, known: Record | None = None) -> None:
    """Raise Invalid for a source, recipient or space that is not there or not the viewer's to name."""
    if known is None:
        check_source(viewer, content.organisation_id)
    check_recipients(session, {content.organisation_id, *content.organisations}, content.users)
    if known is None or known.organisation_id != content.organisation_id:
        check_in_use(get_organisation(session, content.organisation_id), "organisation_id")
    check_space(viewer, content.space_id, known.space_id if known else None)
