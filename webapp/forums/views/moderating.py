"""Moderating: threads, posts, what waits, flags and appeals."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.access import Marking
from core.errors import Invalid, require
from core.people import get_organisation
from forums import service
from forums.drafts import DecisionDraft, ReasonDraft, SplitDraft
from forums.kinds import REASON_LABELS
from forums.queries import cases, people, posts, reading, threads
from webapp.forms import parse_draft
from webapp.forums.forms import people_by_email
from webapp.forums.showing import posts_of
from webapp.runtime import current_runtime
from webapp.session import viewer

blueprint = Blueprint("forum_moderation", __name__)
SLOW_HOURS, LATE_HOURS = 24, 72
"""Ages at which a case changes its colour."""


@blueprint.get("/forums/moderation")
def queue() -> str:
    """What waits for a moderator: flagged posts, appeals, posts that are held."""
    me = viewer()
    with current_runtime().reading() as session:
        mine = cases.moderated(session, me)
        require(bool(mine), _("This is for moderators."))
        found = cases.list_queue(session, me, done=request.args.get("done") == "1")
        held = posts.list_held_posts(session, me, mine)
        of_held = reading.find_threads(session, {one.thread_id for one in held})
        named = {one.post.author_id for one in found if not one.post.is_unnamed}
        named |= {one.author_id for one in held if not one.is_unnamed}
        named |= {one.case.assignee_id or 0 for one in found} - {0}
        named |= {flag.user_id for one in found for flag in one.flags}
        return render_template(
            "forums/moderation.html",
            cases=found,
            held=held,
            threads=of_held,
            names=people.bylines(session, named),
            now=current_runtime().clock.now(),
            reasons=REASON_LABELS,
            is_done=request.args.get("done") == "1",
            slow=SLOW_HOURS,
            late=LATE_HOURS,
            tab="moderation",
        )


@blueprint.get("/forums/flags")
def own() -> str:
    """What one flagged, and decisions about one's own posts."""
    with current_runtime().reading() as session:
        found = cases.list_own(session, viewer())
    return render_template("forums/flags.html", cases=found, reasons=REASON_LABELS, me=viewer(), tab="flags")


@blueprint.post("/forums/cases/<int:case_id>/claim", defaults={"verb": "claim"})
@blueprint.post("/forums/cases/<int:case_id>/give-back", defaults={"verb": "give_back"})
def take(case_id: int, verb: str) -> Response:
    """Take a case, or give it back."""
    with current_runtime().work(viewer()) as work:
        step = service.claim_case if verb == "claim" else service.release_case
        step(work, viewer(), case_id)
    return redirect(url_for("forum_moderation.queue", _anchor=f"case-{case_id}"), 303)


@blueprint.post("/forums/cases/<int:case_id>/decide", defaults={"verb": "decide"})
@blueprint.post("/forums/cases/<int:case_id>/close", defaults={"verb": "close"})
def decide(case_id: int, verb: str) -> Response:
    """Decide a case or its appeal."""
    draft = parse_draft(DecisionDraft, {name: request.form.get(name, "") for name in ("decision", "reason")})
    with current_runtime().work(viewer()) as work:
        step = service.decide_case if verb == "decide" else service.decide_appeal
        step(work, viewer(), case_id, draft)
    flash(_("Decided. Both sides are told why."), "success")
    return redirect(url_for("forum_moderation.queue"), 303)


@blueprint.post("/forums/cases/<int:case_id>/appeal")
def appeal(case_id: int) -> Response:
    """Ask for another moderator."""
    with current_runtime().work(viewer()) as work:
        service.appeal_decision(work, viewer(), case_id, _reason())
    flash(_("Another moderator will look at it."), "success")
    return redirect(url_for("forum_moderation.own", _anchor=f"case-{case_id}"), 303)


@blueprint.post("/threads/<int:thread_id>/lock", defaults={"verb": "lock"})
@blueprint.post("/threads/<int:thread_id>/unlock", defaults={"verb": "unlock"})
@blueprint.post("/threads/<int:thread_id>/pin", defaults={"verb": "pin"})
@blueprint.post("/threads/<int:thread_id>/unpin", defaults={"verb": "unpin"})
@blueprint.post("/threads/<int:thread_id>/restore", defaults={"verb": "restore"})
def change(thread_id: int, verb: str) -> Response:
    """Lock, pin, restore, and the opposites."""
    me = viewer()
    with current_runtime().work(me) as work:
        if verb in ("lock", "unlock"):
            service.set_locked(work, me, thread_id, locked=verb == "lock")
        elif verb in ("pin", "unpin"):
            service.set_pinned(work, me, thread_id, pinned=verb == "pin")
        else:
            service.restore_thread(work, me, thread_id)
    return redirect(url_for("forums.show", thread_id=thread_id), 303)


@blueprint.post("/threads/<int:thread_id>/remove")
def remove_thread(thread_id: int) -> Response:
    """Remove a thread, with the reason."""
    draft = _reason()
    with current_runtime().work(viewer()) as work:
        thread = service.delete_thread(work, viewer(), thread_id, draft)
        category_id = thread.category_id
    flash(_("Removed. It can be brought back."), "success")
    with current_runtime().reading() as session:
        key = threads.key_of_category(session, category_id)
    return redirect(url_for("forums.category", key=key), 303)


