"""Registering, and what organisers do with registrations: approve, decline, attendance, messages."""

from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.errors import Invalid, NotFound, require
from events_calendar import policy, queries, service
from events_calendar.drafts import AttendanceDraft, MessageDraft, ReasonDraft, RegistrationDraft
from events_calendar.models import Standing
from webapp.calendar import times
from webapp.calendar.certificate import make_certificate
from webapp.calendar.presence import present_code, present_token, qr_svg, read_present
from webapp.calendar.site import blueprint
from webapp.forms import parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer


@blueprint.get("/events/<int:event_id>/register")
def registration(event_id: int) -> str:
    """The form to register with."""
    return _registration_page(event_id, [], {}, "")


@blueprint.post("/events/<int:event_id>/register")
def register(event_id: int) -> Response | tuple[str, int]:
    """Ask for a seat."""
    answers = request.form.getlist("answers")
    try:
        with current_runtime().work(viewer()) as work:
            draft = parse_draft(RegistrationDraft, {"answers": answers})
            row = service.register(work, viewer(), event_id, draft)
            standing = row.standing
    except Invalid as error:
        return _registration_page(event_id, answers, error.fields, error.message), 422
    told = {
        Standing.CONFIRMED: _("You are registered."),
        Standing.WAITING: _("Every seat is taken: you are on the wait-list, in the order of joining."),
        Standing.REQUESTED: _("Your request waits for approval. You will be told."),
    }
    flash(told.get(Standing(standing), _("You are registered.")), "success")
    return _back(event_id)


@blueprint.post("/events/<int:event_id>/withdraw")
def withdraw(event_id: int) -> Response:
    """Give a seat, an offer or a place in line back."""
    with current_runtime().work(viewer()) as work:
        service.withdraw(work, viewer(), event_id)
    flash(_("Withdrawn. The seat goes to the next in line."), "success")
    return _back(event_id)


@blueprint.post("/events/<int:event_id>/accept")
def accept(event_id: int) -> Response:
    """Take an offered seat."""
    with current_runtime().work(viewer()) as work:
        service.accept_offer(work, viewer(), event_id)
    flash(_("The seat is yours."), "success")
    return _back(event_id)


@blueprint.get("/events/<int:event_id>/organise")
def organise(event_id: int) -> str:
    """The organiser's page: registrations, attendance, messages, minutes."""
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        detail = queries.get_detail(session, me, event_id)
        require(policy.can_manage(me, detail.event, detail.organisers), _("Only who manages the event may do this."))
        now = runtime.clock.now()
        return render_template(
            "calendar/organise.html",
            detail=detail,
            event=detail.event,
            attendees=queries.list_attendees(session, event_id),
            has_begun=detail.event.starts_at <= now,
            now=now,
        )


@blueprint.post("/events/<int:event_id>/registrations/<int:registration_id>")
def decide(event_id: int, registration_id: int) -> Response:
    """Approve or decline a registration."""
    runtime = current_runtime()
    with runtime.work(viewer()) as work:
        queries.get_event(work.session, viewer(), event_id)
        if request.form.get("verb") == "approve":
            service.approve_registration(work, viewer(), event_id, registration_id)
        else:
            queries.get_registration(work.session, event_id, registration_id)
            draft = parse_draft(ReasonDraft, {"reason": request.form.get("reason", "")})
            service.decline_registration(work, viewer(), event_id, registration_id, draft)
    flash(_("Done. Who asked is told."), "success")
    return redirect(
        url_for("calendar.mine" if request.form.get("next") == "mine" else "calendar.organise", event_id=event_id), 303
    )


@blueprint.post("/events/<int:event_id>/attendance")
def attendance(event_id: int) -> Response:
    """Who was there, by list."""
    with current_runtime().work(viewer()) as work:
        queries.get_event(work.session, viewer(), event_id)
        draft = parse_draft(AttendanceDraft, {"attended": request.form.getlist("attended")})
        service.mark_attendance(work, viewer(), event_id, draft)
    flash(_("Attendance is noted."), "success")
    return redirect(url_for("calendar.organise", event_id=event_id), 303)


