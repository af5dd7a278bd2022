"""Reads of nominations and profiles. Every one starts from what the viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from core.access import Viewer
from core.errors import Message, NotFound
from core.people import Role, User, UserRole, get_organisation, get_user
from training.nominations import policy
from training.nominations.models import (
    LIVE,
    SEATED,
    USED,
    ConflictOfInterest,
    GateOutcome,
    GateSetting,
    Nomination,
    NominationStep,
    OfficerProfile,
    Panelist,
    ReportBack,
    Score,
)
from training.nominations.policy import Reader, Standing
from training.nominations.rules import DEFAULTS, Rule
from training.opportunities.models import Opportunity

NO_NOMINATION = Message("There is no nomination here that you can see.")
NO_CANDIDATE = Message("There is no candidate here that you score.")
NO_PROFILE = Message("There is no profile here that you can see.")


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile as one viewer may see it."""

    user: User
    profile: OfficerProfile
    reader: Reader
    parts: frozenset[str]
    courses: list[tuple[date, str]]
    """Every course abroad that is known, from the profile and from here, newest first."""


def get_profile(session: Session, viewer: Viewer, user_id: int, now: datetime) -> ProfileView:
    """An officer's profile; an empty one when nothing was entered yet. Raises NotFound when it is not for the viewer."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(NO_PROFILE)
    profile = profile_of(session, user_id, now)
    reader = policy.reader_of(viewer, user_id, user.organisation_id, profile.supervisor_id)
    if reader is None:
        raise NotFound(NO_PROFILE)
    return ProfileView(user, profile, reader, policy.parts_for(reader), courses_of(session, profile))


def profile_of(session: Session, user_id: int, now: datetime) -> OfficerProfile:
    """The stored profile, or an empty one that is not stored."""
    return session.get(OfficerProfile, user_id) or OfficerProfile(user_id=user_id, changed_at=now)


def courses_of(session: Session, profile: OfficerProfile) -> list[tuple[date, str]]:
    """Courses abroad: those of the profile and the seats used here; courses at a distance are none."""
    rows = session.exec(
        select(Nomination, Opportunity)
        .join(Opportunity, col(Opportunity.id) == col(Nomination.opportunity_id))
        .where(
            Nomination.user_id == profile.user_id,
            col(Nomination.state).in_(USED),
            col(Opportunity.is_remote).is_(False),
        )
    )
    known = [(nomination.returned_on or offer.ends_on, offer.title) for nomination, offer in rows]
    known += [(date.fromisoformat(one["ended"]), one["title"]) for one in profile.courses]
    return sorted(known, reverse=True)


def list_unconfirmed(session: Session, viewer: Viewer) -> list[OfficerProfile]:
    """Profiles of the viewer's organisation that wait for its focal point."""
    if not viewer.has(Role.FOCAL_POINT):
        return []
    rows = select(OfficerProfile).join(User, col(User.id) == col(OfficerProfile.user_id))
    mine = rows.where(User.organisation_id == viewer.organisation_id, OfficerProfile.user_id != viewer.user_id)
    return [row for row in session.exec(mine.order_by(User.name)) if not row.is_confirmed]


def list_rules(session: Session) -> list[Rule]:
    """The gates as they stand now."""
    settings = {row.code: row for row in session.exec(select(GateSetting))}
    return [
        Rule(one.code, row.text, row.source, row.number, row.is_active) if (row := settings.get(one.code)) else one
        for one in DEFAULTS
    ]


def rule_revisions(session: Session) -> dict[str, int]:
    """How often the unit changed each gate."""
    return dict(session.exec(select(GateSetting.code, GateSetting.revision)).all())


def standing_of(session: Session, viewer: Viewer, nomination: Nomination) -> Standing:
    """What else decides what the viewer may do."""
    profile = session.get(OfficerProfile, nomination.user_id)
    focal = (
        select(func.count())
        .select_from(User)
        .join(UserRole, col(UserRole.user_id) == col(User.id))
        .where(
            UserRole.role == Role.FOCAL_POINT.value,
            User.organisation_id == nomination.organisation_id,
            User.is_active,
            User.id != nomination.user_id,
        )
    )
    return Standing(
        supervisor_id=profile.supervisor_id if profile else None,
        is_panelist=is_scoring(session, viewer, nomination.opportunity_id),
        has_focal_point=session.exec(focal).one() > 0,
    )


def is_scoring(session: Session, viewer: Viewer, opportunity_id: int) -> bool:
    """True for a member of the panel while the opportunity is not decided; then names stay hidden from him."""
    offer = session.get(Opportunity, opportunity_id)
    member = session.get(Panelist, (opportunity_id, viewer.user_id))
    return member is not None and offer is not None and offer.state in ("draft", "open", "closed")


def get_nomination(session: Session, viewer: Viewer, nomination_id: int) -> Nomination:
    """Raises NotFound for one that is not there or not for this viewer."""
    row = session.get(Nomination, nomination_id)
    if row is None or not policy.can_read(viewer, row, standing_of(session, viewer, row)):
        raise NotFound(NO_NOMINATION)
    return row


