"""Knowledge requests that may mean the same, for the staff to confirm; enough of them become a draft need."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.access import Marking
from core.content import ContentRef
from core.errors import Invalid, NotFound, require
from core.people import get_organisation
from training.needs import policy, service
from training.needs.drafts import NeedDraft
from training.needs.models import Cause
from webapp.forms import parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.training.needs.blueprint import blueprint
from webapp.training.needs.form import topic_choices
from webapp.training.needs.grouping import ENOUGH_ORGANISATIONS, ENOUGH_REQUESTS, Asked, Group, groups_of
from webapp.wording.vocabulary import vocabulary

STAFF_ONLY = "Requests are put together by the staff of the unit."


@blueprint.get("/needs/from-requests")
def from_requests() -> str:
    """Groups of requests: confirmed ones, and those that may mean the same."""
    require(policy.is_staff(viewer()), STAFF_ONLY)
    runtime = current_runtime()
    with runtime.reading() as session:
        words = vocabulary(session)
        return render_template(
            "needs/from_requests.html",
            groups=groups_of(runtime, session, viewer()),
            enough_requests=ENOUGH_REQUESTS,
            enough_organisations=ENOUGH_ORGANISATIONS,
            topics=topic_choices(words),
            by_words=not (runtime.embedder.dimension and runtime.embedder.ready),
        )


@blueprint.post("/needs/from-requests")
def decide_requests() -> Response:
    """Requests mean the same, or do not."""
    runtime, me = current_runtime(), viewer()
    require(policy.is_staff(me), STAFF_ONLY)
    with runtime.work(me) as work:
        known = {one.ref for group in groups_of(runtime, work.session, me) for one in group.members}
        chosen = _chosen(known)
        if request.form.get("verdict") == "same":
            service.confirm_same(work, me, chosen)
        else:
            service.reject_same(work, me, chosen)
    flash(_("Stored."), "success")
    return redirect(url_for("needs.from_requests"), 303)


@blueprint.post("/needs/from-requests/propose")
def propose() -> Response:
    """A confirmed group that is large enough becomes a draft need with its requests as evidence."""
    runtime, me = current_runtime(), viewer()
    require(policy.is_staff(me), STAFF_ONLY)
    with runtime.work(me) as work:
        groups = groups_of(runtime, work.session, me)
        group = _group_of(groups, _chosen({one.ref for group in groups for one in group.members}))
        if group.need_id is not None:
            return redirect(url_for("needs.show", need_id=group.need_id), 303)
        if not group.is_enough:
            raise Invalid(_("These requests are too few, or from one organisation only."))
        marking = Marking(get_organisation(work.session, me.organisation_id).default_marking)
        draft = _draft(group.members, me.organisation_id, marking, request.form.get("topic", ""))
        need_id = service.propose_need(work, me, draft, [one.ref for one in group.members]).ref.id
    flash(_("Saved as a draft. Look through it before you open it."), "success")
    return redirect(url_for("needs.edit", need_id=need_id), 303)


def _draft(members: tuple[Asked, ...], organisation_id: int, marking: Marking, topic: str) -> NeedDraft:
    questions = "\n".join(f"- {one.request.question}" for one in members)
    return parse_draft(
        NeedDraft,
        {
            "title": members[0].request.question[:200],
            "statement": _("Asked by several organisations and not answered by the library:") + "\n\n" + questions,
            "topic": topic,
            "organisation_id": organisation_id,
            "level_now": 1,
            "level_wanted": 2,
            "urgency": 3,
            "cause": Cause.SKILL.value,
            "marking": marking.value,
        },
    )


def _chosen(known: set[ContentRef]) -> set[ContentRef]:
    numbers = {int(one) for one in request.form.getlist("request") if one.isascii() and one.isdigit() and len(one) < 10}
    chosen = {ContentRef("request", number) for number in numbers}
    if chosen - known:
        raise NotFound
    return chosen


def _group_of(groups: list[Group], chosen: set[ContentRef]) -> Group:
    for group in groups:
        if group.is_confirmed and chosen and chosen <= {one.ref for one in group.members}:
            return group
    raise NotFound
