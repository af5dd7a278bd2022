"""An event's page, its editor, and the verbs of its life."""

from collections.abc import Callable
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import select
from werkzeug.wrappers import Response

from core.access import Viewer
from core.attachments import list_files
from core.errors import Conflict, Forbidden, Invalid, require
from core.following import list_followed
from core.people import get_organisation
from core.uow import UnitOfWork
from events_calendar import policy, queries, service
from events_calendar.drafts import ReasonDraft, SeriesDraft
from events_calendar.kinds import LIFECYCLE
from events_calendar.models import KIND, Event, EventMessage
from webapp.calendar import times
from webapp.calendar.form import EventForm, emails_of, event_choices, names_of
from webapp.calendar.site import blueprint
from webapp.errors import problem_of
from webapp.forms import parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.wording.i18n import interface_language
from webapp.wording.vocabulary import vocabulary


@blueprint.get("/events/<int:event_id>")
def show(event_id: int) -> str:
    """An event's page."""
    runtime, me = current_runtime(), viewer()
    now = runtime.clock.now()
    with runtime.reading() as session:
        detail = queries.get_detail(session, me, event_id)
        event = detail.event
        can_manage = policy.can_manage(me, event, detail.organisers)
        people = {event.author_id} | detail.organisers | detail.recipients.users
        hears = detail.mine is not None and detail.mine.stands
        messages = select(EventMessage).where(EventMessage.event_id == event_id).order_by(EventMessage.id.desc())  # type: ignore[union-attr]
        return render_template(
            "calendar/show.html",
            detail=detail,
            event=event,
            organisation=get_organisation(session, event.organisation_id),
            people=names_of(session, people),
            bodies=[get_organisation(session, one).name for one in sorted(detail.recipients.organisations)],
            files=list_files(session, KIND, event_id),
            messages=session.exec(messages).all() if hears or can_manage else [],
            clashes=queries.clashes_of(session, me, event),
            verbs=LIFECYCLE.verbs_from(event.state) if can_manage else (),
            can_manage=can_manage,
            can_edit=policy.can_edit(me, event, detail.organisers),
            is_open=policy.is_open(event, now),
            shows_link=policy.shows_link(me, event, detail.organisers, detail.mine, now),
            has_certificate=policy.has_certificate(event, detail.mine),
            related=runtime.parts.related(session, me, event.ref),
            is_followed=str(event.ref) in list_followed(session, me.user_id),
            words=vocabulary(session),
            now=now,
        )


@blueprint.get("/calendar/new")
def new() -> str:
    """An empty editor."""
    require(policy.can_create(viewer()))
    return _editor(EventForm.empty(viewer(), str(times.reader_zone()), interface_language()), None)


@blueprint.post("/calendar/new")
def create() -> Response | tuple[str, int]:
    """Save a new draft; with a rule, a series of them."""
    form = EventForm.posted(request.form)
    try:
        with current_runtime().work(viewer()) as work:
            draft = form.draft(work.session)
            if form.values["rule"].strip():
                rule = parse_draft(SeriesDraft, {name: form.values[name] for name in ("rule", "exceptions")})
                series, _events = service.create_series(work, viewer(), draft, rule)
                target = url_for("calendar.series", series_id=series.ref.id)
            else:
                event = service.create_event(work, viewer(), draft)
                target = url_for("calendar.show", event_id=event.ref.id)
    except Invalid as error:
        return _editor(form.failed(error), None), 422
    flash(_("Saved as a draft. Only those who manage it see it until it is announced."), "success")
    return redirect(target, 303)


@blueprint.get("/events/<int:event_id>/edit")
def edit(event_id: int) -> str:
    """The editor with an event in it."""
    with current_runtime().reading() as session:
        detail = queries.get_detail(session, viewer(), event_id)
        require(policy.can_edit(viewer(), detail.event, detail.organisers))
        emails = emails_of(session, set(detail.organisers | detail.recipients.users))
    return _editor(EventForm.of(detail, emails), event_id)