def find_mine(session: Session, viewer: Viewer, opportunity_id: int) -> Nomination | None:
    """The viewer's own nomination to an opportunity."""
    mine = select(Nomination).where(Nomination.opportunity_id == opportunity_id, Nomination.user_id == viewer.user_id)
    return session.exec(mine).one_or_none()


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """Nominations the viewer may open."""
    scoring = (
        select(Panelist.opportunity_id)
        .join(Opportunity, col(Opportunity.id) == col(Panelist.opportunity_id))
        .where(Panelist.user_id == viewer.user_id, col(Opportunity.state).in_(["draft", "open", "closed"]))
    )
    supervised = select(OfficerProfile.user_id).where(OfficerProfile.supervisor_id == viewer.user_id)
    mine = col(Nomination.user_id) == viewer.user_id
    office: ColumnElement[bool] = col(Nomination.user_id).in_(supervised)
    if viewer.has(Role.FOCAL_POINT):
        office = or_(office, col(Nomination.organisation_id) == viewer.organisation_id)
    if viewer.has(Role.IPCU_STAFF):
        office = or_(office, col(Nomination.id) > 0)
    return or_(mine, and_(office, col(Nomination.opportunity_id).not_in(scoring)))


def find_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Titles, which are those of the opportunities, of the nominations the viewer may open."""
    rows = (
        select(Nomination.id, Opportunity.title)
        .join(Opportunity, col(Opportunity.id) == col(Nomination.opportunity_id))
        .where(col(Nomination.id).in_(ids), readable(viewer))
    )
    return {number: title for number, title in session.exec(rows) if number is not None and viewer.audience}


def find_profile_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Names of the officers whose profiles the viewer may open."""
    found = {}
    for row in session.exec(select(User).where(col(User.id).in_(ids))):
        profile = session.get(OfficerProfile, row.id)
        supervisor = profile.supervisor_id if profile else None
        if row.id is not None and policy.reader_of(viewer, row.id, row.organisation_id, supervisor):
            found[row.id] = row.name
    return found


Listed = tuple[Nomination, Opportunity, User]


def list_mine(session: Session, viewer: Viewer) -> list[Listed]:
    """The viewer's own nominations, newest first."""
    return _listed(session, col(Nomination.user_id) == viewer.user_id)


def list_waiting(session: Session, viewer: Viewer) -> list[Listed]:
    """Nominations of others that wait for a step of the viewer."""
    supervised = select(OfficerProfile.user_id).where(OfficerProfile.supervisor_id == viewer.user_id)
    steps = [and_(col(Nomination.state) == "submitted", col(Nomination.user_id).in_(supervised))]
    if viewer.has(Role.FOCAL_POINT):
        here = col(Nomination.organisation_id) == viewer.organisation_id
        steps.append(and_(col(Nomination.state) == "endorsed", here))
    if viewer.has(Role.IPCU_STAFF):
        steps.append(or_(col(Nomination.state) == "approved", col(Nomination.appeal_state) == "open"))
    return _listed(session, or_(*steps), readable(viewer), col(Nomination.user_id) != viewer.user_id)


def list_of(session: Session, viewer: Viewer, opportunity_id: int) -> list[Listed]:
    """Nominations to an opportunity that the viewer may open, drafts left out."""
    here = col(Nomination.opportunity_id) == opportunity_id
    return _listed(session, here, col(Nomination.state) != "draft", readable(viewer))


def list_overdue(session: Session, viewer: Viewer, today: date) -> list[Listed]:
    """Nominations whose report-back is overdue, as far as the viewer may open them."""
    owing = {row.nomination_id for row in session.exec(select(ReportBack)) if row.overdue(today)}
    return _listed(session, col(Nomination.id).in_(owing), readable(viewer))


def _listed(session: Session, *where: ColumnElement[bool]) -> list[Listed]:
    rows = (
        select(Nomination, Opportunity, User)
        .join(Opportunity, col(Opportunity.id) == col(Nomination.opportunity_id))
        .join(User, col(User.id) == col(Nomination.user_id))
        .where(*where)
    )
    return list(session.exec(rows.order_by(col(Nomination.changed_at).desc(), col(Nomination.id).desc()).limit(500)))


def list_steps(session: Session, nomination_id: int) -> list[NominationStep]:
    """The history of a nomination that was looked at before."""
    return list(
        session.exec(
            select(NominationStep).where(NominationStep.nomination_id == nomination_id).order_by(col(NominationStep.id))
        )
    )


def list_outcomes(session: Session, nomination_id: int) -> list[GateOutcome]:
    """What the gates said of a nomination that was looked at before."""
    return list(
        session.exec(
            select(GateOutcome).where(GateOutcome.nomination_id == nomination_id).order_by(col(GateOutcome.id))
        )
    )


def has_other_live(session: Session, user_id: int, opportunity_id: int) -> bool:
    """True when the officer has a nomination under way elsewhere."""
    rows = select(Nomination.id).where(Nomination.user_id == user_id, col(Nomination.state).in_(LIVE))
    return session.exec(rows.where(Nomination.opportunity_id != opportunity_id)).first() is not None


