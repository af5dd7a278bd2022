"""People: find, add, correct, give roles, move, vouch for, disable, reset."""

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.access import Viewer
from core.accounts import AccountDraft, make_password
from core.administration import members, policy
from core.administration.lists import PeopleFilter, PersonState, find_people
from core.errors import Conflict, DomainError, Invalid, NotFound, require
from core.people import Organisation, Role, list_organisations
from core.uow import UnitOfWork
from webapp.administration.listing import asked, number_of, read_page
from webapp.errors import problem_of
from webapp.forms import parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.wording.i18n import INTERFACE_LANGUAGES, ROLE_LABELS

blueprint = Blueprint("people", __name__, url_prefix="/admin/people", template_folder="templates")
STATE_LABELS = {
    PersonState.ACTIVE: _l("Open and verified"),
    PersonState.UNVERIFIED: _l("Not verified"),
    PersonState.DISABLED: _l("Disabled"),
}
ACTIONS: Mapping[str, tuple[Callable[[UnitOfWork, Viewer, int], object], LazyString]] = {
    "verify": (members.verify_person, _l("Verified: the markings of the organisation are open to this person now.")),
    "unverify": (
        members.unverify_person,
        _l("Not verified any more: this person sees nothing until somebody vouches."),
    ),
    "disable": (members.disable_person, _l("Disabled. Every session of this person has ended.")),
    "enable": (members.enable_person, _l("The account is open again, with the password it had.")),
    "end-sessions": (members.end_person_sessions, _l("This person is signed out everywhere.")),
}
"""What one button does to a person, and what is said of it."""


@blueprint.get("/")
def index() -> str:
    """A list to search, narrow and sort."""
    wanted = PeopleFilter(asked("q"), number_of(asked("organisation")), asked("role"), asked("state"), asked("sort"))
    with current_runtime().reading() as session:
        listing = read_page(lambda page: find_people(session, viewer(), wanted, page))
        return render_template(
            "administration/people.html",
            listing=listing,
            wanted=wanted,
            organisations={one.id: one for one in list_organisations(session)},
            states=STATE_LABELS,
            can_filter=policy.can_manage_organisations(viewer()),
        )


@blueprint.get("/new")
def new() -> str:
    """The form to add a person."""
    require(policy.can_see_people(viewer()), members.NOT_YOURS)
    return _new_form({"language": "en"}, [Role.OFFICER.value])


@blueprint.post("/new")
def add() -> Response | str | tuple[str, int]:
    """Add a person; the first password stands on the page that answers, and nowhere else."""
    values = {name: request.form.get(name, "") for name in ("email", "name", "rank", "organisation", "language")}
    roles = request.form.getlist("roles")
    password = make_password()
    try:
        with current_runtime().work(viewer()) as work:
            draft = parse_draft(AccountDraft, {**values, "roles": roles or [Role.OFFICER.value]})
            user = members.add_person(work, viewer(), draft, password.hash)
            number = user.id
    except (Invalid, Conflict, NotFound) as error:
        require(policy.can_see_people(viewer()), members.NOT_YOURS)
        return _new_form(values, roles, error), problem_of(error).status
    return _password_page(number or 0, draft.name, draft.email, password.text, is_new=True)


@blueprint.get("/<int:user_id>")
def show(user_id: int) -> str:
    """A person and what may be done."""
    return _page(user_id)


@blueprint.post("/<int:user_id>")
def edit(user_id: int) -> Response | tuple[str, int]:
    """Correct name and rank."""
    values = {name: request.form.get(name, "") for name in ("name", "rank")}
    try:
        with current_runtime().work(viewer()) as work:
            members.get_person(work.session, viewer(), user_id)
            members.edit_person(work, viewer(), user_id, parse_draft(members.PersonChanges, values))
    except Invalid as error:
        return _page(user_id, values, error.fields), 422
    return _back(user_id, _("Saved."))


