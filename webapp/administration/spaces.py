"""Spaces: those one may know of, joining and leaving, and for their leaders members and requests."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.administration import policy, space_members, spaces
from core.errors import Conflict, DomainError, Invalid, require
from core.people import SpaceKind
from webapp.administration.listing import asked, read_page
from webapp.errors import problem_of
from webapp.forms import parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.wording.i18n import SPACE_KINDS

blueprint = Blueprint("spaces", __name__, url_prefix="/spaces", template_folder="templates")


@blueprint.get("/")
def index() -> str:
    """Spaces this person may know of."""
    with current_runtime().reading() as session:
        listing = read_page(lambda page: spaces.list_spaces(session, viewer(), page, asked("q")))
    return render_template(
        "administration/spaces.html", listing=listing, kinds=SPACE_KINDS, can_open=policy.can_open_space(viewer())
    )


@blueprint.get("/new")
def new() -> str:
    """The form to open one."""
    require(policy.can_open_space(viewer()), spaces.NOT_YOURS)
    return _new_form({"kind": SpaceKind.RESTRICTED.value})


@blueprint.post("/new")
def add() -> Response | tuple[str, int]:
    """Open a space; who does it leads it."""
    values = {name: request.form.get(name, "") for name in ("key", "name", "kind", "description")}
    try:
        with current_runtime().work(viewer()) as work:
            space = spaces.open_space(work, viewer(), parse_draft(spaces.SpaceDraft, values))
            number = space.id
    except (Invalid, Conflict) as error:
        require(policy.can_open_space(viewer()), spaces.NOT_YOURS)
        return _new_form(values, error), problem_of(error).status
    flash(_("The space is open. You lead it."), "success")
    return redirect(url_for("spaces.show", space_id=number), 303)


@blueprint.get("/<int:space_id>")
def show(space_id: int) -> str:
    """A space with what this person may do in it."""
    return _page(space_id)


@blueprint.post("/<int:space_id>")
def edit(space_id: int) -> Response | tuple[str, int]:
    """Change what is said of it."""
    values = {name: request.form.get(name, "") for name in ("name", "kind", "description")}
    try:
        with current_runtime().work(viewer()) as work:
            spaces.led(work.session, viewer(), space_id)
            spaces.edit_space(work, viewer(), space_id, parse_draft(spaces.SpaceChanges, values))
    except Invalid as error:
        return _page(space_id, values, error.fields), 422
    return _back(space_id, _("Saved."))


@blueprint.post("/<int:space_id>/join")
def join(space_id: int) -> Response | tuple[str, int]:
    """Join an open space at once; ask the leaders of a closed one."""
    reason = request.form.get("reason", "")
    try:
        with current_runtime().work(viewer()) as work:
            row = spaces.get_space(work.session, viewer(), space_id)
            if row.space.kind == SpaceKind.OPEN:
                space_members.join_space(work, viewer(), space_id)
                text = _("You belong to this space now.")
            else:
                draft = parse_draft(space_members.JoinDraft, {"reason": reason})
                space_members.request_to_join(work, viewer(), space_id, draft)
                text = _("Your request is with the leaders of the space.")
    except Invalid as error:
        return _page(space_id, {"reason": reason}, error.fields), 422
    return _back(space_id, text)


@blueprint.post("/<int:space_id>/leave")
def leave(space_id: int) -> Response:
    """Belong to it no more."""
    with current_runtime().work(viewer()) as work:
        space_members.leave_space(work, viewer(), space_id)
    flash(_("You have left the space."), "success")
    return redirect(url_for("spaces.index"), 303)


@blueprint.post("/<int:space_id>/members")
def add_member(space_id: int) -> Response | tuple[str, int]:
    """Let a person belong to it."""
    email, is_leader = request.form.get("email", ""), request.form.get("is_leader") == "1"
    try:
        with current_runtime().work(viewer()) as work:
            space_members.add_member(work, viewer(), space_id, email, is_leader=is_leader)
    except Invalid as error:
        return _page(space_id, {"email": email}, error.fields), 422
    return _back(space_id, _("Added."))


@blueprint.post("/<int:space_id>/members/<int:user_id>/remove")
def remove_member(space_id: int, user_id: int) -> Response:
    """Take a person out."""
    with current_runtime().work(viewer()) as work:
        space_members.remove_member(work, viewer(), space_id, user_id)
    return _back(space_id, _("Removed."))


@blueprint.post("/<int:space_id>/members/<int:user_id>/lead")
def lead(space_id: int, user_id: int) -> Response:
    """Let a member lead, or lead no more."""
    is_leader = request.form.get("is_leader") == "1"
    with current_runtime().work(viewer()) as work:
        space_members.set_leader(work, viewer(), space_id, user_id, is_leader=is_leader)
    return _back(space_id, _("Saved."))


@blueprint.post("/requests/<int:request_id>")
def decide(request_id: int) -> Response:
    """Approve or refuse a request to join."""
    is_approved = request.form.get("decision") == "approve"
    with current_runtime().work(viewer()) as work:
        answer = request.form.get("answer", "")
        decided = space_members.decide_request(work, viewer(), request_id, approve=is_approved, answer=answer)
        space_id = decided.space_id
    return _back(space_id, _("Done. Who asked is told."))


def _back(space_id: int, text: str) -> Response:
    flash(text, "success")
    return redirect(url_for("spaces.show", space_id=space_id), 303)


def _page(space_id: int, values: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> str:
    me = viewer()
    with current_runtime().reading() as session:
        row = spaces.get_space(session, me, space_id)
        space, leads = row.space, spaces.leads(me, row)
        said = {"name": space.name, "kind": space.kind, "description": space.description, "reason": "", "email": ""}
        return render_template(
            "administration/space.html",
            row=row,
            values={**said, **(values or {})},
            errors=errors or {},
            leads=leads,
            members=space_members.list_members(session, me, space_id) if row.is_member or leads else [],
            requests=space_members.list_join_requests(session, me, space_id) if leads else [],
            asked=space_members.find_open_request(session, me, space_id),
            can_join=policy.can_join_space(me, SpaceKind(space.kind), space_id),
            kinds=SPACE_KINDS,
        )


def _new_form(values: dict[str, str], error: DomainError | None = None) -> str:
    return render_template(
        "administration/new_space.html",
        values=values,
        message=error.message if error else "",
        errors=error.fields if isinstance(error, Invalid) else {},
        kinds=SPACE_KINDS,
    )
