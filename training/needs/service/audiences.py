"""Audiences of needs that change without a need being edited."""

from sqlmodel import col, or_, select

from core.access import Marking
from core.marking import recipients_of, renew, shared_with
from core.uow import UnitOfWork
from training.needs import policy
from training.needs.models import KIND, Need


def renew_audiences(work: UnitOfWork, organisation_id: int) -> int:
    """Work out anew who sees the TLP:AMBER needs of an organisation, or shared with it; the number that changed."""
    concerned = select(Need).where(
        Need.marking == Marking.AMBER.value,
        or_(col(Need.organisation_id) == organisation_id, col(Need.id).in_(shared_with(KIND, organisation_id))),
    )
    needs = work.session.exec(concerned).all()
    return sum(renew(work, one.ref, policy.audience_of(one, recipients_of(work.session, one.ref))) for one in needs)
