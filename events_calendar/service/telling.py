"""Who is told of what happens to an event, and what falls due for it."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from core.access import load_tokens, viewer_of
from core.deadlines import drop_deadlines, set_deadline
from core.following import TOPIC, Level, followers_of
from core.people import Role, User, UserRole
from core.tagging import topics_of
from core.uow import UnitOfWork
from events_calendar.models import KIND, SERIES, STANDING_IN, Approval, Event, Registration, Standing
from events_calendar.queries import organisers_of

FOLLOWED_KIND = "event-kind"
"""Scope of a followed kind of event, as in `event-kind:webinar`."""
STARTS, OFFER, MINUTES, REVIEW, OVER = "event.starts", "event.offer", "event.minutes", "event.review", "event.over"
OPENS = "event.opens"
"""Names of the deadlines of an event."""
REMIND_BEFORE = timedelta(days=1)
MINUTES_WITHIN = timedelta(days=7)
REVIEW_WITHIN = timedelta(days=14)
_HEARING = frozenset({Level.WATCHING, Level.FIRST_POST})


def tell_registered(
    work: UnitOfWork, event: Event, name: str, standings: Collection[Standing] = STANDING_IN, *, but: int | None = None
) -> None:
    """Tell those who stand so; `but` is somebody who knows already."""
    wanted = sorted(one.value for one in standings)
    rows = select(Registration.user_id).where(
        Registration.event_id == event.id, col(Registration.standing).in_(wanted), Registration.user_id != (but or 0)
    )
    for user_id in work.session.exec(rows.order_by(col(Registration.user_id))).all():
        work.notify(user_id, name, event.ref, {})


def tell_followers(work: UnitOfWork, event: Event, name: str, *, but: int | None = None) -> None:
    """Tell those who follow the event, its series, one of its topics or its kind, and who may see it."""
    people = followers_of(work.session, targets_of(work.session, event), _HEARING) - {but or 0}
    tokens = load_tokens(work.session, KIND, [event.ref.id])[event.ref.id]
    for user_id in sorted(people):
        user = work.session.get(User, user_id)
        if user is not None and viewer_of(work.session, user).sees(tokens):
            work.notify(user_id, name, event.ref, {})


def targets_of(session: Session, event: Event) -> Sequence[str]:
    """What somebody who wants to hear of the event may follow, from the nearest to the widest."""
    topics = topics_of(session, KIND, [event.ref.id]).get(event.ref.id, [])
    series = [f"{SERIES}:{event.series_id}"] if event.series_id else []
    return [str(event.ref), *series, *(f"{TOPIC}:{topic}" for topic in topics), f"{FOLLOWED_KIND}:{event.kind}"]


def tell_approvers(work: UnitOfWork, event: Event, registration: Registration) -> None:
    """Tell who has to agree that somebody waits for it."""
    people = {event.author_id, *organisers_of(work.session, event.ref.id)}
    if event.approval == Approval.SUPERVISOR:
        rows = select(User.id).join(UserRole, col(UserRole.user_id) == col(User.id))
        points = rows.where(
            UserRole.role == Role.FOCAL_POINT.value,
            User.organisation_id == registration.organisation_id,
            User.is_active,
        )
        people = {one for one in work.session.exec(points) if one is not None}
    for user_id in sorted(people - {registration.user_id}):
        work.notify(user_id, "event.requested", event.ref, {})


def remind_of_start(work: UnitOfWork, event: Event, user_id: int) -> None:
    """He is told a day before."""
    if event.starts_at - REMIND_BEFORE > work.now:
        set_deadline(work.session, event.ref, STARTS, event.starts_at, user_id=user_id, remind_before=REMIND_BEFORE)


def renew_deadlines(work: UnitOfWork, event: Event) -> None:
    """The start was moved: reminders and open offers move with it."""
    drop_deadlines(work.session, event.ref, [STARTS])
    rows = select(Registration).where(Registration.event_id == event.id)
    for row in work.session.exec(rows.where(Registration.standing == Standing.CONFIRMED.value)).all():
        remind_of_start(work, event, row.user_id)


def follow_end(work: UnitOfWork, event: Event) -> None:
    """Search is told when the event is over: that it is past is worked out, and nobody changes it then."""
    set_deadline(work.session, event.ref, OVER, event.ends_at, user_id=event.author_id)
