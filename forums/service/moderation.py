"""What moderators do with whole threads."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from core.access import Marking, Viewer, load_tokens
from core.errors import Conflict, Forbidden, Invalid, Message, require
from core.people import User, get_user
from core.uow import UnitOfWork
from forums import policy, relations
from forums.drafts import ReasonDraft
from forums.models import KIND, Post, Thread, ThreadState
from forums.queries import categories, threads
from forums.queries.threads import Opened
from forums.service.audience import is_wider, keep_own_access, mark_thread, remark_posts
from forums.service.counting import contribution, recount, settle
from forums.service.posting import touch

ONLY_MODERATORS = Message("This is for moderators.")


def set_locked(work: UnitOfWork, viewer: Viewer, thread_id: int, *, locked: bool) -> Thread:
    """Lock a thread, so that nothing can be added to it, or open it again."""
    opened = _moderated(work.session, viewer, thread_id)
    thread = opened.thread
    if not thread.is_listed:
        raise Conflict("Only a thread that is shown can be locked or opened.")
    thread.state = (ThreadState.LOCKED if locked else ThreadState.OPEN).value
    touch(work, thread, "lock")
    work.audit("thread.locked" if locked else "thread.unlocked", thread.ref)
    return thread


def set_pinned(work: UnitOfWork, viewer: Viewer, thread_id: int, *, pinned: bool) -> Thread:
    """Keep a thread at the top of its category, or let it go."""
    thread = _moderated(work.session, viewer, thread_id).thread
    thread.is_pinned = pinned
    work.session.add(thread)
    work.audit("thread.pinned" if pinned else "thread.unpinned", thread.ref)
    return thread


def delete_thread(work: UnitOfWork, viewer: Viewer, thread_id: int, draft: ReasonDraft) -> Thread:
    """Remove a thread. It leaves lists, counts and search at once and can be restored."""
    opened = threads.open_thread(work.session, viewer, thread_id)
    thread, rights = opened.thread, opened.rights
    is_own = thread.author_id == viewer.user_id and thread.post_count + thread.stricter_count <= 1
    require(rights.is_moderator or is_own, "A thread with answers is removed by moderators only.")
    if thread.state in (ThreadState.DELETED, ThreadState.MERGED):
        raise Conflict("This thread is not there any more.")
    before = contribution(thread)
    thread.state, thread.state_reason = ThreadState.DELETED.value, draft.reason
    settle(work.session, before, thread)
    touch(work, thread, "removed")
    work.audit("thread.removed", thread.ref)
    if thread.author_id != viewer.user_id:
        work.notify(thread.author_id, "thread.removed", thread.ref, {})
    return thread


def restore_thread(work: UnitOfWork, viewer: Viewer, thread_id: int) -> Thread:
    """Bring a removed thread back."""
    thread = _moderated(work.session, viewer, thread_id).thread
    if thread.state != ThreadState.DELETED:
        raise Conflict("This thread is not removed.")
    before = contribution(thread)
    thread.state, thread.state_reason = ThreadState.OPEN.value, ""
    recount(work.session, thread)
    settle(work.session, before, thread)
    touch(work, thread, "restored")
    work.audit("thread.restored", thread.ref)
    return thread


def move_thread(work: UnitOfWork, viewer: Viewer, thread_id: int, key: str) -> Thread:
    """Put a thread into another category. Its readers become those of the new place at once; they never become more."""
    opened = _moderated(work.session, viewer, thread_id)
    thread, session = opened.thread, work.session
    target = categories.get_category(session, viewer, key)
    require(categories.rights_of(session, viewer, target).is_moderator, "You do not moderate the other category.")
    if target.id == thread.category_id:
        raise Conflict("It stands there already.")
    if thread.tlp not in target.markings or target.is_archived:
        raise Invalid(
            "That category does not take a thread with this marking.",
            {"category": Message("That category does not take a thread with this marking.")},
        )
    before, old = contribution(thread), load_tokens(session, KIND, [thread_id])[thread_id]
    was, thread.category_id, thread.is_pinned = opened.category.key, target.id or 0, False
    tokens = mark_thread(session, thread, target)
    if is_wider(session, tokens, old):
        raise Forbidden("This would show the thread to more people than it was written for.")
    remark_posts(session, thread, target)
    settle(session, before, thread)
    touch(work, thread, "moved")
    work.audit("thread.moved", thread.ref, before=was, after=target.key)
    if thread.author_id != viewer.user_id:
        work.notify(thread.author_id, "thread.moved", thread.ref, {})
    return thread


def tighten_thread(
    work: UnitOfWork,
    viewer: Viewer,
    thread_id: int,
    marking: Marking,
    organisations: Iterable[int] = (),
    users: Iterable[int] = (),
) -> Thread:
    """Give a thread a stricter marking, or fewer recipients. Nothing in the forums is widened."""
    opened = threads.open_thread(work.session, viewer, thread_id)
    thread, session = opened.thread, work.session
    require(policy.can_tighten(opened.rights, thread.author_id), "The author or a moderator raises a marking.")
    if marking.strictness < thread.tlp.strictness:
        raise Invalid(
            "A marking is only raised here, never lowered.",
            {"marking": Message("A marking is only raised here, never lowered.")},
        )
    if thread.is_unnamed and marking not in (*policy.NAMELESS_MARKINGS, Marking.RED):
        message = "With this marking the thread would tell the organisation of an asker who is not named."
        raise Invalid(message, {"marking": message})
    before, old, was = contribution(thread), load_tokens(session, KIND, [thread_id])[thread_id], thread.marking
    if marking is not thread.tlp:
        thread.marking = thread.chosen_marking = marking.value
    relations.set_recipients(session, thread_id, organisations, users)
    tokens = mark_thread(session, thread, opened.category)
    if is_wider(session, tokens, old):
        raise Forbidden("This would show the thread to more people than it was written for.")
    if thread.author_id == viewer.user_id:
        keep_own_access(viewer, tokens)
    _tighten_posts(session, thread)
    remark_posts(session, thread, opened.category)
    recount(session, thread)
    settle(session, before, thread)
    touch(work, thread, "marking")
    work.audit("thread.marked", thread.ref, before=was, after=thread.marking)
    return thread


def reveal_asker(work: UnitOfWork, viewer: Viewer, thread_id: int) -> User:
    """Who asked without a name. For moderators, and every look is audited."""
    opened = _moderated(work.session, viewer, thread_id)
    if not opened.thread.is_unnamed:
        raise Conflict("This thread names its author.")
    work.audit("thread.asker_shown", opened.thread.ref)
    return get_user(work.session, opened.thread.author_id)


def _tighten_posts(session: Session, thread: Thread) -> None:
    for post in session.exec(select(Post).where(col(Post.thread_id) == thread.id)).all():
        if post.tlp.strictness < thread.tlp.strictness:
            post.marking = thread.marking
            session.add(post)
    session.flush()


def _moderated(session: Session, viewer: Viewer, thread_id: int) -> Opened:
    opened = threads.open_thread(session, viewer, thread_id)
    require(opened.rights.is_moderator, ONLY_MODERATORS)
    return opened
