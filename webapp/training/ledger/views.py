"""The ledger of the organisations, and the preview and decision of a round."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.errors import Conflict, Invalid, NotFound
from core.people import Organisation, get_user, names_of_organisations
from training.ledger import queries
from training.ledger.measures import band
from training.ledger.service import RoundDraft, decide_round, preview_round
from training.opportunities import queries as opportunities
from webapp.errors import problem_of
from webapp.forms import FormState, parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer

blueprint = Blueprint("ledger", __name__, template_folder="templates")
CAPITAL = "Nilabad"
"""District that counts as the capital in the yearly table."""


@blueprint.get("/training/ledger")
def index() -> str:
    """What every organisation had in 36 months, and the yearly table."""
    runtime = current_runtime()
    with runtime.reading() as session:
        today = runtime.clock.now().date()
        ledger = queries.read_ledger(session, today)
        return render_template(
            "ledger/index.html",
            ledger=ledger,
            years=queries.list_years(session, today, CAPITAL),
            groups=queries.count_recent(session, today),
            band=band,
        )


@blueprint.get("/training/ledger/<int:organisation_id>")
def organisation(organisation_id: int) -> str:
    """The figures of one organisation, year by year: numbers, no names."""
    runtime = current_runtime()
    with runtime.reading() as session:
        ledger = queries.read_ledger(session, runtime.clock.now().date())
        line = next((one for one in ledger.lines if one.organisation.id == organisation_id), None)
        if line is None:
            raise NotFound(_("There is no such organisation in the ledger."))
        seats = [one for one in queries.list_used(session) if one.organisation_id == organisation_id]
        return render_template(
            "ledger/organisation.html", ledger=ledger, line=line, seats=list(reversed(seats)), band=band(line.ratio)
        )


@blueprint.get("/opportunities/<int:opportunity_id>/seats")
def preview(opportunity_id: int) -> str:
    """Who would get the seats, and why."""
    return _page(opportunity_id, FormState())


@blueprint.post("/opportunities/<int:opportunity_id>/seats")
def decide(opportunity_id: int) -> Response | tuple[str, int]:
    """Give the seats; what was typed stays when it does not hold."""
    form = FormState(values={name: value for name, value in request.form.items() if name != "csrf_token"})
    choices = {
        name.removeprefix("choice-"): {"verb": value, "override": request.form.get(f"override-{name[7:]}", "")}
        for name, value in request.form.items()
        if name.startswith("choice-")
    }
    try:
        with current_runtime().work(viewer()) as work:
            draft = parse_draft(RoundDraft, {"fingerprint": "none", **form.values, "choices": choices})
            decide_round(work, viewer(), opportunity_id, draft)
    except (Invalid, Conflict) as error:
        fields = error.fields if isinstance(error, Invalid) else {}
        failed = FormState(values=form.values, errors=fields, message=error.message)
        return _page(opportunity_id, failed), problem_of(error).status
    flash(_("Decided. Everybody nominated is told, with the reason."), "success")
    return redirect(url_for("nominations.board", opportunity_id=opportunity_id), 303)


def _page(opportunity_id: int, form: FormState) -> str:
    runtime = current_runtime()
    with runtime.reading() as session:
        opportunities.get_opportunity(session, viewer(), opportunity_id)
        found = preview_round(session, viewer(), opportunity_id, runtime.clock.now().date())
        result = found.allocation
        everybody = [*found.candidates.values(), *found.named]
        bodies: dict[int, Organisation] = names_of_organisations(
            session,
            {row.organisation_id for row in everybody}
            | {key for seat in result.seats for key in seat.capped}
            | {seat.rival.organisation for seat in result.seats if seat.rival},
        )
        return render_template(
            "ledger/seats.html",
            found=found,
            offer=found.opportunity,
            result=result,
            people={row.id: get_user(session, row.user_id) for row in everybody},
            bodies={key: one.acronym or one.name for key, one in bodies.items()},
            rows=[seat.candidate.id for seat in (*result.seats, *result.reserve)]
            + [one.id for one in result.below_floor],
            form=form,
        )
