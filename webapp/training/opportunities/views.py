"""Opportunities: the catalogue, one opportunity with one's eligibility, the editor, a host's list, deadlines as a calendar."""

from dataclasses import replace
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.access import Marking
from core.content import ContentRef
from core.errors import Conflict, Forbidden, Invalid, require
from core.paging import Page
from core.people import User, get_organisation
from core.taxonomy import TOPICS, language_names
from training.nominations import queries as nominations
from training.nominations import service as nominating
from training.opportunities import policy, queries, service
from training.opportunities.drafts import StateDraft
from training.opportunities.lifecycle import BUTTONS, LIFECYCLE
from training.opportunities.models import OpportunityState
from training.opportunities.queries import Wanted
from webapp.errors import problem_of
from webapp.forms import FormState, parse_draft
from webapp.library.form import recipient_names
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.training.opportunities.calendar import calendar
from webapp.training.opportunities.form import choices, draft_of, empty_form, failed, form_of, posted_form
from webapp.training.opportunities.importing import OPTIONAL, REQUIRED, ImportRow, read_list
from webapp.training.opportunities.wording import KINDS, PAYERS, STATES, VERBS
from webapp.training.zone import bureau_zone
from webapp.wording.vocabulary import vocabulary

blueprint = Blueprint("opportunities", __name__, template_folder="templates")
PAGE_SIZE = 20


@blueprint.get("/opportunities")
def browse() -> str:
    """The catalogue."""
    me, page = viewer(), Page.parse(request.args.get("page"), PAGE_SIZE)
    names = ("text", "kind", "topic", "language", "state", "place")
    wanted = Wanted(**{name: request.args.get(name, "")[:100] for name in names})
    with current_runtime().reading() as session:
        rows, total = queries.list_opportunities(session, me, page, wanted)
        if page.number > page.count(total):
            page = Page(page.count(total), PAGE_SIZE)
            rows, total = queries.list_opportunities(session, me, page, wanted)
        return render_template(
            "opportunities/browse.html",
            rows=rows,
            total=total,
            page=page,
            wanted=wanted,
            asked={name: getattr(wanted, name) for name in names if getattr(wanted, name)},
            kind_counts=queries.count_by_kind(session, me, replace(wanted, kind="")),
            topics=TOPICS,
            languages=language_names(),
            words=vocabulary(session),
            now=current_runtime().clock.now(),
            can_create=policy.can_create(me),
            kinds=KINDS,
            states=STATES,
        )


@blueprint.get("/opportunities/deadlines.ics")
def deadlines() -> Response:
    """Deadlines of the open opportunities one may see, for a calendar."""
    with current_runtime().reading() as session:
        rows = [
            (row, url_for("opportunities.show", opportunity_id=row.id, _external=True))
            for row in queries.list_deadlines(session, viewer())
        ]
    text = calendar(rows, urlsplit(request.host_url).hostname or "", current_runtime().clock.now())
    return Response(text, mimetype="text/calendar")


@blueprint.get("/opportunities/<int:opportunity_id>")
def show(opportunity_id: int) -> str:
    """One opportunity, with what each rule says of the reader."""
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        detail = queries.get_detail(session, me, opportunity_id)
        row, now = detail.opportunity, runtime.clock.now()
        scoring = nominations.is_scoring(session, me, opportunity_id)
        mine = nominations.find_mine(session, me, opportunity_id)
        refs = [ContentRef.parse(one) for one in row.refs]
        return render_template(
            "opportunities/show.html",
            detail=detail,
            row=row,
            organisation=get_organisation(session, row.organisation_id),
            recipients=recipient_names(session, detail.recipients),
            links=runtime.parts.titles(session, me, refs),
            outcomes=nominating.eligibility(session, me.user_id, row, now) if row.state == "open" else [],
            mine=mine,
            takes=row.takes_nominations(now),
            given=nominations.count_seated(session, opportunity_id),
            can_edit=policy.can_edit(me, row),
            can_manage=policy.can_create(me) and not scoring,
            is_scoring=scoring,
            verbs=[verb for verb in LIFECYCLE.verbs_from(row.state) if verb in BUTTONS]
            if policy.can_move(me, row)
            else [],
            verb_labels=VERBS,
            words=vocabulary(session),
            kinds=KINDS,
            states=STATES,
            payers=PAYERS,
        )


@blueprint.get("/opportunities/new")
def new() -> str:
    """An empty editor."""
    require(policy.can_create(viewer()), _("Opportunities are kept by the unit."))
    with current_runtime().reading() as session:
        marking = get_organisation(session, viewer().organisation_id).default_marking
    return _editor(empty_form(viewer(), marking), None)


