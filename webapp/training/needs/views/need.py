"""One need: its page, the editor, its life cycle, and what answers it."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.access import Marking, Viewer
from core.content import ContentRef
from core.errors import Conflict, Forbidden, Invalid, NotFound, require
from core.links import LinkState, links_from
from core.marking import recipients_of
from core.people import User, get_organisation, get_user, names_of_organisations
from library.drafts import RequestDraft
from library.service import request_knowledge
from training.needs import policy, queries, service
from training.needs.drafts import StepDraft, VerdictDraft
from training.needs.lifecycle import (
    CAUSE_LABELS,
    LEVEL_LABELS,
    RANK_LABELS,
    STATUS_LABELS,
    URGENCY_LABELS,
    steps_from,
)
from training.needs.models import EVIDENCE, HANDED_TO, KIND, Cause, Need, RankBand, Status
from webapp.errors import problem_of
from webapp.forms import parse_draft
from webapp.runtime import Runtime, current_runtime
from webapp.session import viewer
from webapp.training.needs.blueprint import blueprint
from webapp.training.needs.form import NeedForm, need_choices
from webapp.training.needs.matching import coverage_of, judged_by_need, suggestions_if_up
from webapp.wording.i18n import interface_language
from webapp.wording.vocabulary import vocabulary

FREE = (Marking.CLEAR, Marking.GREEN)
"""Words of a need with another marking are not put into a knowledge request, which all librarians read."""


@blueprint.get("/needs/<int:need_id>")
def show(need_id: int) -> str:
    """A need's page."""
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        return _page(runtime, session, me, queries.get_need(session, me, need_id))


@blueprint.get("/needs/new")
def new() -> str:
    """An empty editor."""
    require(policy.can_create(viewer()))
    with current_runtime().reading() as session:
        return _editor(session, NeedForm.empty(session, viewer(), interface_language()), None)


@blueprint.post("/needs/new")
def create() -> Response | tuple[str, int]:
    """Save a new draft."""
    form = NeedForm.posted(request.form)
    try:
        with current_runtime().work(viewer()) as work:
            need_id = service.create_need(work, viewer(), form.draft(work.session)).ref.id
    except Invalid as error:
        with current_runtime().reading() as session:
            return _editor(session, form.failed(error), None), 422
    flash(_("Saved as a draft. The staff of the unit open it."), "success")
    return redirect(url_for("needs.show", need_id=need_id), 303)


@blueprint.get("/needs/<int:need_id>/edit")
def edit(need_id: int) -> str:
    """The editor with a need in it."""
    with current_runtime().reading() as session:
        need = queries.get_need(session, viewer(), need_id)
        require(policy.can_edit(viewer(), need), "You may not change this need.")
        return _editor(session, NeedForm.of(session, need), need_id)


@blueprint.post("/needs/<int:need_id>/edit")
def save(need_id: int) -> Response | tuple[str, int]:
    """Save changes."""
    form = NeedForm.posted(request.form)
    with current_runtime().reading() as session:
        queries.get_need(session, viewer(), need_id)
    try:
        with current_runtime().work(viewer()) as work:
            draft = form.draft(work.session)
            if draft.revision is None:
                raise Invalid(_("This form does not say which version it started from."), {"revision": "missing"})
            service.edit_need(work, viewer(), need_id, draft)
    except (Invalid, Conflict, Forbidden) as error:
        # What was typed is never lost; but only who may work on the need gets the editor back.
        with current_runtime().reading() as session:
            need = queries.get_need(session, viewer(), need_id)
            require(policy.can_edit(viewer(), need), error.message)
            form = form.based_on(need.revision) if isinstance(error, Conflict) else form
            return _editor(session, form.failed(error), need_id), problem_of(error).status
    flash(_("Saved."), "success")
    return redirect(url_for("needs.show", need_id=need_id), 303)


@blueprint.post("/needs/<int:need_id>/move")
def move(need_id: int) -> Response | tuple[str, int]:
    """Take a step of the life cycle. One whose cause is a missing procedure becomes a task of the library."""
    runtime, me = current_runtime(), viewer()
    typed = {name: request.form.get(name, "") for name in ("verb", "reason", "status", "question", "details")}
    with runtime.reading() as session:
        need = queries.get_need(session, me, need_id)
        is_task = typed["verb"] == "refer" and need.cause == Cause.PROCEDURE
    try:
        step = parse_draft(StepDraft, {name: typed[name] for name in ("verb", "reason", "status")})
        with runtime.work(me) as work:
            if typed["verb"] == "refer":
                require(policy.can_move(me), "Needs are moved by the staff of the unit.")
                task = None
                if is_task:
                    draft = parse_draft(RequestDraft, {name: typed[name] for name in ("question", "details")})
                    task = ContentRef("request", request_knowledge(work, me, draft).id or 0)
                service.refer_need(work, me, need_id, step, task)
            else:
                service.move_need(work, me, need_id, step)
    except Invalid as error:
        with runtime.reading() as session:
            need = queries.get_need(session, me, need_id)
            return _page(runtime, session, me, need, typed=typed, error=error), 422
    flash(_("Done."), "success")
    return redirect(url_for("needs.show", need_id=need_id), 303)


