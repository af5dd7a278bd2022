"""Changing what was posted: edits with history, removal and return, a stricter marking, the head of a thread."""

from sqlmodel import Session, col, select

from core import markup
from core.access import Marking, Viewer, store_tokens, viewer_of
from core.errors import Conflict, Invalid, Message, NotFound, require
from core.people import User
from core.uow import UnitOfWork
from forums import policy, relations
from forums.drafts import EditDraft, HeadDraft, ReasonDraft
from forums.models import Post, PostQuote, PostRevision, PostState, Thread
from forums.queries import posts, threads
from forums.queries.threads import Opened
from forums.service.audience import intersect, keep_own_access, mark_post, set_quotes
from forums.service.counting import Contribution, contribution, recount, settle
from forums.service.mentions import call_people
from forums.service.posting import Posted, excerpt_of, quoted_in, release, touch

OUTDATED = Message("Somebody else saved this while you were writing. Compare, then save again.")


def edit_post(work: UnitOfWork, viewer: Viewer, post_id: int, draft: EditDraft, body: markup.Rendered) -> Posted:
    """Change a post; what it said before stays in its history. Raises Conflict when it was changed meanwhile."""
    opened, post = posts.open_post(work.session, viewer, post_id)
    require(policy.can_edit(opened.rights, opened.thread, post), "This post cannot be changed by you, or not any more.")
    if draft.revision != post.revision:
        raise Conflict(OUTDATED)
    if draft.body == post.body_source:
        return Posted(opened.thread, post)
    before = contribution(opened.thread)
    work.session.add(
        PostRevision(
            post_id=post_id,
            number=post.revision,
            body_source=post.body_source,
            written_by=post.edited_by or post.author_id,
            written_at=post.edited_at or post.created_at,
        )
    )
    post.body_source, post.body_html, post.rendered_by = draft.body, body.html, body.version
    post.edited_at, post.edited_by = work.now, viewer.user_id
    post.revision += 1
    _follow_quotes(work, opened, post)
    _refresh(work, opened, post, before, "edit")
    work.audit("post.edited", post.ref, revision=post.revision)
    uncalled = call_people(work, opened, post) if post.state == PostState.SHOWN else []
    return Posted(opened.thread, post, tuple(uncalled))


def _follow_quotes(work: UnitOfWork, opened: Opened, post: Post) -> None:
    """A quotation that came with the edit narrows who reads the post; one that went does not widen it again."""
    session = work.session
    quoted = quoted_in(session, opened.rights.viewer, post.body_source)
    strict = [one.tlp for one in quoted if one.tlp.strictness > post.tlp.strictness]
    if strict:
        post.marking = max(strict, key=lambda one: one.strictness).value
    known = {one.id for one in _quoted_before(session, post)}
    set_quotes(session, post, {one.id for one in quoted if one.id is not None} | {one for one in known if one})
    was = posts.tokens_for(session, post)
    now = mark_post(session, opened.thread, opened.category, post)
    if post.is_stricter:
        store_tokens(session, post.ref, intersect(session, now, was))
    if post.position <= 1 and post.is_stricter:
        message = "A thread cannot begin with a quotation that fewer people may read than the thread."
        raise Invalid(message, {"body": message})


def _quoted_before(session: Session, post: Post) -> list[Post]:
    from_rows = select(Post).join(PostQuote, col(PostQuote.quoted_id) == col(Post.id))
    return list(session.exec(from_rows.where(PostQuote.post_id == post.id)))


def delete_post(work: UnitOfWork, viewer: Viewer, post_id: int, draft: ReasonDraft) -> Post:
    """Take a post away. Its place stays with the reason; it leaves search at once and can be restored."""
    opened, post = posts.open_post(work.session, viewer, post_id)
    require(policy.can_withdraw(opened.rights, opened.thread, post), "Only its author or a moderator removes a post.")
    if post.id == posts.first_post(work.session, post.thread_id).id:
        raise Conflict("A thread stands on its first post: remove the thread instead.")
    remove(work, opened, post, draft.reason)
    return post


def remove(work: UnitOfWork, opened: Opened, post: Post, reason: str) -> None:
    """The step that removing and deciding a case share."""
    thread, before = opened.thread, contribution(opened.thread)
    post.state, post.deleted_at, post.deleted_by = PostState.DELETED.value, work.now, opened.rights.user_id
    post.deleted_why = reason
    if thread.solved_post_id == post.id:
        thread.solved_post_id = None
    _refresh(work, opened, post, before, "removed")
    # The reason stands on the post, under its marking; the audit keeps no text of restricted content.
    work.audit("post.removed", post.ref)
    if post.author_id != opened.rights.user_id:
        work.notify(post.author_id, "post.removed", post.ref, {})


