"""Writing: threads, replies, edits, drafts, and what helps while one types."""

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core import markup
from core.access import Marking
from core.content import Card, ContentRef
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable, require
from forums import policy, relations, service
from forums.drafts import MAX_POST, EditDraft, HeadDraft, KeptDraft, ReplyDraft
from forums.models import KIND, Post
from forums.queries import categories, people, posts, reading, threads
from webapp.errors import problem_of
from webapp.forms import parse_draft
from webapp.forums.forms import (
    THREAD_LISTS,
    Form,
    known_language,
    new_key,
    people_by_email,
    thread_choices,
    thread_draft,
)
from webapp.forums.showing import posts_of
from webapp.forums.views.reading import tell_posted
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.wording.i18n import interface_language
from webapp.wording.vocabulary import vocabulary

blueprint = Blueprint("forum_writing", __name__)
Answered = Response | tuple[str, int]


@blueprint.get("/forums/start")
def choose() -> str:
    """Where to start a thread, with a title or about something that was chosen before."""
    me = viewer()
    with current_runtime().reading() as session:
        about = _about(session, request.args.get("about", ""))
        found = [
            one
            for one in categories.list_categories(session, me)
            if policy.can_start(categories.rights_of(session, me, one))
            and (about is None or Marking(about.marking.removeprefix("TLP:")).strictness <= one.markings[-1].strictness)
        ]
        return render_template(
            "forums/choose.html",
            categories=found,
            spaces=categories.spaces_of(session, found),
            about=about,
            title=request.args.get("title", "")[:200],
        )


@blueprint.get("/forums/<key>/start")
def start(key: str) -> str:
    """An empty thread, or the one that is being written."""
    me = viewer()
    with current_runtime().reading() as session:
        category = categories.get_category(session, me, key)
        require(policy.can_start(categories.rights_of(session, me, category)))
        draft = reading.get_draft(session, me.user_id, f"category:{category.id}")
        values = {
            "title": request.args.get("title", "")[:200] or (draft.title if draft else ""),
            "body": draft.body if draft else "",
            "about": request.args.get("about", ""),
            "language": known_language(interface_language()),
            "key": new_key(),
        }
        return _start_page(session, key, Form(values))


@blueprint.post("/forums/<key>/start")
def begin(key: str) -> Answered:
    """Start a thread."""
    me, form = viewer(), Form.posted(request.form, THREAD_LISTS)
    if form.get("preview"):
        return _previewed(form, lambda session, shown: _start_page(session, key, shown))
    try:
        with current_runtime().reading() as session:
            draft = thread_draft(form, people_by_email(session, form.get("named")))
            card = _about(session, draft.about)
        about = service.About(card.ref, Marking(card.marking.removeprefix("TLP:"))) if card else None
        body = markup.render(draft.body)
        with current_runtime().work(me) as work:
            posted = service.start_thread(work, me, key, draft, body, about)
            thread_id = posted.thread.id
    except (Invalid, Conflict, Forbidden) as error:
        with current_runtime().reading() as session:
            categories.get_category(session, me, key)
            return _start_page(session, key, form.failed(error, named_users="named")), problem_of(error).status
    tell_posted(posted)
    return redirect(url_for("forums.show", thread_id=thread_id), 303)


@blueprint.get("/threads/<int:thread_id>/reply")
def answer(thread_id: int) -> str:
    """A reply on a page of its own: to a post, with a quotation."""
    me = viewer()
    with current_runtime().reading() as session:
        opened = threads.open_thread(session, me, thread_id)
        require(policy.can_post(opened.rights, opened.thread), _("This thread takes no replies."))
        draft = reading.get_draft(session, me.user_id, f"thread:{thread_id}")
        body = draft.body if draft else ""
        quoted = _wanted(session, request.args.get("quote"))
        if quoted is not None:
            body = f"{body}\n\n{_quotation(session, quoted)}\n\n".lstrip()
        target = request.args.get("to", "") or (str(quoted.id) if quoted and quoted.thread_id == thread_id else "")
        form = Form({"body": body, "reply_to": target, "key": new_key()})
        return _reply_page(session, thread_id, form)


@blueprint.post("/threads/<int:thread_id>/reply")
def reply(thread_id: int) -> Answered:
    """Post a reply. What was typed is never lost, whatever became of the thread meanwhile."""
    me, form = viewer(), Form.posted(request.form)
    if form.get("preview"):
        return _previewed(form, lambda session, shown: _reply_page(session, thread_id, shown))
    try:
        draft = parse_draft(ReplyDraft, form.values)
        body = markup.render(draft.body)
        with current_runtime().work(me) as work:
            posted = service.reply(work, me, thread_id, draft, body)
            post_id = posted.post.id
    except (Invalid, Conflict, Forbidden, NotFound) as error:
        return _not_posted(thread_id, form.failed(error), error)
    tell_posted(posted)
    return redirect(url_for("forums.post", thread_id=thread_id, post_id=post_id), 303)


