"""Signing in and out."""

from dataclasses import dataclass

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlmodel import Session
from werkzeug.wrappers import Response

from core import accounts
from core.people import Organisation, Role, User, list_users_with_role, names_of_organisations
from webapp.demo import DEMO_PASSWORD
from webapp.runtime import current_runtime
from webapp.session import (
    begin_session,
    current_account,
    home_path,
    leave_session,
    local_path,
    remember_device,
    session_id,
    session_rules,
    this_client,
    viewer,
)
from webapp.wording.i18n import ROLE_LABELS

blueprint = Blueprint("auth", __name__)


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """Demo accounts of one role."""

    role: Role
    people: list[User]


@blueprint.get("/sign-in")
def sign_in() -> Response | str:
    """The sign-in page; a person who is signed in goes on."""
    wanted = local_path(request.args.get("next", ""))
    if current_account() is not None:
        return redirect(wanted or home_path(), 303)
    return _page(wanted=wanted)


@blueprint.post("/sign-in")
def enter() -> Response | tuple[str, int]:
    """Sign in."""
    wanted, email = local_path(request.form.get("next", "")), request.form.get("email", "")
    client = this_client()
    try:
        signed = accounts.sign_in(current_runtime(), email, request.form.get("password", ""), client, session_rules())
    except accounts.TooManyAttempts as refused:
        answer = make_response(_page(wanted=wanted, email=email, message=refusal_text(refused)), 429)
        answer.headers["Retry-After"] = str(refused.minutes * 60)
        return answer
    if signed is None:
        return _page(wanted=wanted, email=email, message=_("E-mail address or password is not right.")), 422
    begin_session(signed)
    response = redirect(wanted or home_path(), 303)
    remember_device(response, client, signed)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Sign out here."""
    with current_runtime().work(viewer()) as work:
        accounts.end_session(work, viewer().user_id, session_id(), accounts.SessionEnd.SIGNED_OUT)
    leave_session()
    flash(_("You are signed out."), "success")
    return redirect(url_for("auth.sign_in"), 303)


def refusal_text(refused: accounts.TooManyAttempts) -> str:
    """What a person is told whom the throttle makes wait."""
    if refused.is_lifted_by_reset:
        said = ngettext(
            "Too many failed attempts. Please wait %(num)s minute, or ask an administrator for a reset.",
            "Too many failed attempts. Please wait %(num)s minutes, or ask an administrator for a reset.",
            refused.minutes,
        )
    else:
        said = ngettext(
            "Too many failed attempts from your network. Please wait %(num)s minute, "
            "or use a browser in which you signed in before.",
            "Too many failed attempts from your network. Please wait %(num)s minutes, "
            "or use a browser in which you signed in before.",
            refused.minutes,
        )
    return str(said)


def _page(*, wanted: str, email: str = "", message: str = "") -> str:
    groups: list[DemoGroup] = []
    organisations: dict[int, Organisation] = {}
    if current_runtime().settings.demo:
        with current_runtime().reading() as session:
            groups = demo_groups(session)
            ids = {person.organisation_id for group in groups for person in group.people}
            organisations = names_of_organisations(session, ids)
    return render_template(
        "auth/sign_in.html",
        wanted=wanted,
        email=email[: accounts.MAXIMUM_PASSWORD],
        message=message,
        demo_groups=groups,
        demo_password=DEMO_PASSWORD if groups else "",
        organisations=organisations,
    )


def demo_groups(session: Session) -> list[DemoGroup]:
    """Everybody who can sign in, once, under the widest of his roles."""
    seen: set[int | None] = set()
    groups = []
    for role in ROLE_LABELS:
        people = [person for person in list_users_with_role(session, role) if person.id not in seen]
        seen.update(person.id for person in people)
        if people:
            groups.append(DemoGroup(role, people))
    return groups
