"""Audiences that change without the record being edited."""

from sqlmodel import col, or_, select

from core.access import Marking
from core.marking import recipients_of, renew, shared_with
from core.uow import UnitOfWork
from library import policy
from library.models import KIND, Record


def renew_audiences(work: UnitOfWork, organisation_id: int) -> int:
    """Work out anew who sees the TLP:AMBER records of an organisation, or shared with it; the number that changed.

    To be called in the unit of work that changes whom the organisation serves: its clients see AMBER (TLP 2.0), so the
    tokens written with each record follow.
    """
    listed = col(Record.id).in_(shared_with(KIND, organisation_id))
    concerned = select(Record).where(
        Record.marking == Marking.AMBER.value, or_(col(Record.organisation_id) == organisation_id, listed)
    )
    return sum(
        renew(work, record.ref, policy.audience_of(record, recipients_of(work.session, record.ref)))
        for record in work.session.exec(concerned).all()
    )