@blueprint.post("/opportunities/new")
def create() -> AnyResponse | tuple[str, int]:
    """Save a new opportunity as a draft."""
    form = posted_form(request.form)
    require(policy.can_create(viewer()), _("Opportunities are kept by the unit."))
    try:
        with current_runtime().work(viewer()) as work:
            draft = draft_of(work.session, form)
            number = service.create_opportunity(work, viewer(), draft, zone=bureau_zone()).id
    except Invalid as error:
        return _editor(failed(form, error), None), 422
    flash(_("Saved as a draft. Open it for nominations when it is right."), "success")
    return redirect(url_for("opportunities.show", opportunity_id=number), 303)


@blueprint.get("/opportunities/<int:opportunity_id>/edit")
def edit(opportunity_id: int) -> str:
    """The editor with an opportunity in it."""
    with current_runtime().reading() as session:
        detail = queries.get_detail(session, viewer(), opportunity_id)
        require(policy.can_edit(viewer(), detail.opportunity))
        people: list[User] = recipient_names(session, detail.recipients).people
        form = form_of(detail, [person.email for person in people])
    return _editor(form, opportunity_id)


@blueprint.post("/opportunities/<int:opportunity_id>/edit")
def save(opportunity_id: int) -> AnyResponse | tuple[str, int]:
    """Save changes. What was typed is never lost, whatever stood in its way."""
    form = posted_form(request.form)
    try:
        with current_runtime().work(viewer()) as work:
            draft = draft_of(work.session, form)
            if draft.revision is None:
                raise Invalid(_("This form does not say which version it started from."), {"revision": "missing"})
            nominating.change_opportunity(work, viewer(), opportunity_id, draft, zone=bureau_zone())
    except (Invalid, Conflict, Forbidden) as error:
        with current_runtime().reading() as session:
            row = queries.get_opportunity(session, viewer(), opportunity_id)
            require(policy.can_edit(viewer(), row), error.message)
        form = failed(form, error)
        if isinstance(error, Conflict):
            form = replace(form, values={**form.values, "revision": str(row.revision)})
        return _editor(form, opportunity_id), problem_of(error).status
    flash(_("Saved."), "success")
    return redirect(url_for("opportunities.show", opportunity_id=opportunity_id), 303)


@blueprint.post("/opportunities/<int:opportunity_id>/move")
def move(opportunity_id: int) -> AnyResponse:
    """Open, close, hold or cancel."""
    verb = request.form.get("verb", "")
    if verb not in BUTTONS:
        raise Invalid(_("Please choose one of the offered values."), {"verb": "unknown"})
    with current_runtime().work(viewer()) as work:
        service.move_opportunity(work, viewer(), opportunity_id, verb, parse_draft(StateDraft, request.form))
    flash(_("Done."), "success")
    return redirect(url_for("opportunities.show", opportunity_id=opportunity_id), 303)


@blueprint.get("/opportunities/import")
def upload() -> str:
    """Where a host's list is put in."""
    require(policy.can_create(viewer()), _("Opportunities are kept by the unit."))
    return _import_page(FormState(), [])


@blueprint.post("/opportunities/import")
def bring_in() -> AnyResponse | tuple[str, int]:
    """Look at a list, or, when it was looked at, store its good rows as drafts."""
    require(policy.can_create(viewer()), _("Opportunities are kept by the unit."))
    sent = request.files.get("file")
    text = sent.read().decode("utf-8", "replace") if sent and sent.filename else request.form.get("list", "")
    form = FormState(values={"list": text})
    try:
        rows = read_list(text, viewer(), Marking.GREEN)
    except Invalid as error:
        return _import_page(failed(form, error), []), 422
    if "store" not in request.form:
        return _import_page(form, rows), 200
    good = [(row.digest, row.draft) for row in rows if row.draft is not None]
    with current_runtime().work(viewer()) as work:
        fresh, known = service.import_opportunities(work, viewer(), good, zone=bureau_zone())
    flash(_("%(fresh)s stored as drafts, %(known)s were there before.", fresh=fresh, known=known), "success")
    return redirect(url_for("opportunities.browse", state=OpportunityState.DRAFT.value), 303)


def _import_page(form: FormState, rows: list[ImportRow]) -> str:
    return render_template(
        "opportunities/import.html", form=form, rows=rows, required=REQUIRED, optional=OPTIONAL, kinds=KINDS
    )


def _editor(form: FormState, opportunity_id: int | None) -> str:
    with current_runtime().reading() as session:
        return render_template(
            "opportunities/edit.html", form=form, opportunity_id=opportunity_id, choices=choices(session, viewer())
        )
