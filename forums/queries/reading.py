"""What a person has read, is writing, and has confirmed."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from core.access import Viewer, load_tokens
from core.people import User
from forums.models import KIND, CategoryRead, PostDraft, Receipt, Thread, ThreadRead
from forums.queries.people import list_readers
from forums.queries.threads import unread


def unread_among(session: Session, viewer: Viewer, threads: Sequence[Thread]) -> frozenset[int]:
    """Ids of those threads with something unread, in one query."""
    ids = [one.id for one in threads]
    rows = select(Thread.id).where(col(Thread.id).in_(ids), unread(viewer))
    return frozenset(one for one in session.exec(rows) if one is not None)


def read_until(session: Session, viewer: Viewer, thread: Thread) -> int:
    """Position of the last post of a thread that the viewer has read; 0 for none."""
    mark = session.get(ThreadRead, (viewer.user_id, thread.id))
    if mark is not None:
        return mark.position
    covered = session.get(CategoryRead, (viewer.user_id, thread.category_id))
    return thread.last_position if covered and covered.read_at >= thread.last_at else 0


def is_read(session: Session, user_id: int, thread_id: int, position: int, post_id: int) -> bool:
    """True when the person's mark stands there already, or further on."""
    mark = session.get(ThreadRead, (user_id, thread_id))
    return mark is not None and mark.position >= position and mark.post_id >= post_id


def get_draft(session: Session, user_id: int, scope: str) -> PostDraft | None:
    """What the person is writing there."""
    return session.exec(select(PostDraft).where(PostDraft.user_id == user_id, PostDraft.scope == scope)).one_or_none()


def list_drafts(session: Session, user_id: int) -> list[PostDraft]:
    """Everything the person is writing, the newest first."""
    rows = select(PostDraft).where(PostDraft.user_id == user_id).order_by(col(PostDraft.changed_at).desc())
    return list(session.exec(rows.limit(200)))


def has_confirmed(session: Session, user_id: int, thread_id: int) -> bool:
    """True when the person said that he has read the announcement."""
    return session.get(Receipt, (thread_id, user_id)) is not None


def list_receipts(session: Session, thread: Thread) -> tuple[list[tuple[User, Receipt]], list[User]]:
    """Who confirmed an announcement and when, and which of its readers did not yet."""
    rows = select(User, Receipt).join(Receipt, col(Receipt.user_id) == col(User.id))
    confirmed = list(session.exec(rows.where(Receipt.thread_id == thread.id).order_by(User.name)).all())
    done = {user.id for user, _ in confirmed}
    tokens = load_tokens(session, KIND, [thread.id or 0])[thread.id or 0]
    waiting = [one for one in list_readers(session, tokens) if one.id not in done and one.id != thread.author_id]
    return confirmed, waiting


def find_threads(session: Session, ids: Iterable[int]) -> dict[int, Thread]:
    """Threads by id, for rows that name threads which their reader may see."""
    rows = session.exec(select(Thread).where(col(Thread.id).in_(list(ids))))
    return {row.id: row for row in rows if row.id is not None}
