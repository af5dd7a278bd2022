"""The panel: candidates by their codes, without name, sex and organisation; their scores; who is on it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.errors import Invalid, NotFound
from training.nominations import merit, queries, service
from training.nominations.drafts import ScoreDraft
from training.nominations.models import Nomination
from training.opportunities import queries as opportunities
from webapp.errors import problem_of
from webapp.forms import parse_draft
from webapp.library.form import people_by_email
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.training.nominations.wording import CRITERIA
from webapp.wording.vocabulary import vocabulary

blueprint = Blueprint("panel", __name__, template_folder="templates")


@blueprint.get("/opportunities/<int:opportunity_id>/panel")
def candidates(opportunity_id: int) -> str:
    """Whom the reader scores, by their codes."""
    me = viewer()
    with current_runtime().reading() as session:
        offer = opportunities.get_opportunity(session, me, opportunity_id)
        if not queries.is_scoring(session, me, opportunity_id):
            raise NotFound(queries.NO_CANDIDATE)
        rows = queries.list_to_score(session, me, opportunity_id)
        scores = queries.scores_of(session, [row.ref.id for row in rows])
        mine = {key: one for key, found in scores.items() for one in found if one.scorer_id == me.user_id}
        return render_template("nominations/candidates.html", offer=offer, rows=rows, mine=mine)


@blueprint.get("/panel/<int:nomination_id>")
def score(nomination_id: int) -> str:
    """One candidate, blind, with the rubric."""
    with current_runtime().reading() as session:
        row = queries.get_to_score(session, viewer(), nomination_id)
        return _page(session, row, {}, "")


@blueprint.post("/panel/<int:nomination_id>")
def give(nomination_id: int) -> Response | tuple[str, int]:
    """Give a score, with a note for each criterion."""
    try:
        with current_runtime().work(viewer()) as work:
            row = queries.get_to_score(work.session, viewer(), nomination_id)
            opportunity_id = row.opportunity_id
            raw = {
                "criteria": {one.code: request.form.get(f"score-{one.code}", "") for one in merit.RUBRIC},
                "notes": {one.code: request.form.get(f"note-{one.code}", "") for one in merit.RUBRIC},
            }
            service.score_candidate(work, viewer(), nomination_id, parse_draft(ScoreDraft, raw))
    except Invalid as error:
        with current_runtime().reading() as session:
            row = queries.get_to_score(session, viewer(), nomination_id)
            problem = next(iter(error.fields.values()), error.message)
            return _page(session, row, request.form.to_dict(), problem), problem_of(error).status
    flash(_("Kept. You can change it until the seats are decided."), "success")
    return redirect(url_for("panel.candidates", opportunity_id=opportunity_id), 303)


@blueprint.post("/panel/<int:nomination_id>/conflict")
def conflict(nomination_id: int) -> Response:
    """Say that one is too near to a candidate."""
    with current_runtime().work(viewer()) as work:
        opportunity_id = queries.get_to_score(work.session, viewer(), nomination_id).opportunity_id
        service.declare_conflict(work, viewer(), nomination_id, request.form.get("why", ""))
    flash(_("You do not score this candidate any more."), "success")
    return redirect(url_for("panel.candidates", opportunity_id=opportunity_id), 303)


@blueprint.post("/opportunities/<int:opportunity_id>/panel/add")
def add(opportunity_id: int) -> Response:
    """Ask somebody to score."""
    email = request.form.get("email", "")
    with current_runtime().work(viewer()) as work:
        opportunities.get_opportunity(work.session, viewer(), opportunity_id)
        person = people_by_email(work.session, email).get(email.strip().casefold())
        if person is None:
            raise Invalid(_("Please check the marked fields."), {"email": _("Nobody has this address.")})
        service.add_panelist(work, viewer(), opportunity_id, person, is_third="third" in request.form)
    flash(_("Asked to score."), "success")
    return redirect(url_for("nominations.board", opportunity_id=opportunity_id), 303)


@blueprint.post("/opportunities/<int:opportunity_id>/panel/<int:user_id>/leave")
def leave(opportunity_id: int, user_id: int) -> Response:
    """A scorer leaves. What he gave stays."""
    with current_runtime().work(viewer()) as work:
        service.leave_panel(work, viewer(), opportunity_id, user_id)
    flash(_("Done. What was scored stays."), "success")
    if user_id == viewer().user_id:
        return redirect(url_for("opportunities.show", opportunity_id=opportunity_id), 303)
    return redirect(url_for("nominations.board", opportunity_id=opportunity_id), 303)


def _page(session: Session, row: Nomination, typed: dict[str, str], problem: str) -> str:
    me, now = viewer(), current_runtime().clock.now()
    names = queries.names_of(session, row)
    profile = queries.profile_of(session, row.user_id, now)
    mine = next(
        (one for one in queries.scores_of(session, [row.ref.id]).get(row.ref.id, []) if one.scorer_id == me.user_id),
        None,
    )
    if mine and not typed:
        typed = {f"score-{code}": str(value) for code, value in mine.criteria.items()}
        typed |= {f"note-{code}": note for code, note in mine.notes.items()}
    return render_template(
        "nominations/score.html",
        row=row,
        offer=opportunities.get_opportunity(session, me, row.opportunity_id),
        rank=row.rank,
        posting=merit.blind(profile.posting, names),
        since=profile.service_since.year if profile.service_since else None,
        topics=profile.post_topics,
        languages=profile.languages,
        courses=[(day.year, merit.blind(title, names)) for day, title in queries.courses_of(session, profile)],
        motivation=merit.blind(row.motivation, names),
        plan=merit.blind(row.plan, names),
        rubric=merit.RUBRIC,
        criteria=CRITERIA,
        typed=typed,
        problem=problem,
        words=vocabulary(session),
    )
