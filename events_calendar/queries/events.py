"""Reads of events and series."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from core.access import Viewer, asker, load_tokens, visible_clause, visible_to_asker
from core.errors import Message, NotFound
from core.marking import Recipients, recipients_of
from core.paging import Page
from core.people import Organisation, Role
from core.tagging import tags_of, topics_of, with_topic
from events_calendar import policy
from events_calendar.models import (
    KIND,
    SEATED,
    SERIES,
    STANDING_IN,
    Event,
    EventMinutes,
    EventOrganiser,
    EventState,
    Registration,
    Series,
)
from events_calendar.queries.registrations import Seats, find_registration, list_minutes, seats_of

NOT_HERE = Message("There is nothing like this here, or it is not shared with you.")
"""One sentence for everything: a different one for each would tell that a hidden one exists."""
_OVER = (EventState.HELD.value, EventState.CLOSED.value, EventState.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class EventDetail:
    """An event with everything its page shows."""

    event: Event
    topics: list[str]
    tags: list[str]
    recipients: Recipients
    organisers: frozenset[int]
    series: Series | None
    minutes: list[EventMinutes]
    """Newest version first."""
    seats: Seats
    mine: Registration | None
    """The viewer's own registration."""

    @property
    def free(self) -> int | None:
        """Free seats; None where there is no limit."""
        if self.event.capacity is None or self.event.is_interest_only:
            return None
        return max(0, self.event.capacity - self.seats.taken)


class Listed(NamedTuple):
    """What lists, month views and result cards show of an event, without its text."""

    id: int
    title: str
    summary: str
    kind: str
    marking: str
    language: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    is_all_day: bool
    place: str
    state: str
    capacity: int | None
    is_interest_only: bool
    series_id: int | None
    changed_at: datetime
    acronym: str
    organisation: str
    taken: int

    @property
    def is_full(self) -> bool:
        """True when every seat is taken."""
        return self.capacity is not None and not self.is_interest_only and self.taken >= self.capacity


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of events is narrowed to; everything may be left out."""

    topic: str = ""
    kind: str = ""
    organisation: str = ""
    """Key."""
    space_id: int | None = None
    is_mine: bool = False
    """Only those the viewer stands for."""
    is_free: bool = False
    """Only those with a free seat."""


_TAKEN = (
    select_columns(func.count())
    .select_from(Registration)
    .where(col(Registration.event_id) == col(Event.id), col(Registration.standing).in_(sorted(s.value for s in SEATED)))
    .correlate(Event)
    .scalar_subquery()
)
_COLUMNS: list[Any] = [
    *(getattr(Event, name) for name in Listed._fields[:-3]),
    Organisation.acronym,
    Organisation.name,
    _TAKEN,
]
_IS_LISTED = col(Event.state) != EventState.DRAFT.value
_FOUND = (
    select_columns(*_COLUMNS)
    .join(Organisation, col(Organisation.id) == col(Event.organisation_id))
    .where(col(Event.id).in_(bindparam("ids", expanding=True)), visible_to_asker(KIND, Event.id), _IS_LISTED)
)
"""Every search runs it."""


def listed(viewer: Viewer) -> ColumnElement[bool]:
    """Events that are announced and that the viewer may see: what lists, feeds and search show."""
    return and_(visible_clause(viewer, KIND, Event.id), _IS_LISTED)


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """What the viewer may open: what is listed, and the drafts he manages."""
    if viewer.has(Role.IPCU_STAFF, Role.MODERATOR):
        return visible_clause(viewer, KIND, Event.id)
    organises = exists().where(
        col(EventOrganiser.event_id) == col(Event.id), col(EventOrganiser.user_id) == viewer.user_id
    )
    return and_(
        visible_clause(viewer, KIND, Event.id), or_(_IS_LISTED, col(Event.author_id) == viewer.user_id, organises)
    )


def organisers_of(session: Session, event_id: int) -> frozenset[int]:
    """People who manage the event beside its author."""
    return frozenset(session.exec(select(EventOrganiser.user_id).where(EventOrganiser.event_id == event_id)))


def get_event(session: Session, viewer: Viewer, event_id: int) -> Event:
    """Raises NotFound for an event that is not there or not for this viewer."""
    event = session.get(Event, event_id)
    tokens = load_tokens(session, KIND, [event_id]).get(event_id)
    if event is None or tokens is None:
        raise NotFound(NOT_HERE)
    if not policy.can_read(viewer, event, organisers_of(session, event_id), tokens):
        raise NotFound(NOT_HERE)
    return event


def get_detail(session: Session, viewer: Viewer, event_id: int) -> EventDetail:
    """An event with its relations. Raises NotFound."""
    event = get_event(session, viewer, event_id)
    return EventDetail(
        event=event,
        topics=topics_of(session, KIND, [event_id]).get(event_id, []),
        tags=tags_of(session, KIND, [event_id]).get(event_id, []),
        recipients=recipients_of(session, event.ref),
        organisers=organisers_of(session, event_id),
        series=session.get(Series, event.series_id) if event.series_id else None,
        minutes=list_minutes(session, [event_id]).get(event_id, []),
        seats=seats_of(session, [event_id]).get(event_id, Seats()),
        mine=find_registration(session, event_id, viewer.user_id),
    )


def get_series(session: Session, viewer: Viewer, series_id: int) -> Series:
    """Raises NotFound for a series that is not there or not for this viewer."""
    series = session.get(Series, series_id)
    tokens = load_tokens(session, SERIES, [series_id]).get(series_id)
    if series is None or tokens is None or not viewer.sees(tokens):
        raise NotFound(NOT_HERE)
    return series


def list_between(
    session: Session, viewer: Viewer, since: datetime, until: datetime, filters: Filters = Filters()
) -> list[Listed]:
    """Announced events that touch the time from `since` to before `until`, in the order of their start."""
    rows = _rows(viewer, filters).where(col(Event.starts_at) < until, col(Event.ends_at) > since)
    return [Listed(*row) for row in session.execute(rows.order_by(col(Event.starts_at), col(Event.id)).limit(1000))]


def list_upcoming(
    session: Session, viewer: Viewer, page: Page, now: datetime, filters: Filters = Filters(), *, past: bool = False
) -> tuple[list[Listed], int]:
    """A page of events that have not ended, soonest first, or with `past` of the others, latest first; and how many."""
    where = col(Event.ends_at) <= now if past else col(Event.ends_at) > now
    rows = _rows(viewer, filters).where(where)
    total = session.execute(select_columns(func.count()).select_from(rows.order_by(None).subquery())).scalar_one()
    order = (col(Event.starts_at).desc(), col(Event.id).desc()) if past else (col(Event.starts_at), col(Event.id))
    found = session.execute(rows.order_by(*order).offset(page.offset).limit(page.size))
    return [Listed(*row) for row in found], total


def list_in_series(session: Session, viewer: Viewer, series_id: int) -> list[Event]:
    """Events of a series that the viewer may open, in their order."""
    rows = select(Event).where(readable(viewer), Event.series_id == series_id)
    return list(session.exec(rows.order_by(col(Event.starts_at), col(Event.id))))


def list_drafts(session: Session, viewer: Viewer, limit: int = 100) -> list[Event]:
    """Drafts the viewer manages."""
    rows = select(Event).where(readable(viewer), Event.state == EventState.DRAFT.value)
    return list(session.exec(rows.order_by(col(Event.changed_at).desc(), col(Event.id)).limit(limit)))


def find_listed(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, Listed]:
    """Those of the ids that are announced and for this viewer, in one query."""
    rows = session.execute(_FOUND, {"ids": list(ids), **asker(viewer)})
    return {row.id: Listed(*row) for row in rows}


def find_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Titles of those events the viewer may open, whatever their state."""
    rows = select_columns(col(Event.id), col(Event.title)).where(readable(viewer), col(Event.id).in_(ids))
    return {number: title for number, title in session.execute(rows) if number is not None}


