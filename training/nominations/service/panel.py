"""The panel: who scores, what he gives, when a third is asked, who is barred."""

from core.access import Viewer
from core.errors import Conflict, Forbidden, Invalid, Message, NotFound, require
from core.people import get_user
from core.uow import UnitOfWork
from training.nominations import merit, policy, queries
from training.nominations.drafts import ScoreDraft
from training.nominations.models import ConflictOfInterest, Nomination, Panelist, Score
from training.nominations.service.nominating import take_step
from training.opportunities import queries as opportunities
from training.opportunities.models import Opportunity


def add_panelist(
    work: UnitOfWork, viewer: Viewer, opportunity_id: int, user_id: int, *, is_third: bool = False
) -> None:
    """Ask somebody to score; who left may come back. Raises Invalid for a candidate."""
    offer = opportunities.get_opportunity(work.session, viewer, opportunity_id)
    manages = policy.can_manage(viewer, is_panelist=queries.is_scoring(work.session, viewer, opportunity_id))
    require(manages, "The panel is named by the unit.")
    if offer.state not in ("open", "closed"):
        raise Conflict("Its seats are decided, or it is not open yet: there is nothing to score.")
    user = get_user(work.session, user_id)
    if any(row.user_id == user_id for row, _, _ in queries.list_of(work.session, viewer, opportunity_id)):
        raise Invalid("A candidate does not score.", {"user_id": Message("Choose somebody else.")})
    row = work.session.get(Panelist, (opportunity_id, user_id)) or Panelist(
        opportunity_id=opportunity_id, user_id=user_id
    )
    row.is_third, row.left_at = is_third, None
    work.session.add(row)
    work.audit("panel.added", offer.ref, person=user.id)
    work.notify(user_id, "panel.added", offer.ref, {})


def leave_panel(work: UnitOfWork, viewer: Viewer, opportunity_id: int, user_id: int) -> None:
    """A scorer leaves, by himself or by the unit. What he gave stays; what is missing is for somebody else to give."""
    row = work.session.get(Panelist, (opportunity_id, user_id))
    offer = work.session.get(Opportunity, opportunity_id)
    scoring = queries.is_scoring(work.session, viewer, opportunity_id)
    if (
        row is None
        or offer is None
        or not (viewer.user_id == user_id or policy.can_manage(viewer, is_panelist=scoring))
    ):
        raise NotFound(queries.NO_CANDIDATE)
    row.left_at = row.left_at or work.now
    work.session.add(row)
    work.audit("panel.left", offer.ref, person=user_id)


def declare_conflict(work: UnitOfWork, viewer: Viewer, nomination_id: int, why: str) -> None:
    """A scorer says that he is too near to a candidate; he is barred from him, and what he gave him no longer counts."""
    row = queries.get_to_score(work.session, viewer, nomination_id)
    if not why.strip():
        raise Invalid("Please check the marked fields.", {"why": Message("Please fill this in.")})
    work.session.add(
        ConflictOfInterest(
            nomination_id=nomination_id, user_id=viewer.user_id, why=why.strip()[:500], declared_at=work.now
        )
    )
    work.session.flush()
    work.audit("panel.conflict", row.ref)
    _settle(work, row)


def score_candidate(work: UnitOfWork, viewer: Viewer, nomination_id: int, draft: ScoreDraft) -> Score:
    """Give, or change, a score. Raises Forbidden for a third scorer where the first two agree."""
    row = queries.get_to_score(work.session, viewer, nomination_id)
    member = work.session.get(Panelist, (row.opportunity_id, viewer.user_id))
    scores = queries.scores_of(work.session, [nomination_id]).get(nomination_id, [])
    mine = next((one for one in scores if one.scorer_id == viewer.user_id), None)
    others = [one.total for one in scores if one.scorer_id != viewer.user_id]
    if member is not None and member.is_third and mine is None and not merit.needs_third(others):
        raise Forbidden("The first two scorers agree: a third score is not wanted.")
    if mine is None and len(others) >= merit.SCORERS and not merit.needs_third(others):
        raise Conflict("This candidate has the scores that are wanted.")
    score = mine or Score(nomination_id=nomination_id, scorer_id=viewer.user_id, total=0.0, scored_at=work.now)
    score.criteria, score.notes = dict(draft.criteria), dict(draft.notes)
    score.total, score.scored_at = merit.total_of(draft.criteria), work.now
    work.session.add(score)
    work.session.flush()
    work.audit("panel.scored", row.ref)
    _settle(work, row)
    return score


def _settle(work: UnitOfWork, row: Nomination) -> None:
    """The median as soon as there is one; none any more when a score was lost."""
    assert row.id is not None
    totals = [one.total for one in queries.scores_of(work.session, [row.id]).get(row.id, [])]
    row.merit = merit.final(totals)
    row.revision += 1
    work.session.add(row)
    if row.merit is not None and row.state == "screened":
        take_step(work, row, "score", "", None)
