"""The duty to report back: what an officer owes after a course, and the reminders of it."""

from datetime import timedelta

from sqlmodel import col, select

from core.access import Viewer
from core.errors import Invalid, Message, require
from core.uow import UnitOfWork
from training.nominations import policy, queries
from training.nominations.drafts import ReportDraft
from training.nominations.models import Nomination, OfficerProfile, ReportBack
from training.nominations.service.nominating import take_step
from training.opportunities.models import Opportunity
from training.opportunities.service import close_passed

REMIND_DAYS = 7
"""Before a part of the report-back is due."""
DRAFT_DAYS = 3
"""Before the deadline: who has a draft is reminded."""


def send_report(work: UnitOfWork, viewer: Viewer, nomination_id: int, draft: ReportDraft) -> ReportBack:
    """Hand in what is there: the report, and one shared record or a briefing. What was handed in before can be corrected."""
    row = queries.get_nomination(work.session, viewer, nomination_id)
    require(policy.can_report(viewer, row), "A report is owed by who travelled.")
    duty = queries.get_report(work.session, nomination_id)
    assert duty is not None
    if not (draft.report or draft.shared_ref or draft.briefing):
        raise Invalid("Please check the marked fields.", {"report": Message("Please fill this in.")})
    duty.report, duty.shared_ref = draft.report or duty.report, draft.shared_ref or duty.shared_ref
    duty.briefing, duty.briefed = draft.briefing or duty.briefing, draft.briefed or duty.briefed
    if duty.report:
        duty.reported_at = duty.reported_at or work.now
    if duty.shared_ref or duty.briefing:
        duty.shared_at = duty.shared_at or work.now
    work.session.add(duty)
    work.audit("nomination.report", row.ref, is_done=duty.is_done)
    if duty.reported_at and row.state == "travelled":
        take_step(work, row, "report", "", viewer.user_id)
    if duty.is_done and row.state == "reported":
        take_step(work, row, "close", "", None)
    return duty


def remind(work: UnitOfWork) -> int:
    """Close what is past its deadline and tell, once each, what falls due and what is overdue; how much was told."""
    close_passed(work)
    return _remind_drafts(work) + _remind_reports(work)


def _remind_drafts(work: UnitOfWork) -> int:
    soon = work.now + timedelta(days=DRAFT_DAYS)
    rows = work.session.exec(
        select(Nomination)
        .join(Opportunity, col(Opportunity.id) == col(Nomination.opportunity_id))
        .where(Nomination.state == "draft", col(Nomination.is_reminded).is_(False))
        .where(Opportunity.state == "open", col(Opportunity.deadline) <= soon)
    ).all()
    for row in rows:
        row.is_reminded = True
        work.session.add(row)
        work.notify(row.user_id, "nomination.deadline", row.ref, {})
    return len(rows)


def _remind_reports(work: UnitOfWork) -> int:
    today, told = work.now.date(), 0
    owing = select(ReportBack).where((col(ReportBack.reported_at).is_(None)) | (col(ReportBack.shared_at).is_(None)))
    for duty in work.session.exec(owing).all():
        due = duty.report_due if duty.reported_at is None else duty.share_due
        part = "report" if duty.reported_at is None else "share"
        if duty.overdue(today):
            mark = f"{part} overdue"
        elif today >= due - timedelta(days=REMIND_DAYS):
            mark = f"{part} soon"
        else:
            continue
        if duty.reminded == mark:
            continue
        duty.reminded = mark
        work.session.add(duty)
        told += _tell(work, duty, is_overdue=duty.overdue(today))
    return told


def _tell(work: UnitOfWork, duty: ReportBack, *, is_overdue: bool) -> int:
    row = work.session.get(Nomination, duty.nomination_id)
    assert row is not None
    event = "nomination.report_overdue" if is_overdue else "nomination.report_due"
    people = [row.user_id]
    profile = work.session.get(OfficerProfile, row.user_id)
    if is_overdue and profile and profile.supervisor_id:
        people.append(profile.supervisor_id)
    for person in people:
        work.notify(person, event, row.ref, {})
    return len(people)
