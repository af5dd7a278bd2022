"""Reading: the home of the forums, a category, a thread, the place of a post, its history, the print view."""

from contextlib import suppress
from functools import partial
from itertools import groupby, pairwise

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.access import Viewer
from core.errors import NotFound, Unavailable, require
from core.paging import Page
from core.people import get_user, names_of_organisations
from forums import policy, relations, service
from forums.models import Post, ThreadState
from forums.queries import cases, categories, people, posts, reading, threads
from forums.queries.threads import Cursor, Opened, Tab
from forums.source import ANCHOR
from webapp.forums.forms import Form, new_key
from webapp.forums.showing import compare, posts_of, rows_of
from webapp.runtime import Runtime, current_runtime
from webapp.session import home_path, local_path, viewer
from webapp.wording.vocabulary import vocabulary

blueprint = Blueprint("forums", __name__, template_folder="../templates")
PRINTED = 500
"""Posts of a thread on paper."""


@blueprint.get("/forums")
def home() -> str:
    """Spaces with their categories: how much is in them and what is newest, as far as the viewer may see it."""
    me = viewer()
    with current_runtime().reading() as session:
        found = categories.list_categories(session, me)
        spaces = categories.spaces_of(session, found)
        ordered = sorted(found, key=lambda one: (one.space_id is not None, one.space_id or 0))
        newest = categories.newest_threads(session, me, found)
        return render_template(
            "forums/home.html",
            groups=[
                (spaces.get(key or 0), list(group)) for key, group in groupby(ordered, key=lambda one: one.space_id)
            ],
            counts=categories.count_threads(session, me, found),
            newest=newest,
            unread=reading.unread_among(session, me, list(newest.values())),
            can_manage=policy.can_manage_categories(me),
            waiting=cases.count_waiting(session, me),
            moderates=bool(cases.moderated(session, me)),
            tab="",
        )


@blueprint.get("/forums/new")
def new() -> str:
    """Threads never opened, of all categories."""
    return _activity(Tab.NEW)


@blueprint.get("/forums/unread")
def unread() -> str:
    """Threads with something unread, of all categories."""
    return _activity(Tab.UNREAD)


@blueprint.get("/forums/mine")
def mine() -> str:
    """Threads one wrote in."""
    return _activity(Tab.MINE)


@blueprint.post("/forums/read/mark")
def mark_read() -> Response:
    """Everything in a category, or everywhere, counts as read."""
    with current_runtime().work(viewer()) as work:
        service.mark_all_read(work, viewer(), request.form.get("category", ""))
    return redirect(local_path(request.form.get("next", "")) or home_path(), 303)


@blueprint.get("/forums/<key>")
def category(key: str) -> str:
    """Threads of a category."""
    me, tab = viewer(), _tab(request.args.get("tab"))
    before = Cursor.parse(request.args.get("before"))
    with current_runtime().reading() as session:
        found = categories.get_category(session, me, key)
        assert found.id is not None
        listing = threads.list_threads(session, me, category_id=found.id, tab=tab, before=before)
        is_first = tab is Tab.ALL and before is None
        rights = categories.rights_of(session, me, found)
        return render_template(
            "forums/category.html",
            category=found,
            space=categories.spaces_of(session, [found]).get(found.space_id or 0),
            rows=rows_of(session, me, listing.threads),
            pinned=rows_of(session, me, threads.list_pinned(session, me, found.id)) if is_first else [],
            following=listing.following,
            before=before,
            tab=tab,
            counts=categories.count_threads(session, me, [found])[found.id],
            can_start=policy.can_start(rights),
            can_manage=policy.can_manage_categories(me),
            words=vocabulary(session),
        )


