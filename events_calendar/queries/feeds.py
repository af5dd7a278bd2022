"""What a feed holds: it leaves the exchange for programs of others, so it stays under a ceiling of marking."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from core.access import Marking, Viewer
from core.tagging import with_topic
from events_calendar.models import KIND, STANDING_IN, Event, Registration
from events_calendar.queries.events import listed

CEILING = frozenset({Marking.CLEAR, Marking.GREEN})
"""Markings of a feed."""
PERSONAL_CEILING = frozenset(Marking) - {Marking.RED}
"""Markings of a person's own events; TLP:RED leaves the exchange for nobody."""
KEPT = timedelta(days=180)
"""How long after its end an event stays in feeds."""
MOST = 1000


def list_for_feed(
    session: Session, viewer: Viewer, now: datetime, *, topic: str = "", kind: str = "", series_id: int | None = None
) -> list[Event]:
    """Events for a feed of a topic, kind or series, or of everything."""
    where = _in_feed(viewer, now, topic, kind, series_id)
    return list(session.exec(select(Event).where(where).order_by(col(Event.starts_at), col(Event.id)).limit(MOST)))


def list_own_feed(session: Session, viewer: Viewer, now: datetime) -> list[tuple[Event, Registration]]:
    """Events the viewer stands for, for his own feed."""
    rows = select(Event, Registration).join(Registration, col(Registration.event_id) == col(Event.id))
    rows = rows.where(_own(viewer, now)).order_by(col(Event.starts_at), col(Event.id))
    return list(session.exec(rows.limit(MOST)).all())


def feed_state(
    session: Session, viewer: Viewer, now: datetime, *, topic: str = "", kind: str = "", series_id: int | None = None
) -> list[tuple[Any, ...]]:
    """What changes whenever a feed does, without reading its texts."""
    where = _in_feed(viewer, now, topic, kind, series_id)
    rows = select_columns(col(Event.id), col(Event.revision)).where(where).order_by(col(Event.id)).limit(MOST)
    return [tuple(row) for row in session.execute(rows)]


def own_feed_state(session: Session, viewer: Viewer, now: datetime) -> list[tuple[Any, ...]]:
    """The same of the viewer's own feed."""
    rows = select_columns(col(Event.id), col(Event.revision), col(Registration.standing)).join(
        Registration, col(Registration.event_id) == col(Event.id)
    )
    return [tuple(row) for row in session.execute(rows.where(_own(viewer, now)).order_by(col(Event.id)).limit(MOST))]


def _in_feed(viewer: Viewer, now: datetime, topic: str, kind: str, series_id: int | None) -> ColumnElement[bool]:
    where = [listed(viewer), _under(CEILING), col(Event.ends_at) > now - KEPT]
    if topic:
        where.append(col(Event.id).in_(with_topic(KIND, topic)))
    if kind:
        where.append(col(Event.kind) == kind)
    if series_id is not None:
        where.append(col(Event.series_id) == series_id)
    return and_(*where)


def _own(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    return and_(
        listed(viewer),
        _under(PERSONAL_CEILING),
        col(Event.ends_at) > now - KEPT,
        col(Registration.user_id) == viewer.user_id,
        col(Registration.standing).in_(sorted(one.value for one in STANDING_IN)),
    )


def _under(ceiling: frozenset[Marking]) -> ColumnElement[bool]:
    return col(Event.marking).in_(sorted(one.value for one in ceiling))
