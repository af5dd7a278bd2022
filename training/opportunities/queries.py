"""Reads of opportunities. Every one starts from what the viewer may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from core.access import Viewer, load_tokens, visible_clause
from core.errors import Message, NotFound
from core.marking import Recipients, recipients_of
from core.paging import Page
from core.people import Role
from core.tagging import tags_of, topics_of, with_topic
from training.opportunities import policy
from training.opportunities.models import KIND, Opportunity, OpportunityState

NOT_HERE = Message("There is no opportunity here that you can see.")
LISTED = [state.value for state in OpportunityState if state is not OpportunityState.DRAFT]


@dataclass(frozen=True, slots=True)
class OpportunityDetail:
    """An opportunity with its relations."""

    opportunity: Opportunity
    topics: list[str]
    tags: list[str]
    recipients: Recipients


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of opportunities is narrowed to; empty means all."""

    text: str = ""
    kind: str = ""
    topic: str = ""
    language: str = ""
    state: str = ""
    place: str = ""
    """`remote`, `abroad` or nothing."""


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """Opportunities the viewer may open."""
    seen = visible_clause(viewer, KIND, Opportunity.id)
    if viewer.has(Role.IPCU_STAFF):
        return seen
    return and_(seen, or_(col(Opportunity.state).in_(LISTED), col(Opportunity.author_id) == viewer.user_id))


def listed(viewer: Viewer) -> ColumnElement[bool]:
    """Those that search and lists show."""
    return and_(visible_clause(viewer, KIND, Opportunity.id), col(Opportunity.state).in_(LISTED))


def get_opportunity(session: Session, viewer: Viewer, opportunity_id: int) -> Opportunity:
    """Raises NotFound for one that is not there or not for this viewer."""
    row = session.get(Opportunity, opportunity_id)
    tokens = load_tokens(session, KIND, [opportunity_id]).get(opportunity_id)
    if row is None or tokens is None or not policy.can_read(viewer, row, tokens):
        raise NotFound(NOT_HERE)
    return row


def get_detail(session: Session, viewer: Viewer, opportunity_id: int) -> OpportunityDetail:
    """An opportunity with its relations. Raises NotFound."""
    row = get_opportunity(session, viewer, opportunity_id)
    return OpportunityDetail(
        opportunity=row,
        topics=topics_of(session, KIND, [opportunity_id]).get(opportunity_id, []),
        tags=tags_of(session, KIND, [opportunity_id]).get(opportunity_id, []),
        recipients=recipients_of(session, row.ref),
    )


def list_opportunities(session: Session, viewer: Viewer, page: Page, wanted: Wanted) -> tuple[list[Opportunity], int]:
    """A page of the catalogue and how many there are: open ones first by deadline, then the others, newest first."""
    where = _narrowed(viewer, wanted)
    total = session.exec(select(func.count()).select_from(Opportunity).where(*where)).one()
    is_open = col(Opportunity.state) == OpportunityState.OPEN.value
    rows = select(Opportunity).where(*where).order_by(is_open.desc(), col(Opportunity.starts_on).desc())
    return list(session.exec(rows.offset(page.offset).limit(page.size))), total


def count_by_kind(session: Session, viewer: Viewer, wanted: Wanted) -> dict[str, int]:
    """The catalogue by type."""
    rows = select(Opportunity.kind, func.count()).where(*_narrowed(viewer, wanted)).group_by(Opportunity.kind)
    return dict(session.exec(rows).all())


def list_deadlines(session: Session, viewer: Viewer) -> list[Opportunity]:
    """Open opportunities by deadline."""
    rows = select(Opportunity).where(listed(viewer), Opportunity.state == OpportunityState.OPEN.value)
    return list(session.exec(rows.order_by(col(Opportunity.deadline), col(Opportunity.id)).limit(200)))


def find_listed(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, Opportunity]:
    """Those of the ids that are listed and for this viewer."""
    rows = session.exec(select(Opportunity).where(col(Opportunity.id).in_(list(ids)), listed(viewer)))
    return {row.id: row for row in rows if row.id is not None}


def find_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Titles of those opportunities the viewer may open."""
    rows = select_columns(col(Opportunity.id), col(Opportunity.title)).where(
        readable(viewer), col(Opportunity.id).in_(ids)
    )
    return {number: title for number, title in session.execute(rows) if number is not None}


def _narrowed(viewer: Viewer, wanted: Wanted) -> list[ColumnElement[bool]]:
    where = [readable(viewer)]
    if wanted.text.strip():
        where.append(
            func.lower(Opportunity.title + " " + Opportunity.host).contains(
                wanted.text.strip().lower(), autoescape=True
            )
        )
    if wanted.kind:
        where.append(col(Opportunity.kind) == wanted.kind)
    if wanted.topic:
        where.append(col(Opportunity.id).in_(with_topic(KIND, wanted.topic)))
    if wanted.language:
        where.append(col(Opportunity.language) == wanted.language)
    if wanted.state:
        where.append(col(Opportunity.state) == wanted.state)
    if wanted.place:
        where.append(col(Opportunity.is_remote) == (wanted.place == "remote"))
    return where
