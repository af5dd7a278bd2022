"""Nominations: one's desk, one nomination and its steps, the board of the unit, the rules."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.content import ContentRef
from core.errors import Conflict, DomainError, Invalid, require
from core.people import get_organisation, get_user, names_of_organisations
from training.nominations import merit, policy, queries, service
from training.nominations.drafts import GateDraft, NominationDraft, ReportDraft, StepDraft
from training.nominations.lifecycle import LIFECYCLE
from training.nominations.models import Nomination
from training.opportunities import queries as opportunities
from training.opportunities.models import Opportunity
from webapp.errors import problem_of
from webapp.forms import FormState, parse_draft
from webapp.library.form import people_by_email
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.training.nominations.wording import STATES, VERBS

blueprint = Blueprint("nominations", __name__, template_folder="templates")
BY_HAND = (
    "submit",
    "endorse",
    "approve",
    "screen",
    "shortlist",
    "confirm",
    "travel",
    "withdraw",
    "decline",
    "replace",
    "end",
)
"""Steps that are buttons; the others follow from the panel, the decision or the report."""


@blueprint.get("/nominations")
def desk() -> str:
    """What waits for the reader, and his own nominations."""
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        today = runtime.clock.now().date()
        return render_template(
            "nominations/desk.html",
            mine=queries.list_mine(session, me),
            waiting=queries.list_waiting(session, me),
            overdue=queries.list_overdue(session, me, today),
            profiles=[(row, get_user(session, row.user_id)) for row in queries.list_unconfirmed(session, me)],
            panels=queries.list_panels_of(session, me),
            can_set_gates=policy.can_set_gates(me),
        )


@blueprint.get("/opportunities/<int:opportunity_id>/nominate")
def begin(opportunity_id: int) -> str:
    """An empty nomination, with what each rule says of the officer."""
    with current_runtime().reading() as session:
        offer = opportunities.get_opportunity(session, viewer(), opportunity_id)
        return _writing(session, offer, FormState(), None)


@blueprint.post("/opportunities/<int:opportunity_id>/nominate")
def start(opportunity_id: int) -> Response | tuple[str, int]:
    """Save a new nomination as a draft; with `submit`, submit it at once."""
    form = _posted()
    try:
        with current_runtime().work(viewer()) as work:
            draft = parse_draft(NominationDraft, {**form.values, **form.lists})
            row = service.start_nomination(work, viewer(), opportunity_id, draft)
            number = row.ref.id
    except (Invalid, Conflict) as error:
        with current_runtime().reading() as session:
            offer = opportunities.get_opportunity(session, viewer(), opportunity_id)
            return _writing(session, offer, _failed(form, error), None), problem_of(error).status
    return _saved(number)


@blueprint.post("/nominations/<int:nomination_id>/write")
def write(nomination_id: int) -> Response | tuple[str, int]:
    """Save what the candidate wrote; with `submit`, submit it. What is saved stays when it cannot be submitted."""
    form = _posted()
    try:
        with current_runtime().work(viewer()) as work:
            draft = parse_draft(NominationDraft, {**form.values, **form.lists})
            service.write_nomination(work, viewer(), nomination_id, draft)
    except (Invalid, Conflict) as error:
        return _written_again(nomination_id, form, error)
    return _saved(nomination_id)


def _saved(nomination_id: int) -> Response | tuple[str, int]:
    """What follows once a draft is stored: the second unit of work, whose failure loses nothing."""
    if "submit" not in request.form:
        flash(_("Saved as a draft. Nobody else sees it before it is submitted."), "success")
        return redirect(url_for("nominations.show", nomination_id=nomination_id), 303)
    try:
        with current_runtime().work(viewer()) as work:
            service.move_nomination(work, viewer(), nomination_id, "submit", StepDraft())
    except (Invalid, Conflict) as error:
        return _written_again(nomination_id, _posted(), error)
    flash(_("Submitted. Your supervisor is asked to endorse it."), "success")
    return redirect(url_for("nominations.show", nomination_id=nomination_id), 303)


def _written_again(nomination_id: int, form: FormState, error: DomainError) -> tuple[str, int]:
    with current_runtime().reading() as session:
        row = queries.get_nomination(session, viewer(), nomination_id)
        require(policy.can_write(viewer(), row), error.message)
        offer = opportunities.get_opportunity(session, viewer(), row.opportunity_id)
        form = _failed(replace(form, values={**form.values, "revision": str(row.revision)}), error)
        return _writing(session, offer, form, row), problem_of(error).status


@blueprint.get("/nominations/<int:nomination_id>")
def show(nomination_id: int) -> str:
    """One nomination: where it stands, its history, and the steps that are the reader's."""
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        row = queries.get_nomination(session, me, nomination_id)
        offer = session.get(Opportunity, row.opportunity_id)
        assert offer is not None
        if policy.can_write(me, row):
            values = {"motivation": row.motivation, "plan": row.plan, "revision": str(row.revision)}
            return _writing(session, offer, FormState(values=values, lists={"documents": list(row.documents)}), row)
        standing = queries.standing_of(session, me, row)
        verbs = [verb for verb in LIFECYCLE.verbs_from(row.state) if verb in BY_HAND]
        duty = queries.get_report(session, nomination_id)
        return render_template(
            "nominations/show.html",
            row=row,
            offer=offer,
            officer=get_user(session, row.user_id),
            organisation=get_organisation(session, row.organisation_id),
            steps=queries.list_steps(session, nomination_id),
            outcomes=queries.list_outcomes(session, nomination_id),
            verbs=[verb for verb in verbs if policy.can_move(me, row, verb, standing)],
            wants=[verb for verb in verbs if LIFECYCLE.transition(verb).wants],
            can_appeal=policy.can_appeal(me, row),
            can_answer=policy.can_answer_appeal(me, row, standing),
            can_report=policy.can_report(me, row),
            duty=duty,
            shared=_shared(session, duty.shared_ref if duty else ""),
            is_overdue=duty is not None and duty.overdue(runtime.clock.now().date()),
            is_mine=me.user_id == row.user_id,
            states=STATES,
            verb_labels=VERBS,
        )