@blueprint.get("/posts/<int:post_id>/edit")
def edit(post_id: int) -> str:
    """A post in the editor."""
    with current_runtime().reading() as session:
        opened, post = posts.open_post(session, viewer(), post_id)
        require(
            policy.can_edit(opened.rights, opened.thread, post),
            _("This post cannot be changed by you, or not any more."),
        )
        return _edit_page(session, post_id, Form({"body": post.body_source, "revision": str(post.revision)}))


@blueprint.post("/posts/<int:post_id>/edit")
def save(post_id: int) -> Answered:
    """Save a changed post."""
    me, form = viewer(), Form.posted(request.form)
    if form.get("preview"):
        return _previewed(form, lambda session, shown: _edit_page(session, post_id, shown))
    try:
        draft = parse_draft(EditDraft, form.values)
        body = markup.render(draft.body)
        with current_runtime().work(me) as work:
            posted = service.edit_post(work, me, post_id, draft, body)
            thread_id = posted.thread.id
    except (Invalid, Conflict, Forbidden) as error:
        with current_runtime().reading() as session:
            _opened, post = posts.open_post(session, me, post_id)
            form = form.failed(error)
            if isinstance(error, Conflict):
                form = replace(form.with_values(revision=str(post.revision)), is_outdated=True)
            return _edit_page(session, post_id, form), problem_of(error).status
    tell_posted(posted)
    return redirect(url_for("forums.post", thread_id=thread_id, post_id=post_id), 303)


@blueprint.get("/threads/<int:thread_id>/edit")
def edit_head(thread_id: int) -> str:
    """Title, topics and tags of a thread."""
    with current_runtime().reading() as session:
        opened = threads.open_thread(session, viewer(), thread_id)
        require(policy.can_tag(opened.rights, opened.thread))
        form = Form(
            {
                "title": opened.thread.title,
                "tags": ", ".join(relations.tags_of(session, [thread_id]).get(thread_id, [])),
                "revision": str(opened.thread.revision),
            },
            {"topics": relations.topics_of(session, [thread_id]).get(thread_id, [])},
        )
        return render_template(
            "forums/head.html", thread=opened.thread, category=opened.category, form=form, words=vocabulary(session)
        )


@blueprint.post("/threads/<int:thread_id>/edit")
def save_head(thread_id: int) -> Answered:
    """Save title, topics and tags."""
    me, form = viewer(), Form.posted(request.form, ("topics",))
    try:
        with current_runtime().work(me) as work:
            service.edit_head(work, me, thread_id, parse_draft(HeadDraft, {**form.values, **form.lists}))
    except (Invalid, Conflict) as error:
        with current_runtime().reading() as session:
            opened = threads.open_thread(session, me, thread_id)
            require(policy.can_tag(opened.rights, opened.thread))
            form = form.failed(error)
            if isinstance(error, Conflict):
                form = replace(form.with_values(revision=str(opened.thread.revision)), is_outdated=True)
            values = {"thread": opened.thread, "category": opened.category, "form": form}
            return render_template("forums/head.html", **values, words=vocabulary(session)), problem_of(error).status
    flash(_("Saved."), "success")
    return redirect(url_for("forums.show", thread_id=thread_id), 303)


@blueprint.post("/forums/preview/show")
def preview() -> str:
    """A text as it will look, made by what makes the post."""
    html = markup.render(request.form.get("body", "")[:MAX_POST]).html
    return render_template("forums/_preview.html", html=html)


@blueprint.get("/forums/similar")
def similar() -> str:
    """Threads and records near a title that is being typed."""
    title = request.args.get("title", "").strip()[:200]
    cards: list[Card] = []
    runtime = current_runtime()
    with runtime.reading() as session:
        if len(title) >= 8 and viewer().audience:
            try:
                cards = runtime.search.similar(session, viewer(), ContentRef(KIND, 0), title)
            except Unavailable:
                # Nobody needs the list to write: it stays empty while the engine is down.
                cards = []
        return render_template("forums/_similar.html", cards=cards, words=vocabulary(session))


@blueprint.get("/threads/<int:thread_id>/people")
def people_of_thread(thread_id: int) -> Response:
    """Whom one may call in a thread, by the letters typed so far."""
    with current_runtime().reading() as session:
        opened = threads.open_thread(session, viewer(), thread_id)
        tokens = threads.tokens_of_thread(session, opened.thread)
        found = people.find_candidates(session, tokens, request.args.get("q", ""))
    return jsonify([{"insert": one.insert, "name": one.name, "detail": one.detail} for one in found])


@blueprint.get("/forums/<key>/people")
def people_of_category(key: str) -> Response:
    """Whom one may call in a new thread of a category."""
    with current_runtime().reading() as session:
        category = categories.get_category(session, viewer(), key)
        tokens = categories.tokens_of_category(session, category)
        found = people.find_candidates(session, tokens, request.args.get("q", ""))
    return jsonify([{"insert": one.insert, "name": one.name, "detail": one.detail} for one in found])


