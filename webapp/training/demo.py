"""Training in the demo: sixteen offers, eighty nominations over four years, profiles, and report-backs some of which are overdue."""

import tomllib
from datetime import date, datetime, timedelta
from importlib.resources import files as resources
from typing import Any

from core.access import Marking
from core.people import User, UserRole
from training.nominations.merit import RUBRIC
from training.nominations.models import Nomination, NominationStep, OfficerProfile, Panelist, ReportBack, Score
from training.nominations.service.gates import check_gates
from training.nominations.service.nominating import REPORT_DAYS, SHARE_DAYS
from training.opportunities.drafts import OpportunityDraft, StateDraft
from training.opportunities.models import Opportunity
from training.opportunities.service import create_opportunity, move_opportunity
from webapp.stage import DemoStage

STAFF = "imran.kaleshi@exchange.example"
SCORERS = ("bilal.surkhi@exchange.example", "samina.tajrubi@exchange.example")
DECIDED = "Seats were given by the fair share; nobody below 60 points."
WAY = ("submit", "endorse", "approve", "screen", "score")
REACHED = {
    "draft": (),
    "submitted": WAY[:1],
    "endorsed": WAY[:2],
    "approved": WAY[:3],
    "screened": WAY[:4],
    "scored": WAY,
    "reserve": (*WAY, "reserve"),
    "not_selected": (*WAY, "decline"),
    "selected": (*WAY, "select"),
    "confirmed": (*WAY, "select", "confirm"),
    "travelled": (*WAY, "select", "confirm", "travel"),
    "reported": (*WAY, "select", "confirm", "travel", "report"),
    "closed": (*WAY, "select", "confirm", "travel", "report", "close"),
}
"""The steps that lead to each state."""
AFTER = {
    "submit": "submitted",
    "endorse": "endorsed",
    "approve": "approved",
    "screen": "screened",
    "score": "scored",
    "reserve": "reserve",
    "decline": "not_selected",
    "select": "selected",
    "confirm": "confirmed",
    "travel": "travelled",
    "report": "reported",
    "close": "closed",
}


def load_training(stage: DemoStage) -> None:
    """Profiles, offers and nominations, as they would stand had the platform been in use for four years."""
    for entry in _read("officers")["officer"]:
        _load_officer(stage, entry)
    offers = {entry["key"]: _load_offer(stage, entry) for entry in _read("opportunities")["opportunity"]}
    numbers = dict.fromkeys(offers, 0)
    for entry in _read("nominations")["nomination"]:
        _load_nomination(stage, entry, offers[entry["opportunity"]], numbers)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources("webapp.demo") / "content" / "training" / f"{name}.toml").read_text("utf-8"))


def _load_officer(stage: DemoStage, entry: dict[str, Any]) -> None:
    work, email = stage.work, entry["email"]
    if email not in stage.people:
        user = User(
            email=email,
            name=entry["name"],
            rank=entry["rank"],
            organisation_id=stage.organisations[entry["organisation"]],
            created_at=work.now,
        )
        work.session.add(user)
        work.session.flush()
        assert user.id is not None
        work.session.add(UserRole(user_id=user.id, role="officer"))
        stage.people[email] = user.id
        stage.count("people")
    today = work.now.date()
    work.session.add(
        OfficerProfile(
            user_id=stage.people[email],
            service_since=entry["service_since"],
            posting=entry["posting"],
            district=entry["district"],
            post_topics=entry["post_topics"],
            birth_year=entry["birth_year"],
            sex=entry["sex"],
            supervisor_id=stage.people[entry["supervisor"]],
            languages=[{"code": "en", "level": entry["english"], "proof": "Course certificate"}],
            passport_until=today + timedelta(days=900),
            clearance_until=today + timedelta(days=700),
            changed_at=work.now,
            confirmed_revision=1 if entry["is_confirmed"] else None,
            confirmed_by=stage.people[entry["supervisor"]] if entry["is_confirmed"] else None,
            confirmed_at=work.now if entry["is_confirmed"] else None,
        )
    )
    stage.count("profiles")


def _load_offer(stage: DemoStage, entry: dict[str, Any]) -> Opportunity:
    work, staff = stage.work, stage.viewer(STAFF)
    first = work.now.date() + timedelta(days=entry["starts_in"])
    refs = [str(ref) for number in entry["records"] if (ref := stage.objects.get(f"record:{number}"))]
    plain = (
        "kind",
        "title",
        "summary",
        "host",
        "host_country",
        "place",
        "is_remote",
        "language_level",
        "payer",
        "costs",
    )
    draft = OpportunityDraft(
        **{name: entry[name] for name in (*plain, "seats", "topics", "documents")},
        body=f"## What it is about\n\n{entry['summary']}",
        starts_on=first,
        ends_on=first + timedelta(days=entry["days"] - 1),
        deadline=first - timedelta(days=entry["deadline_before"]),
        refs=refs,
        organisation_id=staff.organisation_id,
        marking=Marking(entry["marking"]),
    )
    row = create_opportunity(work, staff, draft)
    if entry["state"] in ("open", "closed", "cancelled") and row.deadline > work.now:
        move_opportunity(work, staff, row.ref.id, "open", StateDraft())
    row.state = entry["state"]
    row.state_reason = "The host has put it off by a year." if row.state == "cancelled" else ""
    row.created_at = min(work.now, row.deadline - timedelta(days=40))
    work.session.add(row)
    work.mark_dirty(row.ref, "demo")
    stage.objects[f"opportunity:{entry['key']}"] = row.ref
    stage.count("opportunities")
    stage.progress()
    return row


