"""Reads of registrations, seats, minutes and feeds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import and_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from core.access import Viewer, visible_clause
from core.errors import Message, NotFound
from core.people import Organisation, Role, User
from events_calendar.models import (
    KIND,
    SEATED,
    STANDING_IN,
    Approval,
    Event,
    EventMinutes,
    EventState,
    FeedSecret,
    Registration,
    Standing,
)

_SEATED = sorted(one.value for one in SEATED)
_STANDING_IN = sorted(one.value for one in STANDING_IN)
_NOT_HERE = Message("There is nothing like this here, or it is not shared with you.")


@dataclass(frozen=True, slots=True)
class Seats:
    """How full an event is."""

    taken: int = 0
    waiting: int = 0


class Attendee(NamedTuple):
    """A registration with who it is of."""

    registration: Registration
    name: str
    rank: str
    organisation: str


class Certified(NamedTuple):
    """What a certificate of attendance says."""

    event: Event
    name: str
    organisation: str


def seats_of(session: Session, ids: Iterable[int]) -> dict[int, Seats]:
    """Seats taken and people in line by event; events without any registration are left out."""
    rows = select_columns(col(Registration.event_id), col(Registration.standing), func.count()).where(
        col(Registration.event_id).in_(list(ids)),
        col(Registration.standing).in_([*_SEATED, Standing.WAITING.value]),
    )
    found: dict[int, Seats] = {}
    for event_id, standing, count in session.execute(
        rows.group_by(col(Registration.event_id), col(Registration.standing))
    ):
        known = found.get(event_id, Seats())
        is_waiting = standing == Standing.WAITING
        found[event_id] = Seats(
            known.taken + (0 if is_waiting else count), known.waiting + (count if is_waiting else 0)
        )
    return found


def find_registration(session: Session, event_id: int, user_id: int) -> Registration | None:
    """That of a person, whatever its standing."""
    mine = select(Registration).where(Registration.event_id == event_id, Registration.user_id == user_id)
    return session.exec(mine).one_or_none()


def get_registration(session: Session, event_id: int, registration_id: int) -> Registration:
    """One of this event. Raises NotFound. The caller has read the event for the viewer."""
    found = session.get(Registration, registration_id)
    if found is None or found.event_id != event_id:
        raise NotFound(_NOT_HERE)
    return found


def list_attendees(session: Session, event_id: int) -> list[Attendee]:
    """Everybody who ever registered, those with a seat first, then the line in its order."""
    rows = (
        select_columns(Registration, col(User.name), col(User.rank), col(Organisation.acronym), col(Organisation.name))
        .join(User, col(User.id) == col(Registration.user_id))
        .join(Organisation, col(Organisation.id) == col(Registration.organisation_id))
        .where(col(Registration.event_id) == event_id)
    )
    order = {standing.value: number for number, standing in enumerate(Standing)}
    found = [
        Attendee(registration, name, rank, acronym or body)
        for registration, name, rank, acronym, body in session.execute(rows)
    ]
    return sorted(
        found,
        key=lambda one: (order[one.registration.standing], one.registration.place_in_line, one.registration.id or 0),
    )


def list_my_events(session: Session, viewer: Viewer, *, since: object = None) -> list[tuple[Event, Registration]]:
    """Events the viewer is registered for and may see, soonest first; `since` leaves out those that ended before."""
    rows = (
        select(Event, Registration)
        .join(Registration, col(Registration.event_id) == col(Event.id))
        .where(
            Registration.user_id == viewer.user_id,
            col(Registration.standing).in_(_STANDING_IN),
            visible_clause(viewer, KIND, Event.id),
            col(Event.state) != EventState.DRAFT.value,
        )
        .order_by(col(Event.starts_at), col(Event.id))
    )
    if since is not None:
        rows = rows.where(col(Event.ends_at) >= since)
    return list(session.exec(rows).all())


def clashes_of(session: Session, viewer: Viewer, event: Event) -> list[Event]:
    """Other events at the same time for which the viewer stands: he cannot be at both."""
    rows = (
        select(Event)
        .join(Registration, col(Registration.event_id) == col(Event.id))
        .where(
            Registration.user_id == viewer.user_id,
            col(Registration.standing).in_(_STANDING_IN),
            col(Event.id) != event.id,
            col(Event.starts_at) < event.ends_at,
            col(Event.ends_at) > event.starts_at,
            col(Event.state).in_([EventState.ANNOUNCED.value, EventState.OPEN.value]),
            visible_clause(viewer, KIND, Event.id),
        )
    )
    return list(session.exec(rows.order_by(col(Event.starts_at))))


def list_to_approve(session: Session, viewer: Viewer) -> list[tuple[Event, Attendee]]:
    """Requests of the viewer's own organisation that wait for its focal point."""
    if not viewer.has(Role.FOCAL_POINT):
        return []
    rows = (
        select_columns(Event, Registration, col(User.name), col(User.rank))
        .join(Registration, col(Registration.event_id) == col(Event.id))
        .join(User, col(User.id) == col(Registration.user_id))
        .where(
            and_(
                col(Registration.standing) == Standing.REQUESTED.value,
                col(Registration.organisation_id) == viewer.organisation_id,
                col(Registration.user_id) != viewer.user_id,
                col(Event.approval) == Approval.SUPERVISOR.value,
                visible_clause(viewer, KIND, Event.id),
            )
        )
        .order_by(col(Registration.registered_at), col(Registration.id))
    )
    return [
        (event, Attendee(registration, name, rank, "")) for event, registration, name, rank in session.execute(rows)
    ]


def list_minutes(session: Session, ids: Sequence[int]) -> dict[int, list[EventMinutes]]:
    """All versions of the minutes by event, newest first."""
    rows = select(EventMinutes).where(col(EventMinutes.event_id).in_(ids))
    found: dict[int, list[EventMinutes]] = {}
    for row in session.exec(rows.order_by(col(EventMinutes.version).desc())):
        found.setdefault(row.event_id, []).append(row)
    return found


def find_feed_secret(session: Session, user_id: int) -> FeedSecret | None:
    """What makes the person's feeds; None until he asked for one."""
    return session.get(FeedSecret, user_id)


def find_feed_owner(session: Session, secret: str) -> User | None:
    """Whose feeds a secret opens; None for an unknown one, and for somebody who may not sign in any more."""
    mine = select(User).join(FeedSecret, col(FeedSecret.user_id) == col(User.id))
    return session.exec(mine.where(FeedSecret.secret == secret, User.is_active, User.is_verified)).one_or_none()


def get_certified(session: Session, code: str) -> Certified:
    """What a certificate with this verification code says. Raises NotFound."""
    rows = (
        select_columns(Event, col(User.name), col(Organisation.name))
        .join(Registration, col(Registration.event_id) == col(Event.id))
        .join(User, col(User.id) == col(Registration.user_id))
        .join(Organisation, col(Organisation.id) == col(Registration.organisation_id))
        .where(col(Registration.certificate) == code, col(Registration.standing) == Standing.ATTENDED.value)
    )
    found = session.execute(rows).one_or_none()
    if found is None:
        raise NotFound("No certificate has this code.")
    return Certified(*found)