def find_series_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Titles of those series the viewer may see."""
    rows = select_columns(col(Series.id), col(Series.title)).where(
        visible_clause(viewer, SERIES, Series.id), col(Series.id).in_(ids)
    )
    return {number: title for number, title in session.execute(rows) if number is not None}


def _rows(viewer: Viewer, filters: Filters) -> Any:
    rows = select_columns(*_COLUMNS).join(Organisation, col(Organisation.id) == col(Event.organisation_id))
    rows = rows.where(listed(viewer))
    if filters.topic:
        rows = rows.where(col(Event.id).in_(with_topic(KIND, filters.topic)))
    if filters.kind:
        rows = rows.where(col(Event.kind) == filters.kind)
    if filters.organisation:
        rows = rows.where(col(Organisation.key) == filters.organisation)
    if filters.space_id is not None:
        rows = rows.where(col(Event.space_id) == filters.space_id)
    if filters.is_free:
        rows = rows.where(
            or_(col(Event.capacity).is_(None), col(Event.is_interest_only), col(Event.capacity) > _TAKEN),
            col(Event.state).not_in(_OVER),
        )
    if filters.is_mine:
        mine = exists().where(
            col(Registration.event_id) == col(Event.id),
            col(Registration.user_id) == viewer.user_id,
            col(Registration.standing).in_(sorted(one.value for one in STANDING_IN)),
        )
        rows = rows.where(or_(mine, col(Event.author_id) == viewer.user_id))
    return rows