@blueprint.get("/threads/<int:thread_id>")
def show(thread_id: int) -> Response:
    """A page of a thread. What is on it counts as read once it is sent."""
    me, runtime = viewer(), current_runtime()
    with runtime.reading() as session:
        opened = threads.open_thread(session, me, thread_id)
        thread = opened.thread
        if thread.state == ThreadState.MERGED and thread.merged_into is not None:
            return redirect(url_for("forums.show", thread_id=thread.merged_into), 302)
        page = Page.parse(request.args.get("page"), posts.PAGE_SIZE)
        last = posts.count_pages(thread)
        if page.number > last:
            return redirect(url_for("forums.show", thread_id=thread_id, page=last), 302)
        found = posts.list_posts(session, opened, page.number)
        form = reply_form(session, me, opened)
        text = render_template(
            "forums/thread.html",
            **thread_values(session, me, opened, found),
            page=page.number,
            pages=last,
            form=form,
        )
    answer = make_response(text)
    if thread.is_listed and found:
        position, post_id = max(one.position for one in found), max(one.id or 0 for one in found)
        answer.call_on_close(partial(_remember, runtime, me, thread_id, position, post_id))
    return answer


@blueprint.get("/threads/<int:thread_id>/new")
def first_unread(thread_id: int) -> Response:
    """The first post that the viewer has not read."""
    me = viewer()
    with current_runtime().reading() as session:
        opened = threads.open_thread(session, me, thread_id)
        position = min(reading.read_until(session, me, opened.thread) + 1, max(opened.thread.last_position, 1))
        page = posts.page_of(position)
        found = [one for one in posts.list_posts(session, opened, page) if one.position >= position]
    return redirect(_place(thread_id, page, found[0] if found else None), 302)


@blueprint.get("/threads/<int:thread_id>/posts/<int:post_id>")
def post(thread_id: int, post_id: int) -> Response:
    """Where a post stands now, also after its thread was merged into another one."""
    return _find(post_id)


@blueprint.get("/posts/<int:post_id>")
def find_post(post_id: int) -> Response:
    """The same by the post alone."""
    return _find(post_id)


@blueprint.get("/threads/<int:thread_id>/print")
def sheet(thread_id: int) -> str:
    """A thread on paper, with its marking on every sheet."""
    me = viewer()
    with current_runtime().reading() as session:
        opened = threads.open_thread(session, me, thread_id)
        found = posts.list_all(session, opened, PRINTED)
        return render_template("forums/print.html", **thread_values(session, me, opened, found), limit=PRINTED)


@blueprint.get("/posts/<int:post_id>/history")
def history(post_id: int) -> str:
    """What a post said before its edits: who changed it, when, and what."""
    me = viewer()
    with current_runtime().reading() as session:
        opened, found = posts.open_post(session, me, post_id)
        revisions = posts.list_revisions(session, opened.rights, found)
        may_read = opened.rights.is_moderator
        texts = [one.body_source if may_read or not one.is_hidden else None for one in revisions]
        steps = pairwise([*texts, found.body_source])
        names = {one.written_by for one in revisions} | {found.edited_by or found.author_id}
        if found.is_unnamed:
            names.discard(found.author_id)
        return render_template(
            "forums/history.html",
            post=found,
            opened=opened,
            thread=opened.thread,
            revisions=revisions,
            changes=[compare(old, new) if old is not None and new is not None else None for old, new in steps],
            names=people.bylines(session, names),
        )


@blueprint.get("/threads/<int:thread_id>/receipts")
def receipts(thread_id: int) -> str:
    """Who confirmed an announcement and who did not yet."""
    me = viewer()
    with current_runtime().reading() as session:
        opened = threads.open_thread(session, me, thread_id)
        require(policy.can_see_receipts(opened.rights, opened.thread))
        confirmed, waiting = reading.list_receipts(session, opened.thread)
        bodies = {one.organisation_id for one in [*(user for user, _ in confirmed), *waiting]}
        return render_template(
            "forums/receipts.html",
            thread=opened.thread,
            confirmed=confirmed,
            waiting=waiting,
            organisations=names_of_organisations(session, bodies),
        )