@blueprint.post("/forums/drafts")
def keep() -> str:
    """Keep what is being typed; the answer is a line that says so."""
    kept = parse_draft(KeptDraft, {name: request.form.get(name, "") for name in ("title", "body")})
    with current_runtime().work(viewer()) as work:
        row = service.save_draft(work, viewer(), request.form.get("scope", ""), kept, request.form.get("key", ""))
        now = work.now if row else None
    return render_template("forums/_kept.html", at=now)


@blueprint.get("/forums/drafts")
def drafts() -> str:
    """Everything one is writing."""
    me = viewer()
    with current_runtime().reading() as session:
        rows = reading.list_drafts(session, me.user_id)
        scopes = {row.scope: row.scope.partition(":") for row in rows}
        of_threads = [int(number) for kind, _, number in scopes.values() if kind == "thread"]
        of_categories = [int(number) for kind, _, number in scopes.values() if kind == "category"]
        known = {one.id: one for one in categories.list_categories(session, me, with_archived=True)}
        return render_template(
            "forums/drafts.html",
            drafts=rows,
            titles={f"thread:{key}": text for key, text in threads.find_titles(session, me, of_threads).items()},
            categories={f"category:{key}": known[key] for key in of_categories if key in known},
            tab="drafts",
        )


@blueprint.post("/forums/drafts/remove")
def drop() -> Response:
    """Forget a draft."""
    with current_runtime().work(viewer()) as work:
        service.drop_draft(work, viewer(), request.form.get("scope", ""))
    return redirect(url_for("forum_writing.drafts"), 303)


def _previewed(form: Form, page: Callable[[Session, Form], str]) -> Answered:
    # Without a script the preview comes with the form it was asked from.
    html = markup.render(form.get("body")[:MAX_POST]).html
    with current_runtime().reading() as session:
        return page(session, replace(form, preview_html=html)), 200


def _about(session: Session, reference: str) -> Card | None:
    """The card of what is to be discussed. Raises NotFound for what is not there or not for this viewer."""
    if not reference:
        return None
    try:
        ref = ContentRef.parse(reference)
    except ValueError as error:
        raise NotFound from error
    source = current_runtime().sources.get(ref.kind)
    card = source.cards(session, viewer(), [ref.id]).get(ref.id) if source and 0 < ref.id < 2**31 else None
    if card is None or ref.kind == KIND:
        raise NotFound
    return card


def _start_page(session: Session, key: str, form: Form) -> str:
    me = viewer()
    category = categories.get_category(session, me, key)
    rights = categories.rights_of(session, me, category)
    about = _about(session, form.get("about"))
    least = Marking(about.marking.removeprefix("TLP:")) if about else None
    return render_template(
        "forums/start.html",
        category=category,
        form=form if form.get("key") else form.with_values(key=new_key()),
        choices=thread_choices(session, rights, least),
        about=about,
        words=vocabulary(session),
    )


def _reply_page(session: Session, thread_id: int, form: Form) -> str:
    opened = threads.open_thread(session, viewer(), thread_id)
    target = _wanted(session, form.get("reply_to"))
    shown = [target] if target is not None and target.thread_id == thread_id else []
    return render_template(
        "forums/reply.html",
        thread=opened.thread,
        category=opened.category,
        form=form if form.get("key") else form.with_values(key=new_key()),
        views=posts_of(session, opened, shown, opened.thread.last_position),
        can_reply=policy.can_post(opened.rights, opened.thread),
    )


def _edit_page(session: Session, post_id: int, form: Form) -> str:
    opened, post = posts.open_post(session, viewer(), post_id)
    require(
        policy.can_edit(opened.rights, opened.thread, post), _("This post cannot be changed by you, or not any more.")
    )
    return render_template("forums/edit.html", thread=opened.thread, category=opened.category, post=post, form=form)


def _not_posted(thread_id: int, form: Form, error: DomainError) -> Answered:
    """The text again where it was typed; where the thread is no longer for this viewer, on a page that shows nothing else."""
    status = problem_of(error).status
    with current_runtime().reading() as session:
        try:
            page = _reply_page(session, thread_id, form)
        except NotFound:
            if not form.get("body").strip():
                raise
            page = render_template("forums/unposted.html", form=form)
    return page, status


def _wanted(session: Session, number: str | None) -> Post | None:
    """A post named in an address, when the viewer may read it."""
    if not number or not number.isdecimal() or len(number) > 9:
        return None
    return posts.find_readable(session, viewer(), [int(number)]).get(int(number))


def _quotation(session: Session, post: Post) -> str:
    """The words of a post with who said them and where: the strictest marking of both holds for what carries them."""
    names = {} if post.is_unnamed else people.bylines(session, [post.author_id])
    name = names[post.author_id].name if names else _("The asker")
    head = f"**{name}**, [{post.created_at:%Y-%m-%d}]({url_for('forums.post', thread_id=post.thread_id, post_id=post.id)}):"
    return "\n".join(f"> {line}".rstrip() for line in [head, "", *post.body_source.splitlines()])