@blueprint.post("/<int:user_id>/roles")
def roles(user_id: int) -> Response:
    """Give exactly the roles that are ticked."""
    chosen = frozenset(role for role in Role if role.value in request.form.getlist("roles"))
    with current_runtime().work(viewer()) as work:
        members.change_roles(work, viewer(), user_id, chosen)
    return _back(user_id, _("The roles are changed. They hold from the next page this person opens."))


@blueprint.post("/<int:user_id>/move")
def move(user_id: int) -> Response:
    """Let the person belong to another organisation."""
    target = number_of(request.form.get("organisation_id", ""))
    with current_runtime().work(viewer()) as work:
        members.get_person(work.session, viewer(), user_id)
        if target is None:
            raise Invalid("Choose an organisation.")
        members.move_person(work, viewer(), user_id, target)
    return _back(user_id, _("Moved. What this person sees follows at once."))


@blueprint.post("/<int:user_id>/reset")
def reset(user_id: int) -> str:
    """A new password, shown once. A disabled account stays disabled."""
    # Argon2 takes its time: nobody else could write if a unit of work were open.
    password = make_password()
    with current_runtime().work(viewer()) as work:
        members.reset_person_password(work, viewer(), user_id, password.hash)
        user = members.get_person(work.session, viewer(), user_id).user
        name, email = user.name, user.email
    return _password_page(user_id, name, email, password.text, is_new=False)


def act(user_id: int, action: str) -> Response:
    """One of the things a button does."""
    change, text = ACTIONS[action]
    with current_runtime().work(viewer()) as work:
        change(work, viewer(), user_id)
    return _back(user_id, str(text))


def endpoint_of(action: str) -> str:
    """The name of the view behind a button."""
    return action.replace("-", "_")


for _action in ACTIONS:
    blueprint.add_url_rule(
        f"/<int:user_id>/{_action}",
        endpoint_of(_action),
        act,
        defaults={"action": _action},
        methods=["POST"],
    )


def _back(user_id: int, text: str) -> Response:
    flash(text, "success")
    try:
        with current_runtime().reading() as session:
            members.get_person(session, viewer(), user_id)
    except NotFound:
        # Moved out of what this viewer looks after.
        return redirect(url_for("people.index"), 303)
    return redirect(url_for("people.show", user_id=user_id), 303)


def _page(user_id: int, values: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> str:
    me = viewer()
    with current_runtime().reading() as session:
        row = members.get_person(session, me, user_id)
        user = row.user
        return render_template(
            "administration/person.html",
            row=row,
            values=values or {"name": user.name, "rank": user.rank},
            errors=errors or {},
            organisations={one.id: one for one in list_organisations(session)},
            can_manage=policy.can_manage_person(me, user_id, user.organisation_id, row.roles),
            can_change_roles=policy.can_change_roles(me, user_id),
            can_read_audit=policy.can_read_audit(me),
        )


def _new_form(values: dict[str, str], roles: list[str], error: DomainError | None = None) -> str:
    with current_runtime().reading() as session:
        return render_template(
            "administration/new_person.html",
            values=values,
            roles=roles,
            message=error.message if error else "",
            errors=error.fields if isinstance(error, Invalid) else {},
            organisations=[(one.key, one.name) for one in _choices(session)],
            role_choices=[(role.value, label) for role, label in ROLE_LABELS.items()]
            if policy.can_manage_organisations(viewer())
            else [],
            languages=list(INTERFACE_LANGUAGES.items()),
        )


def _choices(session: Session) -> list[Organisation]:
    return [
        one
        for one in list_organisations(session)
        if one.id is not None and one.retired_at is None and policy.can_see_person(viewer(), one.id)
    ]


def _password_page(user_id: int, name: str, email: str, password: str, *, is_new: bool) -> str:
    return render_template(
        "administration/password.html", user_id=user_id, name=name, email=email, password=password, is_new=is_new
    )
