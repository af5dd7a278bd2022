"""Reads of needs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from core.access import Viewer, load_tokens, visible_clause
from core.content import ContentRef
from core.errors import Message, NotFound
from core.links import Link, LinkState
from core.people import Role
from core.taxonomy import TOPICS
from training.needs import policy
from training.needs.lifecycle import LIVE, TRAINABLE
from training.needs.models import ANSWERED_BY, EVIDENCE, KIND, Need, Status

NOT_HERE = Message("There is nothing like this here, or it is not shared with you.")
MOST = 500
"""Needs on one page of the register; there are some dozens a year."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What the register is narrowed by; empty: not at all."""

    area: str = ""
    topic: str = ""
    organisation_id: int | None = None
    status: str = ""
    cause: str = ""
    text: str = ""


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """Needs the viewer may open, whatever their state; `policy.can_read` as SQL."""
    visible = visible_clause(viewer, KIND, Need.id)
    if policy.is_staff(viewer):
        return visible
    works_on = [col(Need.author_id) == viewer.user_id, col(Need.owner_id) == viewer.user_id]
    if viewer.has(Role.FOCAL_POINT):
        works_on.append(col(Need.organisation_id) == viewer.organisation_id)
    return and_(visible, or_(col(Need.status) != Status.DRAFT.value, *works_on))


def indexed(viewer: Viewer) -> ColumnElement[bool]:
    """What lists of hits show: needs the viewer may see that are more than drafts."""
    return and_(visible_clause(viewer, KIND, Need.id), col(Need.status) != Status.DRAFT.value)


def get_need(session: Session, viewer: Viewer, need_id: int) -> Need:
    """Raises NotFound for a need that is not there or not for this viewer."""
    need = session.get(Need, need_id)
    tokens = load_tokens(session, KIND, [need_id]).get(need_id)
    if need is None or tokens is None or not policy.can_read(viewer, need, tokens):
        raise NotFound(NOT_HERE)
    return need


def list_needs(session: Session, viewer: Viewer, wanted: Filter = Filter()) -> list[Need]:
    """The register: most urgent first, then newest."""
    rows = select(Need).where(readable(viewer), *_narrowed(wanted))
    return list(session.exec(rows.order_by(col(Need.urgency).desc(), col(Need.id).desc()).limit(MOST)))


def list_drafts_waiting(session: Session, viewer: Viewer) -> list[Need]:
    """Drafts that wait for the staff to open or refer them, oldest first."""
    rows = select(Need).where(readable(viewer), Need.status == Status.DRAFT.value)
    return list(session.exec(rows.order_by(col(Need.id)).limit(MOST)))


def list_unanswered(session: Session, viewer: Viewer, limit: int) -> list[Need]:
    """Live needs that nothing was confirmed to answer, most urgent first."""
    answered = select(Link.from_id).where(
        Link.from_kind == KIND, Link.relation == ANSWERED_BY, Link.state == LinkState.CONFIRMED.value
    )
    rows = select(Need).where(
        readable(viewer),
        col(Need.status).in_([one.value for one in LIVE]),
        Need.cause == TRAINABLE.value,
        col(Need.id).not_in(answered),
    )
    return list(session.exec(rows.order_by(col(Need.urgency).desc(), col(Need.id)).limit(limit)))


def find_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Titles of those needs the viewer may open."""
    rows = select_columns(col(Need.id), col(Need.title)).where(readable(viewer), col(Need.id).in_(ids))
    return {number: title for number, title in session.execute(rows) if number is not None}


def needs_by_ids(session: Session, viewer: Viewer, ids: Iterable[int]) -> list[Need]:
    """Those of the needs the viewer may open, by title."""
    rows = select(Need).where(readable(viewer), col(Need.id).in_(set(ids)))
    return list(session.exec(rows.order_by(Need.title)))


def needs_shown_by(session: Session, refs: Iterable[ContentRef]) -> set[int]:
    """Ids of the needs that one of the objects is evidence of, for use cases: they are not trimmed for anybody."""
    pairs = [and_(col(Link.to_kind) == ref.kind, col(Link.to_id) == ref.id) for ref in refs]
    rows = select(Link.from_id).where(
        Link.from_kind == KIND, Link.relation == EVIDENCE, Link.state == LinkState.CONFIRMED.value, or_(False, *pairs)
    )
    return set(session.exec(rows))


def rejections_of_like(session: Session, need: Need) -> dict[ContentRef, int]:
    """How many other needs of the same theme each object was rejected for. Only for weighing: it shows nothing of those needs."""
    like = select(Need.id).where(Need.topic == need.topic, Need.id != need.id)
    rows = select(Link).where(
        Link.from_kind == KIND,
        col(Link.from_id).in_(like),
        Link.relation == ANSWERED_BY,
        Link.state == LinkState.REJECTED.value,
    )
    return dict(Counter(link.target for link in session.exec(rows)))


@dataclass(frozen=True, slots=True)
class Cell:
    """Needs of one organisation in one theme."""

    needs: int = 0
    officers: int = 0
    urgency: int = 0
    """The highest."""
    unknown: int = 0
    """Needs for which nobody said how many officers."""


def count_by_theme_and_organisation(needs: Iterable[Need]) -> dict[tuple[str, int], Cell]:
    """The heat map, over needs that were read for one viewer."""
    cells: dict[tuple[str, int], Cell] = {}
    for one in needs:
        old = cells.get((one.topic, one.organisation_id), Cell())
        cells[one.topic, one.organisation_id] = Cell(
            needs=old.needs + 1,
            officers=old.officers + (one.officers or 0),
            urgency=max(old.urgency, one.urgency),
            unknown=old.unknown + (one.officers is None),
        )
    return cells


def _narrowed(wanted: Filter) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    if wanted.area:
        clauses.append(col(Need.topic).in_(TOPICS.get(wanted.area, {})))
    if wanted.topic:
        clauses.append(or_(col(Need.topic) == wanted.topic, col(Need.cross_cutting) == wanted.topic))
    if wanted.organisation_id is not None:
        clauses.append(col(Need.organisation_id) == wanted.organisation_id)
    if wanted.status:
        clauses.append(col(Need.status) == wanted.status)
    if wanted.cause:
        clauses.append(col(Need.cause) == wanted.cause)
    if wanted.text:
        clauses.append(col(Need.title).icontains(wanted.text, autoescape=True))
    return clauses
