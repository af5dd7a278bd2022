"""What is read, being written and confirmed. Nothing here is audited: it is a person's own."""

from sqlmodel import Session

from core.access import Viewer
from core.errors import Invalid
from core.uow import UnitOfWork
from forums.drafts import KeptDraft
from forums.models import CategoryRead, Post, PostDraft, Receipt, Thread, ThreadKind, ThreadRead
from forums.queries import categories, posts, reading, threads


def mark_read(work: UnitOfWork, viewer: Viewer, thread_id: int, position: int, post_id: int) -> None:
    """The viewer has read a thread so far. A mark never goes back."""
    mark = _mark(work, viewer, thread_id)
    mark.position, mark.post_id, mark.at = max(mark.position, position), max(mark.post_id, post_id), work.now
    work.session.add(mark)


def mark_all_read(work: UnitOfWork, viewer: Viewer, key: str = "") -> int:
    """Everything up to now in one category, or in all that the viewer sees, counts as read; the number of categories."""
    found = [categories.get_category(work.session, viewer, key)] if key else []
    found = found or categories.list_categories(work.session, viewer, with_archived=True)
    for category in found:
        assert category.id is not None
        row = work.session.get(CategoryRead, (viewer.user_id, category.id))
        row = row or CategoryRead(user_id=viewer.user_id, category_id=category.id, read_at=work.now)
        row.read_at = work.now
        work.session.add(row)
    return len(found)


def step_read(work: UnitOfWork, viewer: Viewer, thread: Thread, post: Post) -> None:
    """One's own post is read if everything before it was."""
    assert thread.id is not None
    assert post.id is not None
    before = thread.last_position - (0 if post.is_stricter else 1)
    if reading.read_until(work.session, viewer, thread) >= before:
        mark_read(work, viewer, thread.id, thread.last_position, post.id)


def save_draft(work: UnitOfWork, viewer: Viewer, scope: str, draft: KeptDraft, key: str = "") -> PostDraft | None:
    """Keep what is being written. None when the form with this key was posted meanwhile, or nothing stands in it."""
    if key and posts.find_sent(work.session, viewer.user_id, key) is not None:
        return None
    _check_scope(work.session, viewer, scope)
    if not draft.title.strip() and not draft.body.strip():
        drop_draft(work, viewer, scope)
        return None
    row = reading.get_draft(work.session, viewer.user_id, scope)
    row = row or PostDraft(user_id=viewer.user_id, scope=scope, body="", changed_at=work.now)
    row.title, row.body, row.changed_at = draft.title, draft.body, work.now
    work.session.add(row)
    work.session.flush()
    return row


def drop_draft(work: UnitOfWork, viewer: Viewer, scope: str) -> None:
    """Forget what was being written there."""
    row = reading.get_draft(work.session, viewer.user_id, scope)
    if row is not None:
        work.session.delete(row)
        work.session.flush()


def confirm_reading(work: UnitOfWork, viewer: Viewer, thread_id: int) -> None:
    """The viewer says that he has read an announcement. Twice is once."""
    opened = threads.open_thread(work.session, viewer, thread_id)
    if opened.thread.kind != ThreadKind.ANNOUNCEMENT:
        raise Invalid("Only announcements are confirmed.")
    if not reading.has_confirmed(work.session, viewer.user_id, thread_id):
        work.session.add(Receipt(thread_id=thread_id, user_id=viewer.user_id, at=work.now))
        work.session.flush()


def _mark(work: UnitOfWork, viewer: Viewer, thread_id: int) -> ThreadRead:
    row = work.session.get(ThreadRead, (viewer.user_id, thread_id))
    return row or ThreadRead(user_id=viewer.user_id, thread_id=thread_id, at=work.now)


def _check_scope(session: Session, viewer: Viewer, scope: str) -> None:
    """A draft belongs to a place that its writer sees, or has been kept for one that he saw when he began it."""
    if reading.get_draft(session, viewer.user_id, scope) is not None:
        return
    kind, _, number = scope.partition(":")
    if not number.isdecimal() or len(number) > 9 or kind not in ("thread", "category"):
        raise Invalid("This draft belongs nowhere.")
    if kind == "thread":
        threads.open_thread(session, viewer, int(number))
    else:
        categories.get_category_by_id(session, viewer, int(number))
