"""Minutes, and from them to a draft in the library."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.deadlines import meet_deadline
from core.errors import Invalid, require
from events_calendar import policy, queries, service
from events_calendar.drafts import MinutesDraft
from events_calendar.service.telling import REVIEW
from webapp.calendar.form import emails_of
from webapp.calendar.site import blueprint
from webapp.forms import parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer

FIELDS = ("body", "key_points", "recording_link")


@blueprint.get("/events/<int:event_id>/minutes")
def minutes(event_id: int) -> str:
    """The form for a new version of the minutes, with the last one in it."""
    with current_runtime().reading() as session:
        detail = queries.get_detail(session, viewer(), event_id)
    newest = detail.minutes[0] if detail.minutes else None
    values = {"body": newest.body_source, "key_points": newest.key_points} if newest else {}
    return _page(event_id, {**values, "recording_link": detail.event.recording_link}, None)


@blueprint.post("/events/<int:event_id>/minutes")
def write_minutes(event_id: int) -> Response | tuple[str, int]:
    """Publish a new version."""
    values = {name: request.form.get(name, "") for name in FIELDS}
    try:
        with current_runtime().work(viewer()) as work:
            queries.get_event(work.session, viewer(), event_id)
            service.publish_minutes(work, viewer(), event_id, parse_draft(MinutesDraft, values))
    except Invalid as error:
        return _page(event_id, values, error), 422
    flash(_("The minutes are on the page; those who took part are told."), "success")
    return redirect(url_for("calendar.show", event_id=event_id) + "#minutes", 303)


@blueprint.get("/events/<int:event_id>/record")
def record(event_id: int) -> str:
    """What a library record made of the event would say; one press opens it as a draft in the library."""
    me = viewer()
    with current_runtime().reading() as session:
        detail = queries.get_detail(session, me, event_id)
        require(policy.can_manage(me, detail.event, detail.organisers), _("Only who manages the event may do this."))
        require(bool(detail.minutes), _("There are no minutes yet."))
        emails = emails_of(session, set(detail.recipients.users))
    return render_template(
        "calendar/record.html", detail=detail, event=detail.event, body=_body(detail), named=", ".join(emails.values())
    )


@blueprint.post("/events/<int:event_id>/reviewed")
def reviewed(event_id: int) -> Response:
    """The record that was to be made of the event is made, or is not needed."""
    with current_runtime().work(viewer()) as work:
        event = queries.get_event(work.session, viewer(), event_id)
        organisers = queries.organisers_of(work.session, event_id)
        require(policy.can_manage(viewer(), event, organisers), _("Only who manages the event may do this."))
        meet_deadline(work.session, event.ref, REVIEW, work.now, by=viewer().user_id)
        work.audit("event.reviewed", event.ref)
    flash(_("Noted."), "success")
    return redirect(url_for("calendar.organise", event_id=event_id), 303)


def _body(detail: queries.EventDetail) -> str:
    """Key points first, then the minutes, then where it comes from; who spoke is told unless the Chatham House Rule held."""
    newest, event = detail.minutes[0], detail.event
    points = [f"- {line.strip().removeprefix('- ')}" for line in newest.key_points.splitlines() if line.strip()]
    parts = ["## Key points\n\n" + "\n".join(points)] if points else []
    parts.append("## Minutes\n\n" + newest.body_source)
    source = f"[{event.title}]({url_for('calendar.show', event_id=event.ref.id)}), {event.starts_at.date()}"
    speakers = "" if event.is_chatham_house else ", ".join(event.speakers.splitlines())
    parts.append("## Source\n\n" + source + (f"\n\nSpeakers: {speakers}" if speakers else ""))
    return "\n\n".join(parts)


def _page(event_id: int, values: dict[str, str], error: Invalid | None) -> str:
    me = viewer()
    with current_runtime().reading() as session:
        detail = queries.get_detail(session, me, event_id)
        require(policy.can_manage(me, detail.event, detail.organisers), _("Only who manages the event may do this."))
        return render_template(
            "calendar/minutes.html",
            detail=detail,
            event=detail.event,
            values=values,
            errors=error.fields if error else {},
            message=error.message if error else "",
        )