def restore_post(work: UnitOfWork, viewer: Viewer, post_id: int) -> Post:
    """Bring a removed post back to its place."""
    opened, post = posts.open_post(work.session, viewer, post_id)
    require(policy.can_restore(opened.rights, post), "Only a moderator brings back what a moderator removed.")
    bring_back(work, opened, post)
    return post


def bring_back(work: UnitOfWork, opened: Opened, post: Post) -> None:
    """The step that restoring and deciding an appeal share."""
    before = contribution(opened.thread)
    post.state, post.deleted_at, post.deleted_by, post.deleted_why = PostState.SHOWN.value, None, None, ""
    _refresh(work, opened, post, before, "restored")
    work.audit("post.restored", post.ref)
    if post.author_id != opened.rights.user_id:
        work.notify(post.author_id, "post.restored", post.ref, {})


def release_post(work: UnitOfWork, viewer: Viewer, post_id: int) -> Posted:
    """Let a post through that waited for a moderator."""
    opened, post = posts.open_post(work.session, viewer, post_id)
    require(opened.rights.is_moderator and post.author_id != viewer.user_id, "Another moderator lets a post through.")
    if post.state != PostState.HELD:
        raise Conflict("Somebody has dealt with this post already.")
    author = work.session.get(User, post.author_id)
    assert author is not None
    posted = release(work, opened, post, viewer_of(work.session, author))
    work.audit("post.released", post.ref)
    work.notify(post.author_id, "post.released", post.ref, {})
    return posted


def hide_revision(work: UnitOfWork, viewer: Viewer, post_id: int, number: int, draft: ReasonDraft) -> None:
    """Hide from readers what a post said once."""
    opened, _ = posts.open_post(work.session, viewer, post_id)
    require(opened.rights.is_moderator, "Moderators hide what a post said once.")
    wanted = select(PostRevision).where(PostRevision.post_id == post_id, PostRevision.number == number)
    row = work.session.exec(wanted).one_or_none()
    if row is None:
        raise NotFound
    row.is_hidden, row.hidden_by, row.hidden_why = True, viewer.user_id, draft.reason
    work.session.add(row)
    work.audit("post.revision_hidden", opened.thread.ref, post=post_id, number=number)


def tighten_post(work: UnitOfWork, viewer: Viewer, post_id: int, marking: Marking) -> Post:
    """Give a post a stricter marking. It leaves the thread's document at once."""
    opened, post = posts.open_post(work.session, viewer, post_id)
    require(policy.can_tighten(opened.rights, post.author_id), "The author or a moderator raises a marking.")
    if marking.strictness <= post.tlp.strictness:
        raise Invalid(
            "A marking is only raised here, never lowered.",
            {"marking": Message("A marking is only raised here, never lowered.")},
        )
    if post.id == posts.first_post(work.session, post.thread_id).id:
        raise Conflict("The first post has the marking of its thread: raise that.")
    if post.is_unnamed and marking not in policy.NAMELESS_MARKINGS and marking is not Marking.RED:
        message = "With this marking the post would tell the organisation of an asker who is not named."
        raise Invalid(message, {"marking": message})
    before, was = contribution(opened.thread), post.marking
    readers = posts.tokens_for(work.session, post)
    post.marking = post.chosen_marking = marking.value
    tokens = intersect(work.session, mark_post(work.session, opened.thread, opened.category, post), readers)
    if post.is_stricter:
        store_tokens(work.session, post.ref, tokens)
    if viewer.user_id == post.author_id:
        keep_own_access(viewer, tokens)
    if opened.thread.solved_post_id == post.id and post.is_stricter:
        opened.thread.solved_post_id = None
    _refresh(work, opened, post, before, "marking")
    work.audit("post.marked", post.ref, before=was, after=post.marking)
    return post


def edit_head(work: UnitOfWork, viewer: Viewer, thread_id: int, draft: HeadDraft) -> Thread:
    """Change title, topics and tags."""
    opened = threads.open_thread(work.session, viewer, thread_id)
    thread = opened.thread
    require(policy.can_tag(opened.rights, thread), "The author or a moderator changes title, topics and tags.")
    if draft.revision != thread.revision:
        raise Conflict(OUTDATED)
    thread.title = draft.title
    relations.set_labels(work.session, thread_id, draft.topics, draft.tags)
    touch(work, thread, "edit")
    work.audit("thread.edited", thread.ref, revision=thread.revision)
    return thread


def _refresh(work: UnitOfWork, opened: Opened, post: Post, before: Contribution, reason: str) -> None:
    thread = opened.thread
    work.session.add(post)
    if post.position <= 1 and not post.is_stricter and post.id == posts.first_post(work.session, post.thread_id).id:
        thread.excerpt = excerpt_of(post.body_source)
    recount(work.session, thread)
    settle(work.session, before, thread)
    touch(work, thread, reason)