def _load_nomination(stage: DemoStage, entry: dict[str, Any], offer: Opportunity, numbers: dict[str, int]) -> None:
    work, user = stage.work, stage.work.session.get(User, stage.people[entry["officer"]])
    assert user is not None
    assert user.id is not None
    made = min(work.now, offer.deadline) - timedelta(days=12)
    row = Nomination(
        opportunity_id=offer.ref.id,
        user_id=user.id,
        organisation_id=user.organisation_id,
        rank=user.rank,
        state=entry["state"],
        motivation=entry["motivation"],
        plan=entry["plan"],
        documents=list(offer.documents),
        is_named_by_host=entry.get("is_named", False),
        override_reason=entry.get("override", ""),
        merit=entry.get("merit"),
        appeal=entry.get("appeal", ""),
        appeal_state="open" if "appeal" in entry else "",
        created_at=made,
        changed_at=made,
    )
    work.session.add(row)
    work.session.flush()
    _history(stage, row, offer, made)
    if offer.state in ("open", "closed"):
        check_gates(work, row, offer)
    if row.state in ("selected", "confirmed", "reserve"):
        numbers[entry["opportunity"]] += 1
        row.seat_number = numbers[entry["opportunity"]] if row.state != "reserve" else None
        row.reserve_number = max(1, numbers[entry["opportunity"]] - offer.seats) if row.state == "reserve" else None
    if offer.state == "closed":
        _scores(stage, row)
    if row.state in ("travelled", "reported", "closed"):
        _return(stage, row, offer)
    stage.count("nominations")
    stage.progress()


def _history(stage: DemoStage, row: Nomination, offer: Opportunity, made: datetime) -> None:
    """The steps, a day apart until the decision; the travel and what follows after the course."""
    assert row.id is not None
    back = datetime.combine(offer.ends_on, made.timetz())
    staff = stage.people[STAFF]
    for number, verb in enumerate(REACHED[row.state], start=1):
        at = made + timedelta(days=number)
        if verb in ("travel", "report", "close"):
            at = back + timedelta(days={"travel": 1, "report": 20, "close": 50}[verb])
        reason = DECIDED if verb in ("select", "reserve", "decline") else ""
        at = min(at, stage.work.now)
        by = None if verb in ("submit", "endorse", "approve", "score") else staff
        stage.work.session.add(
            NominationStep(nomination_id=row.id, verb=verb, state=AFTER[verb], reason=reason, by=by, at=at)
        )
        row.changed_at = at
        if reason:
            row.reason, row.decided_by, row.decided_at = reason, staff, at


def _scores(stage: DemoStage, row: Nomination) -> None:
    """Two scorers around the merit that is given; who was only screened has one score."""
    work = stage.work
    assert row.id is not None
    for number, email in enumerate(SCORERS):
        person = stage.people[email]
        if work.session.get(Panelist, (row.opportunity_id, person)) is None:
            work.session.add(Panelist(opportunity_id=row.opportunity_id, user_id=person))
        if row.merit is None and number:
            continue
        total = (row.merit or 70.0) + (4 if number else -4)
        work.session.add(
            Score(
                nomination_id=row.id,
                scorer_id=person,
                criteria={one.code: round(total / 100, 3) for one in RUBRIC},
                notes={one.code: "From the papers." for one in RUBRIC},
                total=total,
                scored_at=work.now,
            )
        )


def _return(stage: DemoStage, row: Nomination, offer: Opportunity) -> None:
    """What is owed, and what was handed in, after the course."""
    assert row.id is not None
    row.seat_days, row.returned_on = offer.days, offer.ends_on
    duty = ReportBack(
        nomination_id=row.id,
        report_due=offer.ends_on + timedelta(days=REPORT_DAYS),
        share_due=offer.ends_on + timedelta(days=SHARE_DAYS),
    )
    if row.state in ("reported", "closed"):
        duty.report = f"Of use here from this course: {offer.summary} What I changed in my section: {row.plan}"
        duty.reported_at = _noon(stage, offer.ends_on + timedelta(days=20))
    if row.state == "closed":
        duty.briefing, duty.briefed = "Monthly conference of the organisation", 12 + row.id % 20
        duty.shared_at = _noon(stage, offer.ends_on + timedelta(days=50))
    stage.work.session.add(duty)


def _noon(stage: DemoStage, day: date) -> datetime:
    return min(stage.work.now, datetime.combine(day, stage.work.now.timetz()))
