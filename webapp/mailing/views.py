"""The bell's page, one's choices about mail, and the link that stops mails."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.content import ContentRef
from core.errors import Invalid, NotFound
from core.mail import preferences
from core.mail.models import Delivery
from core.mail.preferences import PreferenceDraft
from core.mail.schedule import preference_of
from core.notices import mark_read_about, mark_read_until, page_of
from core.paging import Page
from webapp.forms import parse_draft
from webapp.mailing.message import user_of_token
from webapp.mailing.wording import lines_for
from webapp.runtime import current_runtime
from webapp.session import viewer

blueprint = Blueprint("mailing", __name__, template_folder="templates")
PAGE_SIZE = 30
CHOICES = ("delivery", "hour", "weekday", "quiet_from", "quiet_until")


@blueprint.get("/notices")
def notices() -> str:
    """All notices, newest first."""
    me, page = viewer(), Page.parse(request.args.get("page"), PAGE_SIZE)
    with current_runtime().reading() as session:
        found = page_of(session, me.user_id, page)
        return render_template(
            "mailing/notices.html",
            lines=lines_for(current_runtime().parts, session, me, found.notices),
            last_id=max((one.id or 0 for one in found.notices), default=0),
            page=page,
            pages=page.count(found.total),
        )


@blueprint.post("/notices/read")
def read() -> Response:
    """What stood on the page is read; what came since is not."""
    last = request.form.get("last", "")
    with current_runtime().work(viewer()) as work:
        if last.isdecimal() and len(last) < 10:
            mark_read_until(work.session, viewer().user_id, work.now, int(last))
    return redirect(url_for("mailing.notices"), 303)


@blueprint.post("/notices/open")
def follow_up() -> Response:
    """Open what a notice is about; the notice is read with it."""
    runtime, me = current_runtime(), viewer()
    try:
        ref = ContentRef.parse(request.form.get("ref", ""))
    except ValueError:
        raise NotFound from None
    with runtime.work(me) as work:
        if ref not in runtime.parts.titles(work.session, me, [ref]):
            raise NotFound
        mark_read_about(work.session, me.user_id, work.now, ref)
    return redirect(runtime.parts.url_of(ref), 303)


@blueprint.get("/account/mail")
def choices() -> str:
    """How one wants to be told."""
    with current_runtime().reading() as session:
        row = preference_of(session, viewer().user_id)
    values = {name: "" if getattr(row, name) is None else str(getattr(row, name)) for name in CHOICES}
    return _choices_page(values, {})


@blueprint.post("/account/mail")
def choose() -> Response | tuple[str, int]:
    """Store how one wants to be told."""
    values = {name: request.form.get(name, "") for name in CHOICES}
    try:
        draft = parse_draft(PreferenceDraft, values)
    except Invalid as error:
        return _choices_page(values, {"quiet_from": error.message, **error.fields}), 422
    with current_runtime().work(viewer()) as work:
        preferences.choose(work, viewer().user_id, draft)
    flash(_("Saved."), "success")
    return redirect(url_for("mailing.choices"), 303)


@blueprint.get("/mail/stop/<token>")
def stop(token: str) -> str:
    """The page behind the link in a mail: one button. Nothing is changed by only opening it, as scanners do."""
    if user_of_token(current_app, token) is None:
        raise NotFound
    return render_template("mailing/stop.html", token=token, is_done=False)


@blueprint.post("/mail/stop/<token>")
def stopped(token: str) -> str:
    """No more mails: by the button, or by a mail program in one click (RFC 8058). Signing in is not needed."""
    user_id = user_of_token(current_app, token)
    if user_id is None:
        raise NotFound
    with current_runtime().work() as work:
        preferences.stop(work, user_id)
    return render_template("mailing/stop.html", token=token, is_done=True)


def _choices_page(values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "mailing/choices.html",
        values=values,
        errors=errors,
        deliveries=[
            (Delivery.AT_ONCE.value, _("At once")),
            (Delivery.DAILY.value, _("Once a day")),
            (Delivery.WEEKLY.value, _("Once a week")),
            (Delivery.OFF.value, _("Not by mail")),
        ],
        hours=[("", "-"), *((str(hour), f"{hour:02}:00") for hour in range(24))],
        sends_mail=bool(current_runtime().settings.smtp_host),
    )
