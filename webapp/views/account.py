"""One's own account: language, time zone, password, sessions."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core import accounts
from core.clock import zone_names
from core.content import ContentRef
from core.errors import Invalid
from core.people import get_user
from webapp.runtime import current_runtime
from webapp.session import (
    begin_session,
    current_account,
    leave_session,
    local_path,
    session_id,
    session_rules,
    this_client,
    viewer,
)
from webapp.views.auth import refusal_text
from webapp.wording.i18n import INTERFACE_LANGUAGES, zone_choices

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("/")
def profile() -> str:
    """Who one is here, what one may change about it, and where one is signed in."""
    runtime = current_runtime()
    with runtime.reading() as session:
        sessions = accounts.list_sessions(session, viewer().user_id, session_rules(), runtime.clock.now())
    return render_template(
        "account/profile.html",
        sessions=sessions,
        this_session=session_id(),
        zones=zone_choices(),
        bureau=runtime.settings.time_zone,
    )


@blueprint.post("/language")
def set_language() -> Response:
    """Choose the language of the interface."""
    language = request.form.get("language", "")
    if language not in INTERFACE_LANGUAGES:
        raise Invalid(_("This language is not offered."))
    with current_runtime().work(viewer()) as work:
        user = get_user(work.session, viewer().user_id)
        user.language = language
        work.audit("user.language_changed", ContentRef("user", viewer().user_id), language=language)
    with force_locale(language):
        flash(_("The language is changed."), "success")
    return redirect(local_path(request.form.get("next", "")) or url_for("account.profile"), 303)


@blueprint.post("/time-zone")
def set_time_zone() -> Response:
    """Choose the time zone that days and times are shown in; none means the bureau's."""
    zone = request.form.get("time_zone", "")
    if zone and zone not in zone_names():
        raise Invalid("This time zone is not offered.")
    with current_runtime().work(viewer()) as work:
        user = get_user(work.session, viewer().user_id)
        user.time_zone = zone
        work.audit("user.time_zone_changed", ContentRef("user", viewer().user_id), time_zone=zone)
    flash(_("The time zone is changed."), "success")
    return redirect(url_for("account.profile"), 303)


@blueprint.get("/password")
def password() -> str:
    """The form to change one's password."""
    return _password_page({})


@blueprint.post("/password")
def change_password() -> Response | tuple[str, int]:
    """Change one's password. Every other session ends; this one goes on."""
    form, me, runtime = request.form, viewer(), current_runtime()
    current, new = form.get("current", ""), form.get("new", "")
    if new != form.get("again", ""):
        return _password_page({"again": _("The two new passwords differ.")}), 422
    try:
        signed = accounts.change_password(
            runtime, me.user_id, session_id(), current, new, this_client(), session_rules()
        )
    except Invalid as error:
        return _password_page(error.fields), 422
    except accounts.TooManyAttempts as refused:
        return _password_page({"current": refusal_text(refused)}), 429
    if signed is None:
        return _password_page({"current": _("This is not your current password.")}), 422
    begin_session(signed)
    flash(_("Your password is changed. You are signed out everywhere else."), "success")
    return redirect(url_for("account.profile"), 303)


@blueprint.post("/sessions/<int:number>/end")
def end_session(number: int) -> Response:
    """End one of one's sessions."""
    with current_runtime().work(viewer()) as work:
        accounts.end_session(work, viewer().user_id, number, accounts.SessionEnd.ENDED_BY_OWNER)
    if number == session_id():
        leave_session()
        flash(_("You are signed out."), "success")
        return redirect(url_for("auth.sign_in"), 303)
    flash(_("That session has ended."), "success")
    return redirect(url_for("account.profile"), 303)


@blueprint.post("/end-other-sessions")
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    _end_sessions(keep=session_id())
    flash(_("You are signed out everywhere else."), "success")
    return redirect(url_for("account.profile"), 303)


@blueprint.post("/end-sessions")
def end_sessions() -> Response:
    """Sign out everywhere, here too."""
    _end_sessions()
    leave_session()
    flash(_("You are signed out everywhere."), "success")
    return redirect(url_for("auth.sign_in"), 303)


def _end_sessions(*, keep: int | None = None) -> None:
    me = viewer()
    with current_runtime().work(me) as work:
        ended = accounts.end_sessions(work, me.user_id, accounts.SessionEnd.ENDED_BY_OWNER, keep=keep)
        work.audit("user.sessions_ended", ContentRef("user", me.user_id), sessions=ended)


def _password_page(errors: dict[str, str]) -> str:
    return render_template(
        "account/password.html",
        errors=errors,
        shortest=accounts.MINIMUM_PASSWORD,
        longest=accounts.MAXIMUM_PASSWORD,
        must_change=bool((account := current_account()) and account.user.must_change_password),
    )