@blueprint.post("/events/<int:event_id>/message")
def message(event_id: int) -> Response:
    """Tell everybody who takes part."""
    with current_runtime().work(viewer()) as work:
        queries.get_event(work.session, viewer(), event_id)
        draft = parse_draft(MessageDraft, {"text": request.form.get("text", "")})
        service.tell_participants(work, viewer(), event_id, draft)
    flash(_("Those who take part are told; it stands on the page of the event."), "success")
    return redirect(url_for("calendar.organise", event_id=event_id), 303)


@blueprint.get("/events/<int:event_id>/code.svg")
def code(event_id: int) -> Response:
    """The code to show in the room, for phones to scan."""
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        detail = queries.get_detail(session, me, event_id)
        require(policy.can_manage(me, detail.event, detail.organisers), _("Only who manages the event may do this."))
    address = url_for("calendar.present", event_id=event_id, token=present_token(event_id), _external=True)
    return Response(qr_svg(present_code(address)), mimetype="image/svg+xml")


@blueprint.get("/events/<int:event_id>/present/<token>")
def present(event_id: int, token: str) -> str:
    """Where the code leads: one press says that one is there."""
    with current_runtime().reading() as session:
        event = queries.get_event(session, viewer(), event_id)
        _check_present(event_id, token)
        mine = queries.find_registration(session, event_id, viewer().user_id)
        can = policy.can_say_present(event, mine, current_runtime().clock.now())
        return render_template("calendar/present.html", event=event, token=token, can=can, mine=mine)


@blueprint.post("/events/<int:event_id>/present/<token>")
def say_present(event_id: int, token: str) -> Response:
    """He is there."""
    with current_runtime().work(viewer()) as work:
        queries.get_event(work.session, viewer(), event_id)
        _check_present(event_id, token)
        service.say_present(work, viewer(), event_id)
    flash(_("Thank you: your attendance is noted."), "success")
    return _back(event_id)


@blueprint.post("/events/<int:event_id>/certificate")
def certificate(event_id: int) -> Response:
    """One's own certificate of attendance as PDF. Its code is made on first use and stays."""
    runtime = current_runtime()
    with runtime.work(viewer()) as work:
        row = service.issue_certificate(work, viewer(), event_id)
        found = queries.get_certified(work.session, row.certificate or "")
    check = url_for("calendar.check_certificate", code=row.certificate, _external=True)
    data = make_certificate(
        name=found.name,
        organisation=found.organisation,
        event=found.event,
        when=times.when(
            found.event.starts_at,
            found.event.ends_at,
            found.event.zone,
            is_all_day=found.event.is_all_day,
            is_local=True,
        ),
        code=row.certificate or "",
        address=check,
    )
    return send_file(BytesIO(data), "application/pdf", as_attachment=True, download_name=f"certificate-{event_id}.pdf")


@blueprint.get("/certificates/<code>")
def check_certificate(code: str) -> tuple[str, int]:
    """Whether a certificate is ours. Open to everybody who holds one: it says no more than its paper, and titles of TLP:CLEAR only."""
    with current_runtime().reading() as session:
        try:
            found = queries.get_certified(session, code.strip().upper())
        except NotFound:
            return render_template("calendar/certificate.html", found=None, code=code[:40]), 404
        return render_template("calendar/certificate.html", found=found, code=code), 200


def _registration_page(event_id: int, answers: list[str], errors: dict[str, str], message: str) -> str:
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        detail = queries.get_detail(session, me, event_id)
        return render_template(
            "calendar/register.html",
            detail=detail,
            event=detail.event,
            answers=answers + [""] * len(detail.event.questions),
            errors=errors,
            message=message,
            is_open=policy.is_open(detail.event, runtime.clock.now()),
            clashes=queries.clashes_of(session, me, detail.event),
        )


def _check_present(event_id: int, token: str) -> None:
    if not read_present(event_id, token):
        raise NotFound(queries.NOT_HERE)


def _back(event_id: int) -> Response:
    return redirect(url_for("calendar.show", event_id=event_id), 303)
