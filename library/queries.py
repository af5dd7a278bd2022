"""Reads of the library. Every one starts from what the viewer may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from core.access import Marking, Viewer, asker, load_tokens, visible_clause, visible_to_asker
from core.attachments import NOT_HERE, AttachedFile, Attachment, list_files
from core.errors import NotFound
from core.files import FileText
from core.marking import Recipients, recipients_of
from core.paging import Page
from core.people import Organisation, Role, User
from core.tagging import ObjectTopic, tags_of, topics_of, with_topic
from library import policy
from library.models import KIND, KnowledgeRequest, Record, RecordStatus, RequestStatus


@dataclass(frozen=True, slots=True)
class RecordDetail:
    """A record with everything its page shows."""

    record: Record
    topics: list[str]
    tags: list[str]
    recipients: Recipients
    files: list[AttachedFile]


class Listed(NamedTuple):
    """What lists show of a record, without its text."""

    id: int
    title: str
    summary: str
    kind: str
    marking: str
    language: str
    changed_at: datetime
    effect: str
    strength: int
    review_due: date | None
    revision: int
    acronym: str
    organisation: str


class Asked(NamedTuple):
    """A knowledge request with who asks."""

    request: KnowledgeRequest
    person: User
    organisation: Organisation


_COLUMNS: list[Any] = [getattr(Record, name) for name in Listed._fields[:-2]] + [
    Organisation.acronym,
    Organisation.name,
]
_IS_PUBLISHED = col(Record.status) == RecordStatus.PUBLISHED.value
_FOUND = (
    select_columns(*_COLUMNS)
    .join(Organisation, col(Organisation.id) == col(Record.organisation_id))
    .where(col(Record.id).in_(bindparam("ids", expanding=True)), visible_to_asker(KIND, Record.id), _IS_PUBLISHED)
)
"""Every search runs it."""


def readable(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """Records the viewer may open, whatever their state: `library.policy.can_read` as SQL."""
    status, is_red = col(Record.status), col(Record.marking) == Marking.RED.value
    is_draft = status == RecordStatus.DRAFT.value
    mine: ColumnElement[bool] = or_(
        _IS_PUBLISHED, and_(status != RecordStatus.DELETED.value, col(Record.author_id) == viewer.user_id)
    )
    if not viewer.has(Role.LIBRARIAN):
        return and_(visible_clause(viewer, KIND, Record.id), or_(mine, and_(is_draft, is_red)))
    seen = and_(visible_clause(viewer, KIND, Record.id), status != RecordStatus.DELETED.value)
    trusting = col(Record.organisation_id).in_(trusting_organisations(session, viewer))
    return or_(seen, and_(is_draft, ~is_red, trusting))


def trusting_organisations(session: Session, viewer: Viewer) -> set[int]:
    """Organisations whose drafts the librarians of the viewer's organisation review: its own, those below, those that chose it."""
    rows = session.exec(select(Organisation.id, Organisation.parent_id, Organisation.reviewed_by_id)).all()
    parents = {number: parent for number, parent, _ in rows}
    chosen = {number for number, _, reviewer in rows if reviewer == viewer.organisation_id}
    return {
        one for one in parents if one is not None and (one in chosen or viewer.organisation_id in _up(one, parents))
    }


def _up(start: int, parents: dict[int | None, int | None]) -> list[int]:
    chain: list[int] = []
    current: int | None = start
    while current is not None and current not in chain:
        chain.append(current)
        current = parents.get(current)
    return chain


def is_trusted(session: Session, viewer: Viewer, record: Record) -> bool:
    """True for a librarian whose organisation reviews drafts of the record's source."""
    return viewer.has(Role.LIBRARIAN) and record.organisation_id in trusting_organisations(session, viewer)


def listed(viewer: Viewer) -> ColumnElement[bool]:
    """Published records the viewer may see: what lists, counts and search show."""
    return and_(visible_clause(viewer, KIND, Record.id), _IS_PUBLISHED)


def get_record(session: Session, viewer: Viewer, record_id: int) -> Record:
    """Raises NotFound for a record that is not there or not for this viewer."""
    record = session.get(Record, record_id)
    tokens = load_tokens(session, KIND, [record_id]).get(record_id)
    if record is None or tokens is None:
        raise NotFound(NOT_HERE)
    trusted = record.status == RecordStatus.DRAFT and is_trusted(session, viewer, record)
    if not policy.can_read(viewer, record, tokens, is_trusted=trusted):
        raise NotFound(NOT_HERE)
    return record


def get_stored(session: Session, record_id: int) -> Record:
    """A record that was looked at before, whoever asks. Raises NotFound."""
    record = session.get(Record, record_id)
    if record is None:
        raise NotFound(NOT_HERE)
    return record


def get_detail(session: Session, viewer: Viewer, record_id: int) -> RecordDetail:
    """A record with its relations. Raises NotFound."""
    record = get_record(session, viewer, record_id)
    return RecordDetail(
        record=record,
        topics=topics_of(session, KIND, [record_id]).get(record_id, []),
        tags=tags_of(session, KIND, [record_id]).get(record_id, []),
        recipients=recipients_of(session, record.ref),
        files=list_files(session, KIND, record_id),
    )


