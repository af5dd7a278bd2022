"""Merging two threads, and splitting one: nothing is lost, old addresses lead on, nobody comes to see more than before."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from core.access import Marking, Tokens, Viewer, drop_tokens, load_tokens, store_tokens
from core.errors import Conflict, Forbidden, Invalid, Message, require
from core.uow import UnitOfWork
from forums import relations
from forums.drafts import SplitDraft
from forums.models import KIND, Category, Post, PostState, Thread, ThreadKind, ThreadState
from forums.queries import threads
from forums.queries.posts import tokens_for
from forums.queries.threads import Opened
from forums.service.audience import intersect, is_wider, mark_post, mark_thread
from forums.service.counting import Contribution, contribution, recount, settle
from forums.service.posting import excerpt_of, touch

ONLY_MODERATORS = Message("This is for moderators.")
WIDER = Message("This would show posts to more people than they were written for.")


def merge_threads(work: UnitOfWork, viewer: Viewer, thread_id: int, target_id: int) -> Thread:
    """Put the posts of a thread behind those of another one. A stub stays that leads there.

    Raises Forbidden when a reader of the target could not read the thread: then the posts would be shown to more people.
    """
    session = work.session
    source, target = _opened(session, viewer, thread_id), _opened(session, viewer, target_id)
    if thread_id == target_id:
        raise Conflict("A thread is not merged into itself.")
    if not source.thread.is_listed or not target.thread.is_listed:
        raise Conflict("Only threads that are shown can be merged.")
    if source.thread.is_unnamed or target.thread.is_unnamed:
        raise Conflict("A question asked without a name stays by itself: merged, it could tell who asked.")
    tokens = load_tokens(session, KIND, [thread_id, target_id])
    if is_wider(session, tokens[target_id], tokens[thread_id]):
        raise Forbidden(WIDER)
    moved = _posts(session, thread_id)
    counted = contribution(source.thread), contribution(target.thread)
    _append(session, moved, target)
    source.thread.state, source.thread.merged_into = ThreadState.MERGED.value, target_id
    source.thread.solved_post_id = None
    _settle(work, source.thread, counted[0], "merged")
    _settle(work, target.thread, counted[1], "merged")
    work.audit("thread.merged", source.thread.ref, into=target_id, posts=len(moved))
    for author in dict.fromkeys(one.author_id for one in moved):
        if author != viewer.user_id:
            work.notify(author, "thread.merged", target.thread.ref, {})
    return target.thread


def split_thread(work: UnitOfWork, viewer: Viewer, thread_id: int, draft: SplitDraft) -> Thread:
    """Make a thread of its own out of some posts, in the same category, with the same marking or a stricter one.

    Their old addresses lead to the new place.
    """
    session = work.session
    opened = _opened(session, viewer, thread_id)
    thread = opened.thread
    if not thread.is_listed:
        raise Conflict("Only a thread that is shown can be split.")
    if thread.is_unnamed:
        raise Conflict("A question asked without a name stays by itself: merged, it could tell who asked.")
    posts = [one for one in _posts(session, thread_id) if one.id in set(draft.posts) and one.position > 1]
    if not posts or len(posts) != len(set(draft.posts)) or posts[0].is_stricter or posts[0].state != PostState.SHOWN:
        raise Invalid(
            "Choose posts of this thread that are shown, and leave its first one.",
            {"posts": Message("Choose posts of this thread that are shown, and leave its first one.")},
        )
    marking = draft.marking or thread.tlp
    if marking.strictness < thread.tlp.strictness or marking not in opened.category.markings:
        raise Invalid(
            "A marking is only raised here, never lowered.",
            {"marking": Message("A marking is only raised here, never lowered.")},
        )
    old = load_tokens(session, KIND, [thread_id])[thread_id]
    new = _new_thread(work, opened, draft.title, posts, marking)
    tokens = mark_thread(session, new, opened.category)
    if is_wider(session, tokens, old):
        raise Forbidden(WIDER)
    counted = contribution(thread), Contribution(new.category_id, new.audience, 0, 0)
    _append(session, posts, Opened(new, opened.category, opened.rights))
    if thread.solved_post_id in {one.id for one in posts}:
        thread.solved_post_id = None
    _settle(work, thread, counted[0], "split")
    _settle(work, new, counted[1], "split")
    work.audit("thread.split", thread.ref, into=new.id, posts=len(posts), marking=new.marking)
    return new


def _new_thread(work: UnitOfWork, opened: Opened, title: str, posts: Sequence[Post], marking: Marking) -> Thread:
    old, first = opened.thread, posts[0]
    is_same = marking is old.tlp
    new = Thread(
        kind=ThreadKind.DISCUSSION.value if old.kind == ThreadKind.ANNOUNCEMENT else old.kind,
        title=title,
        excerpt=excerpt_of(first.body_source),
        category_id=old.category_id,
        # It stays the body's that the old thread was of, so that its readers are no others.
        author_id=first.author_id,
        organisation_id=old.organisation_id,
        country=old.country,
        language=old.language,
        marking=marking.value,
        chosen_marking=old.chosen_marking if is_same else marking.value,
        about_kind=old.about_kind,
        about_id=old.about_id,
        last_at=work.now,
        created_at=first.created_at,
        changed_at=work.now,
    )
    work.session.add(new)
    work.session.flush()
    assert new.id is not None
    assert old.id is not None
    recipients = relations.recipients_of(work.session, old.id)
    # Who wrote the posts, and who asked, goes on reading them.
    bodies = recipients.organisations | {one.organisation_id for one in posts}
    people = recipients.users | {old.author_id} | {one.author_id for one in posts}
    relations.set_recipients(work.session, new.id, bodies, people)
    labels = relations.topics_of(work.session, [old.id]).get(old.id, [])
    relations.set_labels(work.session, new.id, labels, relations.tags_of(work.session, [old.id]).get(old.id, []))
    return new


def _append(session: Session, moved: Sequence[Post], target: Opened) -> None:
    """In their order behind the last post of the target; those that all its readers see get the next numbers."""
    thread, ids = target.thread, {one.id for one in moved}
    assert thread.id is not None
    for post in moved:
        before = tokens_for(session, post)
        post.thread_id = thread.id
        post.reply_to_id = post.reply_to_id if post.reply_to_id in ids else None
        session.add(post)
        session.flush()
        _remark(session, thread, target.category, post, before)
        thread.last_position += not post.is_stricter and post.state != PostState.HELD
        post.position = thread.last_position
    session.add(thread)
    session.flush()


def _remark(session: Session, thread: Thread, category: Category, post: Post, before: Tokens) -> None:
    """Its readers are at most those that it had: who may read the new thread gets nothing that was for others."""
    if post.tlp.strictness < thread.tlp.strictness:
        post.marking = thread.marking
    tokens = intersect(session, mark_post(session, thread, category, post), before)
    post.is_stricter = is_wider(session, load_tokens(session, KIND, [post.thread_id])[post.thread_id], tokens)
    if post.is_stricter:
        store_tokens(session, post.ref, tokens)
    else:
        drop_tokens(session, post.ref)


def _settle(work: UnitOfWork, thread: Thread, before: Contribution, reason: str) -> None:
    recount(work.session, thread)
    settle(work.session, before, thread)
    touch(work, thread, reason)


def _posts(session: Session, thread_id: int) -> list[Post]:
    rows = select(Post).where(Post.thread_id == thread_id)
    return list(session.exec(rows.order_by(col(Post.position), col(Post.id))))


def _opened(session: Session, viewer: Viewer, thread_id: int) -> Opened:
    opened = threads.open_thread(session, viewer, thread_id)
    require(opened.rights.is_moderator, ONLY_MODERATORS)
    return opened
