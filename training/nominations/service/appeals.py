"""Appeals: against a decision, once, decided by another person than the one who decided."""

from core.access import Viewer
from core.errors import Conflict, Invalid, Message, require
from core.uow import UnitOfWork
from training.nominations import policy, queries
from training.nominations.drafts import StepDraft
from training.nominations.models import AppealState, Nomination
from training.nominations.service.nominating import OUTDATED, record_step, take_step


def appeal_decision(work: UnitOfWork, viewer: Viewer, nomination_id: int, draft: StepDraft) -> Nomination:
    """Ask for a second look. Raises Invalid without a reason."""
    row = queries.get_nomination(work.session, viewer, nomination_id)
    require(policy.can_appeal(viewer, row), "There is nothing to appeal against.")
    if not draft.reason:
        raise Invalid("Please check the marked fields.", {"reason": Message("Please fill this in.")})
    row.appeal, row.appeal_state = draft.reason, AppealState.OPEN.value
    row.revision += 1
    work.session.add(row)
    record_step(work, row, "appeal", "", viewer.user_id)
    work.audit("nomination.appealed", row.ref)
    return row


def answer_appeal(
    work: UnitOfWork, viewer: Viewer, nomination_id: int, draft: StepDraft, *, is_upheld: bool
) -> Nomination:
    """Decide an appeal. One that is upheld puts the candidate at the end of the reserve list; the seats that are given stay."""
    row = queries.get_nomination(work.session, viewer, nomination_id)
    standing = queries.standing_of(work.session, viewer, row)
    if draft.revision is not None and draft.revision != row.revision:
        raise Conflict(OUTDATED)
    require(
        policy.can_answer_appeal(viewer, row, standing),
        "An appeal is decided by another person than the one who decided.",
    )
    if not draft.reason:
        raise Invalid("Please check the marked fields.", {"reason": Message("Please fill this in.")})
    row.appeal_state = (AppealState.UPHELD if is_upheld else AppealState.DISMISSED).value
    row.appeal_answer, row.appeal_by = draft.reason, viewer.user_id
    if is_upheld:
        others = [one.reserve_number or 0 for one, _, _ in queries.list_of(work.session, viewer, row.opportunity_id)]
        row.reserve_number = max(others, default=0) + 1
        take_step(work, row, "reopen", draft.reason, viewer.user_id)
    else:
        row.revision += 1
        work.session.add(row)
        record_step(work, row, "dismiss", draft.reason, viewer.user_id)
        work.notify(row.user_id, "nomination.dismissed", row.ref, {})
    work.audit("nomination.appeal_answered", row.ref, is_upheld=is_upheld)
    return row