@blueprint.post("/events/<int:event_id>/edit")
def save(event_id: int) -> Response | tuple[str, int]:
    """Save changes to an event."""
    form = EventForm.posted(request.form)
    try:
        with current_runtime().work(viewer()) as work:
            draft = form.draft(work.session)
            if draft.revision is None:
                raise Invalid(_("This form does not say which version it started from."), {"revision": "missing"})
            service.edit_event(work, viewer(), event_id, draft)
    except (Invalid, Conflict, Forbidden) as error:
        # What was typed is never lost, whatever stood in its way; but only who manages the event gets the editor back.
        with current_runtime().reading() as session:
            event = queries.get_event(session, viewer(), event_id)
            organisers = queries.organisers_of(session, event_id)
            require(policy.can_manage(viewer(), event, organisers), error.message)
        if isinstance(error, Conflict):
            form = form.based_on(event.revision)
        return _editor(form.failed(error), event_id), problem_of(error).status
    flash(_("Saved. Who is registered is told when time or place changed."), "success")
    return _back(event_id)


@blueprint.post("/events/<int:event_id>/clone")
def clone(event_id: int) -> Response:
    """A new draft like this event, at another time."""
    starts = _local_time(request.form.get("starts", ""))
    with current_runtime().work(viewer()) as work:
        copy = service.clone_event(work, viewer(), event_id, starts)
        copy_id = copy.ref.id
    flash(_("Copied as a draft."), "success")
    return redirect(url_for("calendar.edit", event_id=copy_id), 303)


Verb = Callable[[UnitOfWork, Viewer, int], Event]
_PLAIN: dict[str, Verb] = {
    "announce": service.announce_event,
    "open": service.open_registration,
    "hold": service.hold_event,
    "close": service.close_event,
}
_WITH_REASON = {"postpone": service.postpone_event, "cancel": service.cancel_event}


@blueprint.post("/events/<int:event_id>/state")
def change(event_id: int) -> Response:
    """Announce, open, postpone, cancel, hold or close an event."""
    verb = request.form.get("verb", "")
    with current_runtime().work(viewer()) as work:
        if verb in _PLAIN:
            _PLAIN[verb](work, viewer(), event_id)
        elif verb in _WITH_REASON:
            queries.get_event(work.session, viewer(), event_id)
            draft = parse_draft(ReasonDraft, {"reason": request.form.get("reason", "")})
            _WITH_REASON[verb](work, viewer(), event_id, draft)
        else:
            queries.get_event(work.session, viewer(), event_id)
            abort(400)
    flash(_("Done. Who is concerned is told."), "success")
    return _back(event_id)


@blueprint.post("/series/<int:series_id>/exceptions")
def except_date(series_id: int) -> Response:
    """One start that the rule gives does not take place."""
    with current_runtime().work(viewer()) as work:
        queries.get_series(work.session, viewer(), series_id)
        slot = _moment(request.form.get("slot", ""))
        service.add_exception(work, viewer(), series_id, slot)
    flash(_("Left out of the series."), "success")
    return redirect(url_for("calendar.series", series_id=series_id), 303)


@blueprint.post("/series/<int:series_id>/announce")
def announce_series(series_id: int) -> Response:
    """Announce every event of a series that is still a draft, and open its registration."""
    with current_runtime().work(viewer()) as work:
        queries.get_series(work.session, viewer(), series_id)
        for event in queries.list_in_series(work.session, viewer(), series_id):
            if event.state == LIFECYCLE.initial:
                service.announce_event(work, viewer(), event.ref.id)
                service.open_registration(work, viewer(), event.ref.id)
    flash(_("The series is in the calendar."), "success")
    return redirect(url_for("calendar.series", series_id=series_id), 303)


def _editor(form: EventForm, event_id: int | None) -> str:
    with current_runtime().reading() as session:
        return render_template(
            "calendar/edit.html",
            form=form,
            event_id=event_id,
            choices=event_choices(session, viewer(), form.values),
        )


def _back(event_id: int) -> Response:
    return redirect(url_for("calendar.show", event_id=event_id), 303)


def _local_time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        message = _("Please give a day and a time.")
        raise Invalid(message, {"starts": message}) from error
    if found.tzinfo is not None or not 1970 <= found.year <= 2100:
        message = _("Please give a day and a time.")
        raise Invalid(message, {"starts": message})
    return found


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("Please give a day and a time.")) from error
    if found.tzinfo is None:
        raise Invalid(_("Please give a day and a time."))
    return found
