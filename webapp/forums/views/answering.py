"""What one does with what others wrote: accept it, thank for it, flag it, vote, confirm."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forums import service
from forums.drafts import FlagDraft
from webapp.forms import parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer

blueprint = Blueprint("forum_answers", __name__)


@blueprint.post("/posts/<int:post_id>/accept")
def accept(post_id: int) -> Response:
    """Say that a post solved the question, or that it did not."""
    with current_runtime().work(viewer()) as work:
        service.accept_answer(work, viewer(), post_id, accept=request.form.get("accept") == "1")
    return redirect(url_for("forums.find_post", post_id=post_id), 303)


@blueprint.post("/posts/<int:post_id>/thanks")
def thank(post_id: int) -> Response:
    """Thank for a post, or take it back."""
    with current_runtime().work(viewer()) as work:
        service.thank(work, viewer(), post_id, thanks=request.form.get("thanks") == "1")
    return redirect(url_for("forums.find_post", post_id=post_id), 303)


@blueprint.post("/posts/<int:post_id>/flag")
def flag(post_id: int) -> Response:
    """Bring a post before the moderators."""
    values = {name: request.form.get(name, "") for name in ("reason", "note")}
    with current_runtime().work(viewer()) as work:
        service.flag_post(work, viewer(), post_id, parse_draft(FlagDraft, values))
    flash(_("The moderators will look at it. You are told what they decide, and why."), "success")
    return redirect(url_for("forums.find_post", post_id=post_id), 303)


@blueprint.post("/threads/<int:thread_id>/vote")
def vote(thread_id: int) -> Response:
    """Vote in the poll of a thread."""
    chosen = [int(one) for one in request.form.getlist("option") if one.isdecimal() and len(one) < 10]
    with current_runtime().work(viewer()) as work:
        service.vote(work, viewer(), thread_id, chosen)
    return redirect(url_for("forums.show", thread_id=thread_id, _anchor="poll"), 303)


@blueprint.post("/threads/<int:thread_id>/confirm")
def confirm(thread_id: int) -> Response:
    """Say that one has read an announcement."""
    with current_runtime().work(viewer()) as work:
        service.confirm_reading(work, viewer(), thread_id)
    flash(_("Thank you. It is noted that you have read this."), "success")
    return redirect(url_for("forums.show", thread_id=thread_id), 303)