@blueprint.post("/nominations/<int:nomination_id>/move")
def move(nomination_id: int) -> Response:
    """Take one step."""
    verb = request.form.get("verb", "")
    if verb not in BY_HAND:
        raise Invalid(_("Please choose one of the offered values."), {"verb": "unknown"})
    with current_runtime().work(viewer()) as work:
        row = service.move_nomination(work, viewer(), nomination_id, verb, parse_draft(StepDraft, request.form))
        state = row.state
    flash(_("Done: %(state)s.", state=STATES[state]), "success")
    return redirect(url_for("nominations.show", nomination_id=nomination_id), 303)


@blueprint.post("/nominations/<int:nomination_id>/appeal")
def appeal(nomination_id: int) -> Response:
    """Ask for a second look."""
    with current_runtime().work(viewer()) as work:
        service.appeal_decision(work, viewer(), nomination_id, parse_draft(StepDraft, request.form))
    flash(_("Your appeal is with the unit. Another person decides it."), "success")
    return redirect(url_for("nominations.show", nomination_id=nomination_id), 303)


@blueprint.post("/nominations/<int:nomination_id>/answer")
def answer(nomination_id: int) -> Response:
    """Decide an appeal."""
    is_upheld = request.form.get("answer") == "uphold"
    with current_runtime().work(viewer()) as work:
        draft = parse_draft(StepDraft, request.form)
        service.answer_appeal(work, viewer(), nomination_id, draft, is_upheld=is_upheld)
    flash(_("Done. The candidate is told."), "success")
    return redirect(url_for("nominations.show", nomination_id=nomination_id), 303)


@blueprint.post("/nominations/<int:nomination_id>/report")
def report(nomination_id: int) -> Response:
    """Hand in a report, a shared record or a briefing. A record must be one that the officer sees."""
    draft = parse_draft(ReportDraft, request.form)
    with current_runtime().work(viewer()) as work:
        if draft.shared_ref:
            ref = ContentRef.parse(draft.shared_ref)
            if ref not in current_runtime().parts.titles(work.session, viewer(), [ref]):
                raise Invalid(
                    _("Please check the marked fields."), {"shared_ref": _("There is no such record that you can see.")}
                )
        service.send_report(work, viewer(), nomination_id, draft)
    flash(_("Thank you. What you handed in is kept."), "success")
    return redirect(url_for("nominations.show", nomination_id=nomination_id) + "#report", 303)


