"""Counts kept with every change. Writers come one at a time (`core.db`), so that what is read here still holds when it is written."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from forums.models import Post, PostState, Thread, ThreadCount


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one thread adds to the counts of its category, under its audience."""

    category_id: int
    audience: str
    threads: int
    posts: int


def contribution(thread: Thread) -> Contribution:
    """As the thread is now: nothing while it is not listed."""
    is_listed = thread.is_listed
    return Contribution(thread.category_id, thread.audience, int(is_listed), thread.post_count if is_listed else 0)


def settle(session: Session, before: Contribution | None, thread: Thread) -> None:
    """Bring the counts from what the thread added before to what it adds now."""
    after = contribution(thread)
    if before is not None and before != after:
        _add(session, before, -1)
    if before != after:
        _add(session, after, 1)


def _add(session: Session, change: Contribution, sign: int) -> None:
    if not (change.threads or change.posts):
        return
    row = session.get(ThreadCount, (change.category_id, change.audience))
    row = row or ThreadCount(category_id=change.category_id, audience=change.audience)
    row.threads += sign * change.threads
    row.posts += sign * change.posts
    session.add(row)
    session.flush()


def recount(session: Session, thread: Thread) -> None:
    """Count a thread's posts and find its last activity anew, after a post came, went or changed its readers."""
    session.flush()
    is_shown = (col(Post.thread_id) == thread.id, col(Post.state) == PostState.SHOWN.value)
    counted = (*is_shown, ~col(Post.is_stricter))
    thread.post_count = session.exec(select(func.count()).select_from(Post).where(*counted)).one()
    stricter = select(func.count()).select_from(Post).where(*is_shown, col(Post.is_stricter))
    thread.stricter_count = session.exec(stricter).one()
    rows = select(Post).where(*counted).order_by(col(Post.position).desc()).limit(1)
    last = session.exec(rows).first()
    if last is not None:
        thread.last_post_id, thread.last_at = last.id, last.created_at
    session.add(thread)
