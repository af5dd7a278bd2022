"""Threads: one of them, and lists by activity that cost the same on every page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, select

from core.access import Tokens, Viewer, load_tokens, visible_clause
from core.content import ContentRef
from core.errors import NotFound
from forums.models import (
    KIND,
    POST,
    Category,
    CategoryRead,
    Post,
    PostState,
    Thread,
    ThreadKind,
    ThreadRead,
    ThreadState,
)
from forums.policy import Rights
from forums.queries.categories import LISTED, NOT_HERE, get_category_by_id, rights_of

PAGE_SIZE = 30


class Tab(StrEnum):
    """Which threads of a list are wanted."""

    ALL = "all"
    UNANSWERED = "unanswered"
    SOLVED = "solved"
    MINE = "mine"
    UNREAD = "unread"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Opened:
    """A thread that the viewer may see, with its category and what he may do there."""

    thread: Thread
    category: Category
    rights: Rights


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a list goes on: after the thread with this last activity and id."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id}"

    @classmethod
    def parse(cls, text: str | None) -> "Cursor | None":
        """From a query string: anything that is no cursor is the beginning of the list."""
        at, _, number = (text or "").replace(" ", "+").rpartition("_")
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            return None
        is_number = number.isascii() and number.isdigit() and len(number) < 11
        return cls(moment, int(number)) if is_number and moment.tzinfo else None


@dataclass(frozen=True, slots=True)
class Listing:
    """A stretch of a list and where it goes on; None at its end."""

    threads: Sequence[Thread]
    following: Cursor | None


def listed(viewer: Viewer) -> ColumnElement[bool]:
    """Threads the viewer may see in lists, counts and search."""
    return and_(visible_clause(viewer, KIND, Thread.id), col(Thread.state).in_(LISTED))


def open_thread(session: Session, viewer: Viewer, thread_id: int) -> Opened:
    """A thread for reading or for work on it. Raises NotFound for one that is not there or not for this viewer.

    A held or deleted one is there for its author and the moderators; a merged one is a stub for its readers.
    """
    thread = session.get(Thread, thread_id)
    tokens = load_tokens(session, KIND, [thread_id]).get(thread_id)
    if thread is None or tokens is None or not viewer.sees(tokens):
        raise NotFound(NOT_HERE)
    category = get_category_by_id(session, viewer, thread.category_id)
    rights = rights_of(session, viewer, category)
    is_private = thread.state in (ThreadState.HELD, ThreadState.DELETED)
    if is_private and not (rights.is_moderator or thread.author_id == viewer.user_id):
        raise NotFound(NOT_HERE)
    return Opened(thread, category, rights)


def list_threads(
    session: Session,
    viewer: Viewer,
    *,
    category_id: int | None = None,
    tab: Tab = Tab.ALL,
    before: Cursor | None = None,
    size: int = PAGE_SIZE,
) -> Listing:
    """Threads by last activity, the newest first; of one category without the pinned ones, which stand above it."""
    where = [listed(viewer), *_of_tab(viewer, tab)]
    if category_id is not None:
        where.append(col(Thread.category_id) == category_id)
        if tab is Tab.ALL:
            where.append(~col(Thread.is_pinned))
    if before is not None:
        at, number = col(Thread.last_at), col(Thread.id)
        where.append(or_(at < before.at, and_(at == before.at, number < before.id)))
    rows = select(Thread).where(*where).order_by(col(Thread.last_at).desc(), col(Thread.id).desc()).limit(size + 1)
    found = list(session.exec(rows))
    threads = found[:size]
    is_more = len(found) > size
    return Listing(threads, Cursor(threads[-1].last_at, threads[-1].id or 0) if is_more else None)


def list_pinned(session: Session, viewer: Viewer, category_id: int) -> list[Thread]:
    """Pinned threads of a category, the newest first."""
    rows = select(Thread).where(listed(viewer), Thread.category_id == category_id, col(Thread.is_pinned))
    return list(session.exec(rows.order_by(col(Thread.last_at).desc(), col(Thread.id).desc()).limit(20)))


def list_held(session: Session, viewer: Viewer, category_ids: Iterable[int]) -> list[Thread]:
    """Threads in these categories whose first post waits for a moderator."""
    rows = select(Thread).where(
        visible_clause(viewer, KIND, Thread.id),
        Thread.state == ThreadState.HELD.value,
        col(Thread.category_id).in_(list(category_ids)),
    )
    return list(session.exec(rows.order_by(col(Thread.id)).limit(100)))


def list_recent(session: Session, viewer: Viewer, limit: int) -> list[Thread]:
    """Threads with the last activity."""
    return list(list_threads(session, viewer, size=limit).threads)


def list_open_questions(session: Session, viewer: Viewer, limit: int) -> list[Thread]:
    """Questions without an answer, the newest first."""
    return list(list_threads(session, viewer, tab=Tab.UNANSWERED, size=limit).threads)


def list_about(session: Session, viewer: Viewer, ref: ContentRef, limit: int = 20) -> list[Thread]:
    """Threads that discuss an object."""
    rows = select(Thread).where(listed(viewer), Thread.about_kind == ref.kind, Thread.about_id == ref.id)
    return list(session.exec(rows.order_by(col(Thread.last_at).desc(), col(Thread.id).desc()).limit(limit)))


def find_listed(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, Thread]:
    """Those of the ids that are listed and for this viewer, in one query."""
    rows = session.exec(select(Thread).where(col(Thread.id).in_(list(ids)), listed(viewer)))
    return {row.id: row for row in rows if row.id is not None}


def find_titles(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, str]:
    """Titles of those threads the viewer may open."""
    mine = and_(col(Thread.author_id) == viewer.user_id, visible_clause(viewer, KIND, Thread.id))
    rows = select(Thread.id, Thread.title).where(col(Thread.id).in_(list(ids)), or_(listed(viewer), mine))
    return {number: title for number, title in session.exec(rows) if number is not None}


def tokens_of_thread(session: Session, thread: Thread) -> Tokens:
    """Who sees a thread that the caller has opened."""
    assert thread.id is not None
    return load_tokens(session, KIND, [thread.id])[thread.id]


def key_of_category(session: Session, category_id: int) -> str:
    """The address of the category of a thread that the caller has opened."""
    category = session.get(Category, category_id)
    assert category is not None
    return category.key


def _of_tab(viewer: Viewer, tab: Tab) -> list[ColumnElement[bool]]:
    match tab:
        case Tab.UNANSWERED:
            is_question = col(Thread.kind) == ThreadKind.QUESTION.value
            return [is_question, col(Thread.post_count) <= 1, col(Thread.solved_post_id).is_(None)]
        case Tab.SOLVED:
            return [col(Thread.solved_post_id).is_not(None)]
        case Tab.MINE:
            own = exists().where(
                col(Post.thread_id) == col(Thread.id),
                col(Post.author_id) == viewer.user_id,
                col(Post.state) != PostState.DELETED.value,
            )
            return [or_(col(Thread.author_id) == viewer.user_id, own)]
        case Tab.UNREAD:
            return [unread(viewer)]
        case Tab.NEW:
            never = ~exists().where(
                col(ThreadRead.user_id) == viewer.user_id, col(ThreadRead.thread_id) == col(Thread.id)
            )
            return [never, ~_covered(viewer, col(Thread.created_at))]
        case Tab.ALL:
            return []


def unread(viewer: Viewer) -> ColumnElement[bool]:
    """Threads with something the viewer has not read: a post for all, or one with a marking of its own that he may see."""
    read = exists().where(
        col(ThreadRead.user_id) == viewer.user_id,
        col(ThreadRead.thread_id) == col(Thread.id),
        col(ThreadRead.position) >= col(Thread.last_position),
    )
    seen = exists().where(
        col(ThreadRead.user_id) == viewer.user_id,
        col(ThreadRead.thread_id) == col(Thread.id),
        col(ThreadRead.post_id) >= col(Post.id),
    )
    stricter = exists().where(
        col(Post.thread_id) == col(Thread.id),
        col(Post.is_stricter),
        col(Post.state) == PostState.SHOWN.value,
        col(Post.author_id) != viewer.user_id,
        visible_clause(viewer, POST, Post.id),
        ~seen,
        ~_covered(viewer, col(Post.created_at)),
    )
    counted = and_(~read, ~_covered(viewer, col(Thread.last_at)))
    return or_(counted, and_(col(Thread.stricter_count) > 0, stricter))


def _covered(viewer: Viewer, at: Any) -> ColumnElement[bool]:
    return exists().where(
        col(CategoryRead.user_id) == viewer.user_id,
        col(CategoryRead.category_id) == col(Thread.category_id),
        col(CategoryRead.read_at) >= at,
    )
