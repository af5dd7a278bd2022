"""Categories: making, changing, ordering, closing them."""

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.access import Marking
from core.errors import Conflict, Forbidden, Invalid, require
from core.uow import UnitOfWork
from forums import policy, service
from forums.drafts import CategoryDraft
from forums.models import Category
from forums.queries import categories
from webapp.errors import problem_of
from webapp.forums.forms import (
    CATEGORY_LISTS,
    Form,
    category_choices,
    category_draft,
    category_form,
    people_by_email,
)
from webapp.runtime import current_runtime
from webapp.session import viewer

blueprint = Blueprint("forum_categories", __name__)


@blueprint.get("/forums/manage")
def index() -> str:
    """All categories that the viewer sees, in their order."""
    me = viewer()
    require(policy.can_manage_categories(me))
    with current_runtime().reading() as session:
        found = categories.list_categories(session, me, with_archived=True)
        spaces = categories.spaces_of(session, found)
    return render_template("forums/manage.html", categories=found, spaces=spaces, tab="manage")


@blueprint.get("/forums/manage/new")
def new() -> str:
    """An empty category."""
    require(policy.can_manage_categories(viewer()))
    values = {"default_marking": Marking.AMBER_STRICT.value, "held_posts": "0", "slow_seconds": "0"}
    with current_runtime().reading() as session:
        return _page(session, Form(values), None)


@blueprint.post("/forums/manage/new")
def create() -> Response | tuple[str, int]:
    """Add a category."""
    return _saved(None, lambda work, draft: service.create_category(work, viewer(), draft))


@blueprint.get("/forums/manage/<key>")
def edit(key: str) -> str:
    """A category with its rules."""
    me = viewer()
    require(policy.can_manage_categories(me))
    with current_runtime().reading() as session:
        found = categories.get_category(session, me, key)
        return _page(session, category_form(found, categories.list_moderators(session, found.id or 0)), key)


@blueprint.post("/forums/manage/<key>")
def save(key: str) -> Response | tuple[str, int]:
    """Save a category."""
    return _saved(key, lambda work, draft: service.edit_category(work, viewer(), key, draft))


@blueprint.post("/forums/manage/<key>/archive", defaults={"verb": "archive"})
@blueprint.post("/forums/manage/<key>/open", defaults={"verb": "open"})
@blueprint.post("/forums/manage/<key>/up", defaults={"verb": "up"})
@blueprint.post("/forums/manage/<key>/down", defaults={"verb": "down"})
def change(key: str, verb: str) -> Response:
    """Close a category or open it again; move it up or down."""
    with current_runtime().work(viewer()) as work:
        if verb in ("up", "down"):
            service.move_category(work, viewer(), key, up=verb == "up")
        else:
            service.archive_category(work, viewer(), key, archived=verb == "archive")
    return redirect(url_for("forum_categories.index"), 303)


def _saved(key: str | None, step: Callable[[UnitOfWork, CategoryDraft], Category]) -> Response | tuple[str, int]:
    me, form = viewer(), Form.posted(request.form, CATEGORY_LISTS)
    require(policy.can_manage_categories(me))
    if key:
        form = form.with_values(key=key)
    try:
        with current_runtime().work(me) as work:
            step(work, category_draft(form, people_by_email(work.session, form.get("moderators"))))
    except (Invalid, Conflict, Forbidden) as error:
        with current_runtime().reading() as session:
            form = form.failed(error)
            if key and isinstance(error, Conflict):
                found = categories.get_category(session, me, key)
                form = replace(form.with_values(revision=str(found.revision)), is_outdated=True)
            return _page(session, form, key), problem_of(error).status
    flash(_("Saved."), "success")
    return redirect(url_for("forum_categories.index"), 303)


def _page(session: Session, form: Form, key: str | None) -> str:
    return render_template("forums/manage_one.html", form=form, key=key, choices=category_choices(session, viewer()))
