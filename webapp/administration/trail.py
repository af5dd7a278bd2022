"""The audit trail: filter, read, prove that nothing was changed or removed."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from core import audit
from core.administration import policy
from core.errors import Message, require
from core.people import User, find_user_by_email
from webapp.administration.listing import Listing, asked, number_of, read_page
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.wording.i18n import select_zone

blueprint = Blueprint("trail", __name__, url_prefix="/admin/audit", template_folder="templates")
NOT_YOURS = Message("The audit trail is read by administrators.")
LONGEST_END = 100
NOBODY = -1
"""The id of no person: an address that nobody has finds no event."""


@blueprint.get("/")
def index() -> str:
    """Events by person, action, object and time, the newest first."""
    require(policy.can_read_audit(viewer()), NOT_YOURS)
    with current_runtime().reading() as session:
        wanted = _wanted(session)
        listing = read_page(lambda page: audit.find_events(session, wanted, page))
        return render_template(
            "administration/trail.html",
            listing=listing,
            people=_people(session, listing),
            actions=audit.list_actions(session),
            kinds=audit.list_kinds(session),
        )


@blueprint.post("/verify")
def verify() -> Response:
    """Walk the whole chain."""
    require(policy.can_read_audit(viewer()), NOT_YOURS)
    with current_runtime().reading() as session:
        verdict = audit.verify(session, request.form.get("seen", "").strip()[:LONGEST_END])
    with current_runtime().work(viewer()) as work:
        work.audit("audit.verified", events=verdict.events, is_intact=verdict.is_intact)
    if verdict.is_intact:
        flash(
            _("The audit chain is intact: %(events)s events, end %(end)s", events=verdict.events, end=verdict.end),
            "success",
        )
    else:
        flash(_("The audit chain is broken: %(problem)s.", problem=verdict.problem), "danger")
    return redirect(url_for("trail.index"), 303)


def _wanted(session: Session) -> audit.TrailFilter:
    email = asked("person", 254)
    person = find_user_by_email(session, email) if email else None
    return audit.TrailFilter(
        actor_id=(person.id if person else NOBODY) if email else None,
        action=asked("action"),
        kind=asked("kind"),
        object_id=number_of(asked("object")),
        since=_midnight(asked("since")),
        until=_midnight(asked("until"), days=1),
    )


def _midnight(text: str, days: int = 0) -> datetime | None:
    """The beginning of a day in the reader's time zone, or of one some days later; None for what is no date."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return datetime.combine(day, time(), select_zone()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _people(session: Session, listing: Listing[audit.AuditEvent]) -> dict[int, User]:
    ids = {event.actor_id for event in listing.rows if event.actor_id is not None}
    ids |= {event.object_id for event in listing.rows if event.kind == "user" and event.object_id is not None}
    return {one.id: one for one in session.exec(select(User).where(col(User.id).in_(ids))) if one.id is not None}
