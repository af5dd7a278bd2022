"""Typed edges between any two objects: suggested by a machine or a person, confirmed or rejected by a person with the reason.

An edge runs from one `ContentRef` to another under the name of a relation, and there is one of each. A suggestion never replaces
a decision: what was rejected stays rejected until a person decides otherwise. Who reads edges shows of the other end only what
the viewer may see (`webapp.part.Parts.titles`).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, Session, SQLModel, UniqueConstraint, col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.content import ContentRef
from core.db import UtcDateTime
from core.uow import UnitOfWork


class LinkState(StrEnum):
    """What is held of an edge."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Link(SQLModel, table=True):
    """One edge."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("from_kind", "from_id", "relation", "to_kind", "to_id", name="uq_link_edge"),
        Index("ix_link_to", "to_kind", "to_id", "relation"),
    )

    id: int | None = Field(default=None, primary_key=True)
    from_kind: str
    from_id: int
    relation: str
    to_kind: str
    to_id: int
    state: str
    extent: str = ""
    """How far a confirmed edge holds, in the words of its relation; empty where it has none."""
    by: int | None = Field(default=None, foreign_key="user.id")
    """Who suggested or decided; nobody for a machine."""
    at: datetime = Field(sa_type=UtcDateTime)
    why: str = ""

    @property
    def source(self) -> ContentRef:
        """Where it starts."""
        return ContentRef(self.from_kind, self.from_id)

    @property
    def target(self) -> ContentRef:
        """Where it ends."""
        return ContentRef(self.to_kind, self.to_id)


DECIDED = (LinkState.CONFIRMED, LinkState.REJECTED)


def find_link(session: Session, source: ContentRef, relation: str, target: ContentRef) -> Link | None:
    """The edge between two objects, whatever its state."""
    return session.exec(
        select(Link).where(
            Link.from_kind == source.kind,
            Link.from_id == source.id,
            Link.relation == relation,
            Link.to_kind == target.kind,
            Link.to_id == target.id,
        )
    ).one_or_none()


def suggest_link(work: UnitOfWork, source: ContentRef, relation: str, target: ContentRef) -> Link:
    """The edge, made as a suggestion unless it exists; one that exists is left as it is, above all a rejected one."""
    known = find_link(work.session, source, relation, target)
    return known or _put(work, source, relation, target, state=LinkState.SUGGESTED, by=None)


def decide_link(
    work: UnitOfWork,
    person_id: int,
    source: ContentRef,
    relation: str,
    target: ContentRef,
    state: LinkState,
    *,
    extent: str = "",
    why: str = "",
) -> Link:
    """Store what a person decided, over whatever was held before; audited without the reason, which may be restricted text.

    The policy is the caller's, and so is that the person may see both ends. Raises ValueError for a suggestion.
    """
    if state not in DECIDED:
        raise ValueError("a decision confirms or rejects")
    link = _put(work, source, relation, target, state=state, by=person_id, extent=extent, why=why)
    work.audit(f"link.{state.value}", source, relation=relation, target=str(target), extent=extent)
    return link


def links_from(session: Session, kind: str, ids: Sequence[int], relation: str = "", *states: LinkState) -> list[Link]:
    """Edges that start at these objects, oldest first; of one relation and of some states only, if given."""
    rows = select(Link).where(Link.from_kind == kind, col(Link.from_id).in_(ids))
    return _read(session, rows, relation, states)


def links_to(session: Session, ref: ContentRef, relation: str = "", *states: LinkState) -> list[Link]:
    """Edges that end at the object, oldest first; of one relation and of some states only, if given."""
    rows = select(Link).where(Link.to_kind == ref.kind, Link.to_id == ref.id)
    return _read(session, rows, relation, states)


def targets(links: Iterable[Link]) -> list[ContentRef]:
    """Where they end, in their order."""
    return [link.target for link in links]


def _read(session: Session, rows: SelectOfScalar[Link], relation: str, states: Collection[LinkState]) -> list[Link]:
    if relation:
        rows = rows.where(Link.relation == relation)
    if states:
        rows = rows.where(col(Link.state).in_([state.value for state in states]))
    return list(session.exec(rows.order_by(col(Link.id))))


def _put(
    work: UnitOfWork,
    source: ContentRef,
    relation: str,
    target: ContentRef,
    *,
    state: LinkState,
    by: int | None,
    extent: str = "",
    why: str = "",
) -> Link:
    link = find_link(work.session, source, relation, target) or Link(
        from_kind=source.kind,
        from_id=source.id,
        relation=relation,
        to_kind=target.kind,
        to_id=target.id,
        state=state.value,
        at=work.now,
    )
    link.state, link.extent, link.by, link.why, link.at = state.value, extent, by, why, work.now
    work.session.add(link)
    work.session.flush()
    return link