def list_records(
    session: Session, viewer: Viewer, page: Page, *, topic: str = "", kind: str = ""
) -> tuple[list[Record], int]:
    """A page of published records, newest first, and how many there are."""
    where = _narrowed(viewer, topic=topic, kind=kind)
    total = session.exec(select(func.count()).select_from(Record).where(*where)).one()
    rows = select(Record).where(*where).order_by(col(Record.changed_at).desc(), col(Record.id).desc())
    return list(session.exec(rows.offset(page.offset).limit(page.size))), total


def count_by_topic(session: Session, viewer: Viewer, *, kind: str = "") -> dict[str, int]:
    """Published records the viewer may see, by topic; optionally of one type only."""
    has_it = and_(col(ObjectTopic.kind) == KIND, col(ObjectTopic.object_id) == col(Record.id))
    rows = select(ObjectTopic.topic, func.count()).join(Record, has_it)
    return dict(session.exec(rows.where(*_narrowed(viewer, kind=kind)).group_by(ObjectTopic.topic)).all())


def count_by_kind(session: Session, viewer: Viewer, *, topic: str = "") -> dict[str, int]:
    """Published records the viewer may see, by type; optionally of one topic only."""
    rows = select(Record.kind, func.count()).where(*_narrowed(viewer, topic=topic)).group_by(Record.kind)
    return dict(session.exec(rows).all())


def list_recent(session: Session, viewer: Viewer, limit: int, topics: Sequence[str] = ()) -> list[Record]:
    """Newly published records, optionally of some topics only."""
    rows = select(Record).where(listed(viewer))
    if topics:
        rows = rows.where(col(Record.id).in_(with_topic(KIND, *topics)))
    return list(session.exec(rows.order_by(col(Record.published_at).desc(), col(Record.id).desc()).limit(limit)))


def list_drafts(session: Session, viewer: Viewer, limit: int = 200) -> list[Record]:
    """The viewer's own drafts, newest first."""
    mine = select(Record).where(Record.author_id == viewer.user_id, Record.status == RecordStatus.DRAFT.value)
    rows = mine.where(readable(session, viewer))
    return list(session.exec(rows.order_by(col(Record.changed_at).desc()).limit(limit)))


def list_withdrawn(session: Session, viewer: Viewer, limit: int = 200) -> list[Record]:
    """Withdrawn records that the viewer keeps: his own, and for librarians all they may see."""
    rows = select(Record).where(readable(session, viewer), Record.status == RecordStatus.WITHDRAWN.value)
    return list(session.exec(rows.order_by(col(Record.changed_at).desc()).limit(limit)))


def find_listed(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, Listed]:
    """Those of the ids that are published and for this viewer, in one query."""
    rows = session.execute(_FOUND, {"ids": list(ids), **asker(viewer)})
    return {row.id: Listed(*row) for row in rows}


def find_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Titles of those records the viewer may open, whatever their state."""
    rows = select_columns(col(Record.id), col(Record.title)).where(readable(session, viewer), col(Record.id).in_(ids))
    return {number: title for number, title in session.execute(rows) if number is not None}


def find_questions(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Questions of those knowledge requests the viewer may see."""
    rows = select_columns(col(KnowledgeRequest.id), col(KnowledgeRequest.question)).where(
        col(KnowledgeRequest.id).in_(ids)
    )
    if not policy.can_handle_requests(viewer):
        rows = rows.where(col(KnowledgeRequest.asker_id) == viewer.user_id)
    return {number: title for number, title in session.execute(rows) if number is not None}


def list_textless(session: Session, viewer: Viewer, limit: int = 200) -> list[tuple[Attachment, FileText]]:
    """Files of records the viewer may open whose text could not be had, with the reason."""
    rows = (
        select(Attachment, FileText)
        .join(FileText, col(FileText.sha256) == col(Attachment.sha256))
        .join(Record, and_(col(Attachment.kind) == KIND, col(Record.id) == col(Attachment.object_id)))
        .where(
            readable(session, viewer),
            col(Attachment.replaced_by).is_(None),
            col(FileText.status).not_in(["ok", "pending"]),
        )
        .order_by(col(Attachment.id).desc())
    )
    return [(attachment, text) for attachment, text in session.exec(rows.limit(limit))]


def list_requests(session: Session, viewer: Viewer, limit: int = 200) -> list[Asked]:
    """Knowledge requests with who asks: all for the staff, one's own for everybody else; open ones first. One statement."""
    rows = (
        select(KnowledgeRequest, User, Organisation)
        .join(User, col(User.id) == col(KnowledgeRequest.asker_id))
        .join(Organisation, col(Organisation.id) == col(KnowledgeRequest.organisation_id))
    )
    if not policy.can_handle_requests(viewer):
        rows = rows.where(KnowledgeRequest.asker_id == viewer.user_id)
    is_done = col(KnowledgeRequest.status) != RequestStatus.OPEN.value
    return [Asked(*row) for row in session.exec(rows.order_by(is_done, col(KnowledgeRequest.id).desc()).limit(limit))]


def _narrowed(viewer: Viewer, *, topic: str = "", kind: str = "") -> list[ColumnElement[bool]]:
    where = [listed(viewer)]
    if topic:
        where.append(col(Record.id).in_(with_topic(KIND, topic)))
    if kind:
        where.append(col(Record.kind) == kind)
    return where