@blueprint.post("/threads/<int:thread_id>/move")
def move(thread_id: int) -> Response:
    """Put a thread into another category."""
    with current_runtime().work(viewer()) as work:
        service.move_thread(work, viewer(), thread_id, request.form.get("category", ""))
    flash(_("Moved. Its readers are those of the new place from now on."), "success")
    return redirect(url_for("forums.show", thread_id=thread_id), 303)


@blueprint.post("/threads/<int:thread_id>/merge")
def merge(thread_id: int) -> Response:
    """Put the posts of a thread behind those of another one, named by its number or its address."""
    found = re.search(r"(\d{1,9})\s*$", request.form.get("target", "").partition("?")[0].partition("#")[0])
    if found is None:
        raise Invalid(_("Give the address of the other thread."), {"target": "missing"})
    with current_runtime().work(viewer()) as work:
        target_id = service.merge_threads(work, viewer(), thread_id, int(found[1])).id
    flash(_("Merged. The old address leads here."), "success")
    return redirect(url_for("forums.show", thread_id=target_id), 303)


@blueprint.get("/threads/<int:thread_id>/split")
def choose_posts(thread_id: int) -> str:
    """Which posts become a thread of their own."""
    with current_runtime().reading() as session:
        opened = threads.open_thread(session, viewer(), thread_id)
        require(opened.rights.is_moderator, _("This is for moderators."))
        found = posts.list_all(session, opened, 500)[1:]
        return render_template(
            "forums/split.html",
            thread=opened.thread,
            category=opened.category,
            views=posts_of(session, opened, found, opened.thread.last_position),
        )


@blueprint.post("/threads/<int:thread_id>/split")
def split(thread_id: int) -> Response:
    """Make a thread of its own out of some posts."""
    values: dict[str, object] = {name: request.form.get(name, "") for name in ("title", "marking")}
    draft = parse_draft(SplitDraft, {**values, "posts": request.form.getlist("posts")})
    with current_runtime().work(viewer()) as work:
        new = service.split_thread(work, viewer(), thread_id, draft).ref
    flash(_("Split. Old addresses of the posts lead to the new thread."), "success")
    with current_runtime().reading() as session:
        # A stricter thread may not be for the moderator who made it.
        is_seen = new.id in threads.find_titles(session, viewer(), [new.id])
    return redirect(url_for("forums.show", thread_id=new.id if is_seen else thread_id), 303)


@blueprint.post("/threads/<int:thread_id>/mark")
def mark_thread(thread_id: int) -> Response:
    """Raise the marking of a thread."""
    marking = _marking()
    with current_runtime().reading() as session:
        named = list(people_by_email(session, request.form.get("named", "")).values())
    listed = [int(one) for one in request.form.getlist("listed_organisations") if one.isdecimal() and len(one) < 10]
    with current_runtime().work(viewer()) as work:
        service.tighten_thread(work, viewer(), thread_id, marking, listed, named)
    flash(_("Marked. Who may no longer see it does not see it any more."), "success")
    return redirect(url_for("forums.show", thread_id=thread_id), 303)


@blueprint.post("/threads/<int:thread_id>/asker")
def asker(thread_id: int) -> str:
    """Who asked without a name: the look is audited before the name is shown."""
    with current_runtime().work(viewer()) as work:
        person = service.reveal_asker(work, viewer(), thread_id)
        body = get_organisation(work.session, person.organisation_id)
    with current_runtime().reading() as session:
        thread = threads.open_thread(session, viewer(), thread_id).thread
    return render_template("forums/asker.html", asker=person, organisation=body, thread=thread)


@blueprint.post("/posts/<int:post_id>/restore", defaults={"verb": "restore"})
@blueprint.post("/posts/<int:post_id>/release", defaults={"verb": "release"})
def bring_back(post_id: int, verb: str) -> Response:
    """Restore a removed post, or let a held one through."""
    with current_runtime().work(viewer()) as work:
        step = service.restore_post if verb == "restore" else service.release_post
        step(work, viewer(), post_id)
    return redirect(url_for("forums.find_post", post_id=post_id), 303)


@blueprint.post("/posts/<int:post_id>/remove")
def remove_post(post_id: int) -> Response:
    """Remove a post, with the reason."""
    draft = _reason()
    with current_runtime().work(viewer()) as work:
        service.delete_post(work, viewer(), post_id, draft)
    flash(_("Removed. It can be brought back."), "success")
    return redirect(url_for("forums.find_post", post_id=post_id), 303)


@blueprint.post("/posts/<int:post_id>/mark")
def mark_post(post_id: int) -> Response:
    """Raise the marking of a post."""
    marking = _marking()
    with current_runtime().work(viewer()) as work:
        thread_id = service.tighten_post(work, viewer(), post_id, marking).thread_id
    flash(_("Marked. Who may no longer see it does not see it any more."), "success")
    return redirect(url_for("forums.show", thread_id=thread_id), 303)


@blueprint.post("/posts/<int:post_id>/revisions/<int:number>/hide")
def hide(post_id: int, number: int) -> Response:
    """Hide what a post said once."""
    draft = _reason()
    with current_runtime().work(viewer()) as work:
        service.hide_revision(work, viewer(), post_id, number, draft)
    return redirect(url_for("forums.history", post_id=post_id), 303)


def _reason() -> ReasonDraft:
    return parse_draft(ReasonDraft, {"reason": request.form.get("reason", "")})


def _marking() -> Marking:
    text = request.form.get("marking", "")
    if text not in set(Marking):
        raise Invalid(_("Choose a marking."), {"marking": "missing"})
    return Marking(text)
