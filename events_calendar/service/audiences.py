"""Audiences that change without the event being edited."""

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select

from core.access import Marking
from core.marking import recipients_of, renew, shared_with
from core.uow import UnitOfWork
from events_calendar import policy
from events_calendar.models import KIND, SERIES, Event, Series


def renew_audiences(work: UnitOfWork, organisation_id: int) -> int:
    """Work out anew who sees what an organisation marked TLP:AMBER, or what is shared with it; the number that changed."""
    events = work.session.exec(select(Event).where(_concerned(Event, KIND, organisation_id))).all()
    series = work.session.exec(select(Series).where(_concerned(Series, SERIES, organisation_id))).all()
    return sum(_renew(work, one) for one in events) + sum(_renew(work, one) for one in series)


def _renew(work: UnitOfWork, row: Event | Series) -> bool:
    return renew(work, row.ref, policy.audience_of(row, recipients_of(work.session, row.ref)))


def _concerned(table: type[Event] | type[Series], kind: str, organisation_id: int) -> ColumnElement[bool]:
    reached = or_(col(table.organisation_id) == organisation_id, col(table.id).in_(shared_with(kind, organisation_id)))
    return and_(col(table.marking) == Marking.AMBER.value, reached)
