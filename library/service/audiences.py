"""Audiences that change without the record being edited."""

from sqlmodel import col, or_, select

from core.access import Marking, load_tokens, store_tokens, tokens_in
from core.uow import UnitOfWork
from library import policy, queries
from library.models import KIND, Record, RecordRecipient


def renew_audiences(work: UnitOfWork, organisation_id: int) -> int:
    """Work out anew who sees the TLP:AMBER records of an organisation, or shared with it; the number that changed.

    To be called in the unit of work that changes whom the organisation serves: its clients see AMBER (TLP 2.0), so the
    tokens written with each record follow.
    """
    listed = select(RecordRecipient.record_id).where(RecordRecipient.organisation_id == organisation_id)
    concerned = select(Record).where(
        Record.marking == Marking.AMBER.value,
        or_(col(Record.organisation_id) == organisation_id, col(Record.id).in_(listed)),
    )
    changed = 0
    for record in work.session.exec(concerned).all():
        assert record.id is not None
        tokens = tokens_in(work.session, policy.audience_of(record, queries.recipients_of(work.session, record.id)))
        if load_tokens(work.session, KIND, [record.id]).get(record.id) == tokens:
            continue
        store_tokens(work.session, record.ref, tokens)
        work.mark_dirty(record.ref, "audience")
        changed += 1
    return changed
