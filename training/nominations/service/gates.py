"""Gates: asked before somebody begins, kept with the nomination, set by the unit."""

from datetime import date, datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from core.access import Viewer
from core.errors import Conflict, NotFound, require
from core.tagging import topics_of
from core.uow import UnitOfWork
from training.nominations import policy, queries
from training.nominations.drafts import GateDraft
from training.nominations.models import GateOutcome, GateSetting, Nomination
from training.nominations.rules import BY_CODE, Facts, Outcome, check
from training.opportunities.models import KIND, Opportunity


def eligibility(session: Session, user_id: int, opportunity: Opportunity, now: datetime) -> list[Outcome]:
    """What each gate says of an officer today. Changes nothing; who may ask is the caller's question."""
    assert opportunity.id is not None
    profile = queries.profile_of(session, user_id, now)
    today: date = now.date()
    courses = queries.courses_of(session, profile)
    facts = Facts(
        profile=profile,
        opportunity=opportunity,
        topics=topics_of(session, KIND, [opportunity.id]).get(opportunity.id, []),
        today=today,
        missing=policy.missing_in(profile),
        has_other_live=queries.has_other_live(session, user_id, opportunity.id),
        has_overdue_report=queries.owes_report(session, user_id, today),
        last_abroad=courses[0][0] if courses else None,
    )
    return check(queries.list_rules(session), facts)


def check_gates(work: UnitOfWork, nomination: Nomination, opportunity: Opportunity) -> list[Outcome]:
    """Ask all gates and keep what they say, with each rule as it stands now."""
    assert nomination.id is not None
    found = eligibility(work.session, nomination.user_id, opportunity, work.now)
    mine = delete(GateOutcome).where(col(GateOutcome.nomination_id) == nomination.id)
    work.session.execute(mine.execution_options(synchronize_session="fetch"))
    for one in found:
        work.session.add(
            GateOutcome(
                nomination_id=nomination.id,
                code=one.rule.code,
                text=text_of(one),
                source=one.rule.source,
                is_passed=one.is_passed,
                why=one.why,
                params=dict(one.params),
                checked_at=work.now,
            )
        )
    work.session.flush()
    return found


def text_of(outcome: Outcome) -> str:
    """The rule with its number in it, as it stood when it was asked."""
    return outcome.rule.text.replace("%(number)s", str(outcome.rule.number))


def set_gate(work: UnitOfWork, viewer: Viewer, code: str, draft: GateDraft) -> GateSetting:
    """Change a gate: on or off, its number, its wording, its source. Raises Conflict when it was changed meanwhile."""
    require(policy.can_set_gates(viewer), "The rules of nomination are set by the unit.")
    if code not in BY_CODE:
        raise NotFound("There is no such rule.")
    row = work.session.get(GateSetting, code)
    if draft.revision != (row.revision if row else 0):
        raise Conflict("Somebody else changed this rule meanwhile. Compare, then save again.")
    row = row or GateSetting(code=code, text="", source="", revision=0)
    row.text, row.source, row.number, row.is_active = draft.text, draft.source, draft.number, draft.is_active
    row.revision += 1
    work.session.add(row)
    work.audit("gate.set", None, code=code, is_active=row.is_active, number=row.number)
    return row
