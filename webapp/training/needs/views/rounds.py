"""Assessment rounds: the list, one round with its forms, its results, opening and closing."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.access import Viewer
from core.errors import Invalid, require
from core.people import Organisation, get_organisation, list_organisations
from training.needs import policy, priority, queries, service
from training.needs.models import AssessmentRound, RoundStatus
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.training.needs.blueprint import blueprint
from webapp.training.needs.form import (
    ROWS,
    level_choices,
    rating_drafts,
    reply_draft,
    round_draft,
    topic_choices,
    urgency_choices,
)
from webapp.wording.i18n import today
from webapp.wording.vocabulary import vocabulary


@blueprint.get("/assessments")
def rounds() -> str:
    """All rounds, those that take answers first."""
    me = viewer()
    with current_runtime().reading() as session:
        found = queries.list_rounds(session, me)
        return render_template(
            "needs/rounds.html",
            rounds=found,
            replies={one.id: len(queries.list_replies(session, one.ref.id)) for one in found},
            waiting={one.id for one in queries.list_waiting(session, me)},
            can_open=policy.can_open_rounds(me),
            today=today(),
        )


@blueprint.get("/assessments/new")
def new_round() -> str:
    """The form of a new round."""
    require(policy.can_open_rounds(viewer()), "Rounds are opened by the staff of the unit.")
    return _round_form(MultiDict(), None)


@blueprint.post("/assessments/new")
def create_round() -> Response | tuple[str, int]:
    """Open a round."""
    require(policy.can_open_rounds(viewer()), "Rounds are opened by the staff of the unit.")
    try:
        with current_runtime().work(viewer()) as work:
            round_id = service.open_round(work, viewer(), round_draft(request.form)).ref.id
    except Invalid as error:
        return _round_form(request.form, error), 422
    flash(_("The round is open. The focal points are told."), "success")
    return redirect(url_for("needs.round_page", round_id=round_id), 303)


@blueprint.get("/assessments/<int:round_id>")
def round_page(round_id: int) -> str:
    """One round: what is asked, and the forms to answer it."""
    me = viewer()
    with current_runtime().reading() as session:
        one = queries.get_round(session, me, round_id)
        return _round_page(session, me, one, _organisation(session, me, request.args.get("organisation", "")))


@blueprint.post("/assessments/<int:round_id>/answer")
def answer(round_id: int) -> Response | tuple[str, int]:
    """Store an organisation's answer."""
    me, runtime = viewer(), current_runtime()
    with runtime.reading() as session:
        one = queries.get_round(session, me, round_id)
        topics = queries.topics_of_round(session, round_id)
    try:
        draft = reply_draft(request.form, topics)
        with runtime.work(me) as work:
            service.answer_round(work, me, round_id, draft)
    except Invalid as error:
        with runtime.reading() as session:
            body = _organisation(session, me, request.form.get("organisation_id", ""))
            return _round_page(session, me, one, body, error=error, typed=request.form), 422
    flash(_("Your organisation's answer is stored. You can change it until the round is closed."), "success")
    return redirect(url_for("needs.round_page", round_id=round_id, organisation=draft.organisation_id), 303)


@blueprint.post("/assessments/<int:round_id>/rate")
def rate(round_id: int) -> Response | tuple[str, int]:
    """Store what a person says of the competencies."""
    me, runtime = viewer(), current_runtime()
    with runtime.reading() as session:
        one = queries.get_round(session, me, round_id)
        topics = queries.topics_of_round(session, round_id)
    try:
        drafts = rating_drafts(request.form, topics)
        with runtime.work(me) as work:
            service.rate_topics(work, me, round_id, drafts)
    except Invalid as error:
        with runtime.reading() as session:
            body = _organisation(session, me, "")
            return _round_page(session, me, one, body, error=error, typed=request.form), 422
    flash(_("Thank you. Your ratings are stored."), "success")
    return redirect(url_for("needs.round_page", round_id=round_id) + "#rating", 303)


@blueprint.get("/assessments/<int:round_id>/results")
def results(round_id: int) -> str:
    """The measures of every topic, with the arithmetic."""
    me = viewer()
    with current_runtime().reading() as session:
        one = queries.get_round(session, me, round_id)
        require(policy.can_see_replies(me, one), "Results are open to focal points once the round is closed.")
        found = queries.measured(session, round_id)
        topics = {topic.id: topic for topic in queries.topics_of_round(session, round_id)}
        return render_template(
            "needs/results.html",
            round=one,
            topics=topics,
            results=priority.by_priority(found),
            votes=priority.one_body_one_vote(found),
            strengths=priority.by_strength(found),
            swings=priority.sensitivity(found),
            weights=priority.WEIGHTS,
            parts=priority.PARTS,
            first=priority.FIRST,
            enough=priority.ENOUGH,
            words=vocabulary(session),
        )


@blueprint.post("/assessments/<int:round_id>/close")
def close(round_id: int) -> Response:
    """End a round."""
    with current_runtime().work(viewer()) as work:
        service.close_round(work, viewer(), round_id)
    flash(_("The round is closed."), "success")
    return redirect(url_for("needs.results", round_id=round_id), 303)


def _organisation(session: Session, me: Viewer, number: str) -> Organisation:
    """For whom the form is: the one chosen if the viewer may answer for it, else his own."""
    chosen = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    is_theirs = policy.can_answer_for(me, chosen) and session.get(Organisation, chosen) is not None
    return get_organisation(session, chosen if is_theirs else me.organisation_id)


def _round_form(typed: MultiDict[str, str], error: Invalid | None) -> str:
    with current_runtime().reading() as session:
        words = vocabulary(session)
        return render_template(
            "needs/new_round.html", typed=typed, error=error, rows=range(1, ROWS + 1), topics=topic_choices(words)
        )


def _round_page(
    session: Session,
    me: Viewer,
    one: AssessmentRound,
    organisation: Organisation,
    *,
    error: Invalid | None = None,
    typed: MultiDict[str, str] | None = None,
) -> str:
    round_id = one.ref.id
    assert organisation.id is not None
    can_answer = policy.can_answer_for(me, organisation.id)
    reply = queries.reply_of(session, round_id, organisation.id) if can_answer else None
    named = queries.named_in(session, [reply.id]) if reply and reply.id else []
    replied = {row.organisation_id for row in queries.list_replies(session, round_id)}
    return render_template(
        "needs/round.html",
        round=one,
        topics=queries.topics_of_round(session, round_id),
        organisation=organisation,
        reply=reply,
        named={row.topic_id: row for row in named},
        mine=queries.my_ratings(session, me, round_id),
        is_open=one.status == RoundStatus.OPEN,
        can_answer=can_answer,
        can_close=policy.can_open_rounds(me) and one.status == RoundStatus.OPEN,
        can_see=policy.can_see_replies(me, one),
        all_organisations=list_organisations(session) if policy.is_staff(me) else [],
        replied=replied,
        levels=level_choices(),
        urgencies=urgency_choices(),
        typed=typed,
        error=error,
        words=vocabulary(session),
    )
