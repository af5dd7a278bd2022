"""Reads of what waits for a second person, and of the versions of a record."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from core.access import Marking, Viewer, load_tokens, visible_clause
from core.administration.publishers import publishers_of
from core.attachments import NOT_HERE
from core.errors import NotFound
from core.marking import recipients_of
from core.people import Role, User, list_users_with_role
from library import policy, queries
from library.content import RecordContent
from library.models import KIND, Record, RecordRevision, RecordStatus, RevisionState

OPEN = RevisionState.OPEN.value


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed revision with the record it would change."""

    revision: RecordRevision
    record: Record
    content: RecordContent
    """What it says."""
    current: RecordContent
    """What the record says now."""
    may_review: bool
    """The viewer can accept it or send it back."""
    opens_record: bool
    """The viewer can open the record itself too."""

    @property
    def is_outdated(self) -> bool:
        """The record was changed since this was written."""
        return self.revision.base_revision != self.record.revision


@dataclass(frozen=True, slots=True)
class Publishers:
    """Who can publish a draft, and whom to turn to where nobody can."""

    people: list[User]
    administrators: list[User]
    """Of the site: only where `people` is empty."""


def find_publishers(session: Session, record: Record) -> Publishers:
    """Who can publish a draft or accept a change of a published record."""
    people = publishers_of(session, policy.audience_of(record, recipients_of(session, record.ref)))
    return Publishers(people, [] if people else list_users_with_role(session, Role.ADMINISTRATOR))


def get_proposal(session: Session, viewer: Viewer, revision_id: int) -> Proposal:
    """Raises NotFound for one that is not there, or not the viewer's to read: it is for its writer and who can accept it."""
    revision = session.get(RecordRevision, revision_id)
    record = session.get(Record, revision.record_id) if revision else None
    tokens = load_tokens(session, KIND, [record.ref.id]).get(record.ref.id) if record else None
    if revision is None or record is None or tokens is None:
        raise NotFound(NOT_HERE)
    sees, is_published = viewer.sees(tokens), record.status == RecordStatus.PUBLISHED
    # Once it is decided on, the record's marking alone says who reads it.
    is_trusted = revision.state == OPEN and queries.is_trusted(session, viewer, record)
    unseen = policy.reviews_unseen(viewer, record, is_trusted=is_trusted)
    may_review = is_published and (sees or unseen) and policy.can_review(viewer, record, revision)
    if not may_review and not (sees and viewer.user_id == revision.writer_id):
        raise NotFound(NOT_HERE)
    return Proposal(
        revision=revision,
        record=record,
        content=RecordContent.model_validate(revision.content),
        current=RecordContent.of_record(session, record),
        may_review=may_review and revision.state == OPEN,
        opens_record=sees,
    )


def find_own_proposal(session: Session, viewer: Viewer, record_id: int) -> RecordRevision | None:
    """What the viewer proposes for a record and nobody has decided on."""
    mine = select(RecordRevision).where(RecordRevision.record_id == record_id, RecordRevision.state == OPEN)
    return session.exec(mine.where(RecordRevision.writer_id == viewer.user_id)).first()


def list_versions(session: Session, record_id: int) -> list[RecordRevision]:
    """The versions of a record that are kept, newest first; none for a record that was never changed."""
    kept = select(RecordRevision).where(
        RecordRevision.record_id == record_id, RecordRevision.state == RevisionState.ACCEPTED.value
    )
    return list(session.exec(kept.order_by(col(RecordRevision.revision).desc(), col(RecordRevision.id).desc())))


def list_waiting_drafts(session: Session, viewer: Viewer, limit: int = 200) -> list[Record]:
    """Drafts that the viewer can publish, those that wait longest first."""
    rows = select(Record).where(*_waiting_drafts(session, viewer))
    return list(session.exec(rows.order_by(col(Record.changed_at), col(Record.id)).limit(limit)))


def list_waiting_proposals(session: Session, viewer: Viewer, limit: int = 200) -> list[tuple[RecordRevision, Record]]:
    """Proposed revisions that the viewer can accept, those that wait longest first."""
    rows = select(RecordRevision, Record).join(Record, col(Record.id) == col(RecordRevision.record_id))
    waiting = rows.where(*_waiting_proposals(session, viewer)).order_by(col(RecordRevision.written_at))
    return list(session.exec(waiting.limit(limit)).all())


def list_own_proposals(session: Session, viewer: Viewer, limit: int = 50) -> list[tuple[RecordRevision, Record]]:
    """What the viewer proposed and is undecided or was sent back, of records he may see; newest first."""
    states = (OPEN, RevisionState.RETURNED.value)
    rows = (
        select(RecordRevision, Record)
        .join(Record, col(Record.id) == col(RecordRevision.record_id))
        .where(RecordRevision.writer_id == viewer.user_id, col(RecordRevision.state).in_(states))
        .where(queries.listed(viewer))
    )
    return list(session.exec(rows.order_by(col(RecordRevision.id).desc()).limit(limit)).all())


def count_waiting(session: Session, viewer: Viewer) -> int:
    """How much waits for the viewer."""
    drafts = select(func.count()).select_from(Record).where(*_waiting_drafts(session, viewer))
    joined = select(func.count()).select_from(RecordRevision)
    proposals = joined.join(Record, col(Record.id) == col(RecordRevision.record_id))
    return session.exec(drafts).one() + session.exec(proposals.where(*_waiting_proposals(session, viewer))).one()


def find_proposal_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Titles of the records of those proposed revisions that the viewer may open."""
    rows = select_columns(col(RecordRevision.id), col(Record.title)).join(
        Record, col(Record.id) == col(RecordRevision.record_id)
    )
    mine = and_(col(RecordRevision.writer_id) == viewer.user_id, visible_clause(viewer, KIND, Record.id))
    reviewed = and_(
        _is_published(), _is_second_person(session, viewer), col(RecordRevision.writer_id) != viewer.user_id
    )
    found = session.execute(rows.where(col(RecordRevision.id).in_(ids), or_(mine, reviewed)))
    return {number: title for number, title in found if number is not None}


def _waiting_drafts(session: Session, viewer: Viewer) -> list[ColumnElement[bool]]:
    return [col(Record.status) == RecordStatus.DRAFT.value, _is_second_person(session, viewer)]


def _waiting_proposals(session: Session, viewer: Viewer) -> list[ColumnElement[bool]]:
    is_open = and_(col(RecordRevision.state) == OPEN, col(RecordRevision.writer_id) != viewer.user_id)
    return [is_open, _is_published(), _is_second_person(session, viewer)]


def _is_published() -> ColumnElement[bool]:
    return col(Record.status) == RecordStatus.PUBLISHED.value


def _is_second_person(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """`policy.is_second_person` of what he can open or reviews unseen, as SQL."""
    is_red, sees = col(Record.marking) == Marking.RED.value, visible_clause(viewer, KIND, Record.id)
    reached = and_(is_red, sees)
    if viewer.has(Role.LIBRARIAN):
        trusting = col(Record.organisation_id).in_(queries.trusting_organisations(session, viewer))
        reached = or_(sees, and_(~is_red, trusting))
    return and_(col(Record.author_id) != viewer.user_id, reached)
