"""Categories: those a viewer sees, their counts and their newest threads."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from core.access import Tokens, Viewer, load_tokens, visible_clause
from core.errors import Message, NotFound
from core.people import Space, User
from forums import policy
from forums.models import CATEGORY, Category, CategoryModerator, Thread, ThreadCount, ThreadState
from forums.policy import Rights

NOT_HERE = Message("There is nothing like this here, or it is not shared with you.")
"""One sentence for categories, threads and posts: a different one for each would tell that a hidden one exists."""
LISTED = (ThreadState.OPEN.value, ThreadState.LOCKED.value)


class Counted(NamedTuple):
    """How much of a category a viewer may see."""

    threads: int = 0
    posts: int = 0


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Categories the viewer may see: all open ones, and those of his spaces."""
    return visible_clause(viewer, CATEGORY, Category.id)


def list_categories(session: Session, viewer: Viewer, *, with_archived: bool = False) -> list[Category]:
    """Categories the viewer may see, in their order."""
    rows = select(Category).where(visible(viewer))
    if not with_archived:
        rows = rows.where(~col(Category.is_archived))
    return list(session.exec(rows.order_by(col(Category.position), col(Category.id))))


def get_category(session: Session, viewer: Viewer, key: str) -> Category:
    """Raises NotFound for one that is not there or not for this viewer."""
    found = session.exec(select(Category).where(Category.key == key, visible(viewer))).one_or_none()
    if found is None:
        raise NotFound(NOT_HERE)
    return found


def get_category_by_id(session: Session, viewer: Viewer, category_id: int) -> Category:
    """The same by its number."""
    found = session.exec(select(Category).where(Category.id == category_id, visible(viewer))).one_or_none()
    if found is None:
        raise NotFound(NOT_HERE)
    return found


def find_category_titles(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, str]:
    """Titles of those categories the viewer may see."""
    rows = session.exec(select(Category.id, Category.title).where(visible(viewer), col(Category.id).in_(list(ids))))
    return {number: title for number, title in rows if number is not None}


def rights_of(session: Session, viewer: Viewer, category: Category) -> Rights:
    """What the viewer may do in a category that he sees."""
    return policy.rights_in(viewer, category, moderated_by(session, viewer.user_id))


def moderated_by(session: Session, user_id: int) -> frozenset[int]:
    """Categories that the person was named a moderator of."""
    return frozenset(session.exec(select(CategoryModerator.category_id).where(CategoryModerator.user_id == user_id)))


def list_moderators(session: Session, category_id: int) -> list[User]:
    """People named moderators of one category, by name."""
    named = select(CategoryModerator.user_id).where(CategoryModerator.category_id == category_id)
    return list(session.exec(select(User).where(col(User.id).in_(named)).order_by(User.name)))


def count_threads(session: Session, viewer: Viewer, categories: Iterable[Category]) -> dict[int, Counted]:
    """Listed threads and posts of each category that the viewer may see: exact, from one row for each audience.

    The caller names only categories that the viewer sees, so that the space is settled.
    """
    wanted = [one.id for one in categories if one.id is not None]
    totals = dict.fromkeys(wanted, Counted())
    for row in session.exec(select(ThreadCount).where(col(ThreadCount.category_id).in_(wanted))):
        if viewer.audience.intersection(row.audience.split()):
            known = totals[row.category_id]
            totals[row.category_id] = Counted(known.threads + row.threads, known.posts + row.posts)
    return totals


def newest_threads(session: Session, viewer: Viewer, categories: Iterable[Category]) -> dict[int, Thread]:
    """The thread with the last activity in each category, of those the viewer may see. One statement."""
    wanted = [one.id for one in categories if one.id is not None]
    newest = (
        select(Thread.id)
        .where(
            Thread.category_id == col(Category.id),
            col(Thread.state).in_(LISTED),
            visible_clause(viewer, "thread", Thread.id),
        )
        .order_by(col(Thread.last_at).desc(), col(Thread.id).desc())
        .limit(1)
        .correlate(Category)
        .scalar_subquery()
    )
    rows = select(Category.id, Thread).join(Thread, col(Thread.id) == newest).where(col(Category.id).in_(wanted))
    return {number: thread for number, thread in session.exec(rows) if number is not None}


def spaces_of(session: Session, categories: Iterable[Category]) -> dict[int, Space]:
    """Spaces that these categories are in."""
    ids = {one.space_id for one in categories if one.space_id is not None}
    return {row.id: row for row in session.exec(select(Space).where(col(Space.id).in_(ids))) if row.id is not None}


def tokens_of_category(session: Session, category: Category) -> Tokens:
    """Who sees a category that the caller has got."""
    return load_tokens(session, CATEGORY, [category.ref.id])[category.ref.id]


def last_position(session: Session) -> int:
    """The highest position of a category."""
    return session.exec(select(func.coalesce(func.max(Category.position), 0))).one()