@blueprint.get("/opportunities/<int:opportunity_id>/nominations")
def board(opportunity_id: int) -> str:
    """All nominations to an opportunity by where they stand, for the unit; and its panel."""
    me = viewer()
    with current_runtime().reading() as session:
        offer = opportunities.get_opportunity(session, me, opportunity_id)
        scoring = queries.is_scoring(session, me, opportunity_id)
        require(
            policy.can_manage(me, is_panelist=scoring), _("The board is for the unit, and for nobody of the panel.")
        )
        rows = queries.list_of(session, me, opportunity_id)
        ids = [row.ref.id for row, _offer, _user in rows]
        return render_template(
            "nominations/board.html",
            offer=offer,
            columns={state: found for state in STATES if (found := [one for one in rows if one[0].state == state])},
            organisations=names_of_organisations(session, (row.organisation_id for row, _o, _u in rows)),
            scores={key: [one.total for one in found] for key, found in queries.scores_of(session, ids).items()},
            panel=queries.list_panel(session, opportunity_id),
            wanted=merit.SCORERS,
            free=offer.seats - queries.count_seated(session, opportunity_id),
            states=STATES,
        )


@blueprint.post("/opportunities/<int:opportunity_id>/name")
def name(opportunity_id: int) -> Response:
    """Log whom a host asked for."""
    email = request.form.get("email", "")
    with current_runtime().work(viewer()) as work:
        opportunities.get_opportunity(work.session, viewer(), opportunity_id)
        person = people_by_email(work.session, email).get(email.strip().casefold())
        if person is None:
            raise Invalid(_("Please check the marked fields."), {"email": _("Nobody has this address.")})
        service.name_officer(work, viewer(), opportunity_id, person, request.form.get("reason", ""))
    flash(_("Logged. He goes through the same rules, outside the shares."), "success")
    return redirect(url_for("nominations.board", opportunity_id=opportunity_id), 303)


@blueprint.post("/opportunities/<int:opportunity_id>/promote")
def promote(opportunity_id: int) -> Response:
    """Give a seat that became free to the first of the reserve list."""
    with current_runtime().work(viewer()) as work:
        service.promote_next(work, viewer(), opportunity_id, request.form.get("reason", ""))
    flash(_("Done. The candidate is told."), "success")
    return redirect(url_for("nominations.board", opportunity_id=opportunity_id), 303)


@blueprint.get("/training/rules")
def gates() -> str:
    """The rules of nomination: everybody reads them, the unit changes them."""
    with current_runtime().reading() as session:
        return render_template(
            "nominations/gates.html",
            rules=queries.list_rules(session),
            revisions=queries.rule_revisions(session),
            can_set=policy.can_set_gates(viewer()),
        )


@blueprint.post("/training/rules/<code>")
def set_gate(code: str) -> Response:
    """Change one rule."""
    with current_runtime().work(viewer()) as work:
        service.set_gate(work, viewer(), code, parse_draft(GateDraft, request.form))
    flash(_("Saved."), "success")
    return redirect(url_for("nominations.gates") + f"#rule-{code}", 303)


def _shared(session: Session, ref: str) -> tuple[ContentRef, str] | None:
    """The record that came of a course, when the reader may see it."""
    if not ref:
        return None
    parsed = ContentRef.parse(ref)
    title = current_runtime().parts.titles(session, viewer(), [parsed]).get(parsed)
    return (parsed, title) if title else None


def _writing(session: Session, offer: Opportunity, form: FormState, row: Nomination | None) -> str:
    now = current_runtime().clock.now()
    user = get_user(session, viewer().user_id)
    words = [user.name, *user.name.split()]
    text = f"{form.values.get('motivation', '')} {form.values.get('plan', '')}"
    return render_template(
        "nominations/write.html",
        offer=offer,
        row=row,
        form=form,
        outcomes=service.eligibility(session, viewer().user_id, offer, now),
        takes=offer.takes_nominations(now),
        tells_name=merit.names_in(text, words),
        documents=[(one, one) for one in offer.documents],
    )


def _posted() -> FormState:
    names = ("motivation", "plan", "revision")
    return FormState(
        values={name: request.form.get(name, "") for name in names},
        lists={"documents": request.form.getlist("documents")},
    )


def _failed(form: FormState, error: DomainError) -> FormState:
    return replace(form, errors=error.fields if isinstance(error, Invalid) else {}, message=error.message)
