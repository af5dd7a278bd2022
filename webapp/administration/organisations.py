"""Organisations: find, add, edit, retire, and whom they serve."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.access import Marking
from core.administration import organisations, policy
from core.administration.lists import OrganisationFilter, find_organisations
from core.administration.publishers import has_publisher
from core.errors import Conflict, DomainError, Invalid, NotFound, require
from core.people import Organisation, OrganisationKind, get_organisation, list_organisations
from core.taxonomy import country_names
from webapp.administration.listing import asked, read_page
from webapp.errors import problem_of
from webapp.forms import parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.wording.i18n import ORGANISATION_KINDS
from webapp.wording.vocabulary import country_label

blueprint = Blueprint("organisations", __name__, url_prefix="/admin/organisations", template_folder="templates")
FIELDS = ("key", "name", "acronym", "kind", "parent", "country", "default_marking", "reviewed_by")


@blueprint.get("/")
def index() -> str:
    """A list to search and sort."""
    wanted = OrganisationFilter(asked("q"), asked("kind"), asked("state"), asked("sort"))
    with current_runtime().reading() as session:
        listing = read_page(lambda page: find_organisations(session, viewer(), wanted, page))
        names = {one.id: one.name for one in list_organisations(session)}
    return render_template(
        "administration/organisations.html", listing=listing, wanted=wanted, names=names, kinds=ORGANISATION_KINDS
    )


@blueprint.get("/new")
def new() -> str:
    """The form to add one; the unit reviews unless somebody says otherwise."""
    require(policy.can_manage_organisations(viewer()), organisations.NOT_YOURS)
    with current_runtime().reading() as session:
        unit = next((one.key for one in list_organisations(session) if one.kind == OrganisationKind.IPCU), "")
        values = {"kind": OrganisationKind.POLICE.value, "default_marking": Marking.AMBER_STRICT.value}
        return _form(session, {**values, "reviewed_by": unit})


@blueprint.post("/new")
def add() -> Response | tuple[str, int]:
    """Add one."""
    values = _typed()
    try:
        with current_runtime().work(viewer()) as work:
            draft = parse_draft(organisations.OrganisationDraft, values)
            organisation = organisations.add_organisation(work, viewer(), draft)
            number, is_covered = organisation.id, has_publisher(work.session, organisation)
    except (Invalid, Conflict, NotFound) as error:
        with current_runtime().reading() as session:
            return _form(session, values, error=error), problem_of(error).status
    current_runtime().reference.forget()
    flash(_("%(name)s is added.", name=draft.name), "success")
    _warn(is_covered=is_covered)
    return redirect(url_for("organisations.show", organisation_id=number), 303)


@blueprint.get("/<int:organisation_id>")
def show(organisation_id: int) -> str:
    """What is known of one, to be changed here."""
    require(policy.can_manage_organisations(viewer()), organisations.NOT_YOURS)
    with current_runtime().reading() as session:
        organisation = get_organisation(session, organisation_id)
        return _form(session, _values(session, organisation), organisation)


@blueprint.post("/<int:organisation_id>")
def edit(organisation_id: int) -> Response | tuple[str, int]:
    """Change it."""
    values = _typed()
    try:
        with current_runtime().work(viewer()) as work:
            draft = parse_draft(organisations.OrganisationChanges, values)
            organisation = organisations.edit_organisation(work, viewer(), organisation_id, draft)
            is_covered = has_publisher(work.session, organisation)
    except Invalid as error:
        require(policy.can_manage_organisations(viewer()), organisations.NOT_YOURS)
        with current_runtime().reading() as session:
            organisation = get_organisation(session, organisation_id)
            return _form(session, {**values, "key": organisation.key}, organisation, error), 422
    current_runtime().reference.forget()
    flash(_("Saved."), "success")
    _warn(is_covered=is_covered)
    return redirect(url_for("organisations.show", organisation_id=organisation_id), 303)


@blueprint.post("/<int:organisation_id>/retire")
def retire(organisation_id: int) -> Response:
    """No new people and records from now on."""
    with current_runtime().work(viewer()) as work:
        organisations.retire_organisation(work, viewer(), organisation_id)
    flash(_("Retired. What it shared stays readable."), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id), 303)


@blueprint.post("/<int:organisation_id>/reopen")
def reopen(organisation_id: int) -> Response:
    """In use again."""
    with current_runtime().work(viewer()) as work:
        organisations.reopen_organisation(work, viewer(), organisation_id)
    flash(_("In use again."), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id), 303)


@blueprint.post("/<int:organisation_id>/clients")
def clients(organisation_id: int) -> Response:
    """Declare or revoke whom it serves; who sees its TLP:AMBER follows in the same transaction."""
    client, is_revoked = request.form.get("client", ""), request.form.get("revoke") == "1"
    change = organisations.revoke_client if is_revoked else organisations.declare_client
    runtime = current_runtime()
    require(policy.can_manage_organisations(viewer()), organisations.NOT_YOURS)
    with runtime.work(viewer()) as work:
        key = get_organisation(work.session, organisation_id).key
        is_changed = change(work, viewer(), key, client)
        count = runtime.parts.renew_audiences(work, organisation_id) if is_changed else 0
    flash(_("Saved. Seen differently from now on: %(count)s.", count=count), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id), 303)


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in FIELDS}


def _values(session: Session, organisation: Organisation) -> dict[str, str]:
    keys = {one.id: one.key for one in list_organisations(session)}
    values = {name: str(getattr(organisation, name, "") or "") for name in FIELDS}
    parent, reviewer = keys.get(organisation.parent_id, ""), keys.get(organisation.reviewed_by_id, "")
    return {**values, "parent": parent, "reviewed_by": reviewer}


def _form(
    session: Session,
    values: dict[str, str],
    organisation: Organisation | None = None,
    error: DomainError | None = None,
) -> str:
    known = [one for one in list_organisations(session) if organisation is None or one.id != organisation.id]
    served = organisations.clients_by_organisation(session).get(organisation.id or 0, []) if organisation else []
    return render_template(
        "administration/organisation.html",
        organisation=organisation,
        values=values,
        message=error.message if error else "",
        errors=error.fields if isinstance(error, Invalid) else {},
        known=[(one.key, one.name) for one in known if one.retired_at is None or one.key in values.values()],
        clients=[one for one in known if one.key in served],
        others=[(one.key, one.name) for one in known if one.key not in served and one.retired_at is None],
        kinds=ORGANISATION_KINDS,
        countries=sorted(((code, country_label(code)) for code in country_names()), key=lambda pair: pair[1]),
        markings=[(one.value, one.label) for one in Marking],
    )


def _warn(*, is_covered: bool) -> None:
    if not is_covered:
        flash(
            _(
                "Nobody can publish its drafts yet: no librarian may read what it marks by default. Add a librarian to it "
                "or to an organisation above it, or choose an organisation that reviews for it."
            ),
            "warning",
        )
