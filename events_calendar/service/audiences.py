"""Audiences that change without the event being edited."""

from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from core.access import Marking
from core.marking import recipients_of, renew, shared_with
from core.uow import UnitOfWork
from events_calendar import policy
from events_calendar.models import KIND, SERIES, Event, Series


def renew_audiences(work: UnitOfWork, organisation_id: int) -> int:
    """Work out anew who sees what an organisation marked TLP:AMBER, or what is shared with it; the number that changed."""
    return sum(_renew(work, table, kind, organisation_id) for table, kind in ((Event, KIND), (Series, SERIES)))


def _renew(work: UnitOfWork, table: type[Event] | type[Series], kind: str, organisation_id: int) -> int:
    concerned: SelectOfScalar[Event | Series] = select(table).where(
        table.marking == Marking.AMBER.value,
        or_(col(table.organisation_id) == organisation_id, col(table.id).in_(shared_with(kind, organisation_id))),
    )
    rows = work.session.exec(concerned).all()
    return sum(renew(work, row.ref, policy.audience_of(row, recipients_of(work.session, row.ref))) for row in rows)