def thread_values(session: Session, me: Viewer, opened: Opened, found: list[Post]) -> dict[str, object]:
    """What the page of a thread and its print view draw."""
    thread, parts = opened.thread, current_runtime().parts
    assert thread.id is not None
    poll = posts.get_poll(session, thread.id)
    about = parts.titles(session, me, [thread.about]) if thread.about else {}
    recipients = relations.recipients_of(session, thread.id)
    solved = posts.find_readable(session, me, [thread.solved_post_id]) if thread.solved_post_id else {}
    return {
        "opened": opened,
        "thread": thread,
        "category": opened.category,
        "rights": opened.rights,
        "views": posts_of(session, opened, found, reading.read_until(session, me, thread)),
        "topics": relations.topics_of(session, [thread.id]).get(thread.id, []),
        "tags": relations.tags_of(session, [thread.id]).get(thread.id, []),
        "organisations": names_of_organisations(session, recipients.organisations),
        "named": [get_user(session, one) for one in sorted(recipients.users)],
        "about_title": about.get(thread.about, "") if thread.about else "",
        "solved": solved.get(thread.solved_post_id or 0),
        "poll": poll,
        "votes": posts.votes_of(session, poll[0].id or 0, me.user_id) if poll else frozenset(),
        "now": current_runtime().clock.now(),
        "is_confirmed": reading.has_confirmed(session, me.user_id, thread.id),
        "targets": categories.list_categories(session, me) if opened.rights.is_moderator else [],
        "can_reply": policy.can_post(opened.rights, thread),
        "can_tag": policy.can_tag(opened.rights, thread),
        "can_tighten": policy.can_tighten(opened.rights, thread.author_id),
        "can_see_receipts": policy.can_see_receipts(opened.rights, thread),
        "is_mine": thread.author_id == me.user_id,
        "words": vocabulary(session),
    }


def reply_form(session: Session, me: Viewer, opened: Opened) -> Form:
    """An empty reply, or the one that is being written."""
    draft = reading.get_draft(session, me.user_id, f"thread:{opened.thread.id}")
    return Form({"body": draft.body if draft else "", "key": new_key()})


def _find(post_id: int) -> Response:
    with current_runtime().reading() as session:
        opened, found = posts.open_post(session, viewer(), post_id)
        return redirect(_place(opened.thread.id or 0, posts.page_of(found.position), found), 302)


def _place(thread_id: int, page: int, found: Post | None) -> str:
    anchor = f"{ANCHOR}{found.id}" if found else None
    return url_for("forums.show", thread_id=thread_id, page=page if page > 1 else None, _anchor=anchor)


def _activity(tab: Tab) -> str:
    me, before = viewer(), Cursor.parse(request.args.get("before"))
    with current_runtime().reading() as session:
        listing = threads.list_threads(session, me, tab=tab, before=before)
        return render_template(
            "forums/activity.html",
            rows=rows_of(session, me, listing.threads),
            following=listing.following,
            before=before,
            tab=tab.value,
            words=vocabulary(session),
            moderates=bool(cases.moderated(session, me)),
        )


def _tab(text: str | None) -> Tab:
    return Tab(text) if text in set(Tab) else Tab.ALL


def _remember(runtime: Runtime, me: Viewer, thread_id: int, position: int, post_id: int) -> None:
    # The page does not depend on it: while the database takes no writes, people go on reading.
    with suppress(Unavailable, NotFound):
        with runtime.reading() as session:
            known = reading.is_read(session, me.user_id, thread_id, position, post_id)
        if not known:
            with runtime.work() as work:
                service.mark_read(work, me, thread_id, position, post_id)


def tell_posted(posted: service.Posted) -> None:
    """Say what became of what somebody wrote."""
    if posted.is_held:
        flash(_("A moderator looks at it before others see it. You are told when it is shown."), "success")
    else:
        flash(_("Posted."), "success")
    if posted.uncalled:
        names = ", ".join(f"@{name}" for name in posted.uncalled)
        flash(_("Nobody was called by %(names)s: no such person or body may read this.", names=names), "warning")