@blueprint.post("/needs/<int:need_id>/judge")
def judge(need_id: int) -> Response:
    """Confirm or reject something that may answer the need."""
    runtime, me = current_runtime(), viewer()
    raw = {"extent": request.form.get("extent", ""), "why": request.form.get("why", "")}
    with runtime.work(me) as work:
        need = queries.get_need(work.session, me, need_id)
        target = _target(runtime, work.session, me, request.form.get("target", ""))
        raw["extent"] = "" if raw["extent"] == "not" else raw["extent"] or "?"
        service.judge_answer(work, me, need.ref.id, target, parse_draft(VerdictDraft, raw))
    flash(_("Stored, with your name and the day."), "success")
    return redirect(url_for("needs.show", need_id=need_id) + "#answers", 303)


def _target(runtime: Runtime, session: Session, me: Viewer, text: str) -> ContentRef:
    """Something the viewer may see. Raises NotFound for everything else."""
    try:
        ref = ContentRef.parse(text)
    except ValueError:
        raise NotFound from None
    if ref.kind == KIND or ref not in runtime.parts.titles(session, me, [ref]):
        raise NotFound
    return ref


def _page(
    runtime: Runtime,
    session: Session,
    me: Viewer,
    need: Need,
    *,
    typed: dict[str, str] | None = None,
    error: Invalid | None = None,
) -> str:
    judged = judged_by_need(runtime.parts, session, me, [need]).get(need.ref.id, ())
    recipients = recipients_of(session, need.ref)
    links = [one for relation in (EVIDENCE, HANDED_TO) for one in links_from(session, KIND, [need.ref.id], relation)]
    titles = runtime.parts.titles(session, me, {one.target for one in links})
    can_judge = policy.can_judge(me, need)
    return render_template(
        "needs/show.html",
        need=need,
        organisation=get_organisation(session, need.organisation_id),
        author=get_user(session, need.author_id),
        owner=get_user(session, need.owner_id) if need.owner_id else None,
        listed=sorted(one.name for one in names_of_organisations(session, recipients.organisations).values()),
        named=sorted(get_user(session, one).name for one in recipients.users),
        evidence=[
            (one.target, titles[one.target]) for one in links if one.relation == EVIDENCE and one.target in titles
        ],
        tasks=[(one.target, titles[one.target]) for one in links if one.relation == HANDED_TO and one.target in titles],
        confirmed=[one for one in judged if one.link.state == LinkState.CONFIRMED],
        rejected=[one for one in judged if one.link.state == LinkState.REJECTED] if can_judge else [],
        judges=_names(session, {one.link.by for one in judged}),
        suggestions=suggestions_if_up(runtime, session, me, need) if need.status != Status.DRAFT else [],
        coverage=coverage_of(runtime.parts, session, me, [need])[need.ref.id],
        steps=steps_from(Status(need.status), Cause(need.cause)) if policy.can_move(me) else [],
        can_edit=policy.can_edit(me, need),
        can_judge=can_judge,
        is_free=need.tlp in FREE,
        typed=typed or {},
        error=error,
        labels=_labels(need),
        words=vocabulary(session),
    )


def _labels(need: Need) -> dict[str, str]:
    return {
        "status": STATUS_LABELS[Status(need.status)],
        "cause": CAUSE_LABELS[Cause(need.cause)],
        "rank": RANK_LABELS[RankBand(need.rank_band)],
        "now": LEVEL_LABELS[need.level_now],
        "wanted": LEVEL_LABELS[need.level_wanted],
        "urgency": URGENCY_LABELS[need.urgency],
    }


def _names(session: Session, ids: set[int | None]) -> dict[int, str]:
    people = [session.get(User, one) for one in ids if one is not None]
    return {one.id: one.name for one in people if one is not None and one.id is not None}


def _editor(session: Session, form: NeedForm, need_id: int | None) -> str:
    words = vocabulary(session)
    return render_template(
        "needs/edit.html",
        form=form,
        need_id=need_id,
        choices=need_choices(session, viewer(), words, form.values.get("organisation_id", "")),
        words=words,
    )