def owes_report(session: Session, user_id: int, today: date) -> bool:
    """True when a report-back of the officer is overdue."""
    rows = select(ReportBack).join(Nomination, col(Nomination.id) == col(ReportBack.nomination_id))
    return any(row.overdue(today) for row in session.exec(rows.where(Nomination.user_id == user_id)))


def list_panel(session: Session, opportunity_id: int) -> list[tuple[Panelist, User]]:
    """Who scores the candidates of an opportunity."""
    rows = select(Panelist, User).join(User, col(User.id) == col(Panelist.user_id))
    return list(session.exec(rows.where(Panelist.opportunity_id == opportunity_id).order_by(User.name)))


def list_panels_of(session: Session, viewer: Viewer) -> list[Opportunity]:
    """Opportunities whose candidates the viewer scores now."""
    rows = (
        select(Opportunity)
        .join(Panelist, col(Panelist.opportunity_id) == col(Opportunity.id))
        .where(
            Panelist.user_id == viewer.user_id,
            col(Panelist.left_at).is_(None),
            col(Opportunity.state).in_(["open", "closed"]),
        )
    )
    return list(session.exec(rows.order_by(col(Opportunity.deadline))))


def scores_of(session: Session, ids: Sequence[int]) -> dict[int, list[Score]]:
    """Scores by nomination, those of barred scorers left out."""
    barred = {
        (row.nomination_id, row.user_id)
        for row in session.exec(select(ConflictOfInterest).where(col(ConflictOfInterest.nomination_id).in_(ids)))
    }
    found: dict[int, list[Score]] = {}
    for row in session.exec(select(Score).where(col(Score.nomination_id).in_(ids)).order_by(col(Score.id))):
        if (row.nomination_id, row.scorer_id) not in barred:
            found.setdefault(row.nomination_id, []).append(row)
    return found


def barred_from(session: Session, viewer: Viewer, ids: Sequence[int]) -> set[int]:
    """Nominations the viewer may not score: his own, those he acted upon, those he declared a conflict for."""
    declared = select(ConflictOfInterest.nomination_id).where(ConflictOfInterest.user_id == viewer.user_id)
    acted = select(NominationStep.nomination_id).where(
        NominationStep.by == viewer.user_id, col(NominationStep.verb).in_(["endorse", "approve"])
    )
    supervised = select(OfficerProfile.user_id).where(OfficerProfile.supervisor_id == viewer.user_id)
    near = or_(col(Nomination.user_id) == viewer.user_id, col(Nomination.user_id).in_(supervised))
    rows = select(Nomination.id).where(or_(near, col(Nomination.id).in_(declared), col(Nomination.id).in_(acted)))
    return {one for one in session.exec(rows.where(col(Nomination.id).in_(ids))) if one is not None}


def get_to_score(session: Session, viewer: Viewer, nomination_id: int) -> Nomination:
    """A candidate that the viewer scores: on the panel, screened, not barred. Raises NotFound."""
    row = session.get(Nomination, nomination_id)
    member = session.get(Panelist, (row.opportunity_id, viewer.user_id)) if row else None
    if row is None or row.id is None or member is None or member.left_at is not None:
        raise NotFound(NO_CANDIDATE)
    if row.state not in ("screened", "scored") or not is_scoring(session, viewer, row.opportunity_id):
        raise NotFound(NO_CANDIDATE)
    if barred_from(session, viewer, [row.id]):
        raise NotFound(NO_CANDIDATE)
    return row


def list_to_score(session: Session, viewer: Viewer, opportunity_id: int) -> list[Nomination]:
    """Candidates that the viewer scores, by their codes."""
    rows = select(Nomination).where(
        Nomination.opportunity_id == opportunity_id, col(Nomination.state).in_(["screened", "scored"])
    )
    found = list(session.exec(rows.order_by(col(Nomination.id))))
    barred = barred_from(session, viewer, [row.id for row in found if row.id is not None])
    return [row for row in found if row.id not in barred]


def names_of(session: Session, nomination: Nomination) -> list[str]:
    """Words that would tell a scorer who a candidate is."""
    user = get_user(session, nomination.user_id)
    body = get_organisation(session, nomination.organisation_id)
    return [user.name, *user.name.split(), user.email, user.email.split("@")[0], body.name, body.acronym]


def get_report(session: Session, nomination_id: int) -> ReportBack | None:
    """What is owed, or was given, after a course, of a nomination that was looked at before."""
    return session.get(ReportBack, nomination_id)


def count_seated(session: Session, opportunity_id: int) -> int:
    """Seats of an opportunity that are given; those that a host named are beside them."""
    rows = select(func.count()).select_from(Nomination).where(Nomination.opportunity_id == opportunity_id)
    shared = col(Nomination.is_named_by_host).is_(False)
    return session.exec(rows.where(shared, col(Nomination.state).in_(SEATED))).one()
