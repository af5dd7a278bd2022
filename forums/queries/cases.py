"""Cases before the moderators: the queue, and what concerns oneself."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, func, select

from core.access import Viewer, visible_clause
from core.errors import NotFound
from core.people import Role
from forums.models import KIND, POST, Case, CaseState, Category, Flag, Post, Thread
from forums.queries.categories import NOT_HERE, moderated_by, visible

WAITING = (CaseState.OPEN.value, CaseState.APPEALED.value)


@dataclass(frozen=True, slots=True)
class Listed:
    """A case with what it is about."""

    case: Case
    post: Post
    thread: Thread
    flags: Sequence[Flag]


def moderated(session: Session, viewer: Viewer) -> list[int]:
    """Categories that the viewer moderates."""
    rows = select(Category.id).where(visible(viewer))
    if not viewer.has(Role.MODERATOR):
        rows = rows.where(col(Category.id).in_(moderated_by(session, viewer.user_id)))
    return [one for one in session.exec(rows) if one is not None]


def get_case(session: Session, viewer: Viewer, case_id: int) -> Case:
    """A case of a category that the viewer moderates. Raises NotFound."""
    case = session.get(Case, case_id)
    if case is None or case.category_id not in moderated(session, viewer):
        raise NotFound(NOT_HERE)
    return case


def get_own_case(session: Session, viewer: Viewer, case_id: int) -> Case:
    """A case about the viewer's own post, or that he brought. Raises NotFound."""
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound(NOT_HERE)
    flag = select(Flag.id).where(Flag.case_id == case_id, Flag.user_id == viewer.user_id)
    is_flagger = session.exec(flag).first() is not None
    if not is_flagger and (author_of(session, case) != viewer.user_id or case.state == CaseState.OPEN):
        raise NotFound(NOT_HERE)
    return case


def author_of(session: Session, case: Case) -> int:
    """Who wrote the post that the case is about."""
    post = session.get(Post, case.post_id)
    return post.author_id if post else 0


def list_queue(session: Session, viewer: Viewer, *, done: bool = False, limit: int = 100) -> list[Listed]:
    """Cases of the categories that the viewer moderates about posts that he may read: those that wait, the oldest first."""
    state = col(Case.state).not_in(WAITING) if done else col(Case.state).in_(WAITING)
    rows = (
        select(Case, Post, Thread)
        .join(Post, col(Post.id) == col(Case.post_id))
        .join(Thread, col(Thread.id) == col(Post.thread_id))
        .where(
            state,
            *_for_moderator(session, viewer),
        )
        .order_by(col(Case.id).desc() if done else col(Case.opened_at))
    )
    return _with_flags(session, list(session.exec(rows.limit(limit)).all()))


def count_waiting(session: Session, viewer: Viewer) -> int:
    """Cases that wait for the viewer: as many as his queue shows."""
    rows = select(func.count()).select_from(Case).join(Post, col(Post.id) == col(Case.post_id))
    rows = rows.join(Thread, col(Thread.id) == col(Post.thread_id))
    return session.exec(rows.where(col(Case.state).in_(WAITING), *_for_moderator(session, viewer))).one()


def list_own(session: Session, viewer: Viewer, limit: int = 100) -> list[Listed]:
    """What the viewer flagged, and decisions about his own posts, the newest first."""
    flagged = exists().where(col(Flag.case_id) == col(Case.id), col(Flag.user_id) == viewer.user_id)
    about_him = and_(col(Post.author_id) == viewer.user_id, col(Case.state) != CaseState.OPEN.value)
    rows = (
        select(Case, Post, Thread)
        .join(Post, col(Post.id) == col(Case.post_id))
        .join(Thread, col(Thread.id) == col(Post.thread_id))
        .where(or_(flagged, about_him), visible_clause(viewer, KIND, Thread.id))
        .order_by(col(Case.id).desc())
    )
    return _with_flags(session, list(session.exec(rows.limit(limit)).all()))


def _for_moderator(session: Session, viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    """Of the categories that he moderates, and about posts that he may read."""
    return (
        col(Case.category_id).in_(moderated(session, viewer)),
        visible_clause(viewer, KIND, Thread.id),
        or_(~col(Post.is_stricter), visible_clause(viewer, POST, Post.id)),
    )


def _with_flags(session: Session, rows: Sequence[tuple[Case, Post, Thread]]) -> list[Listed]:
    ids = [case.id for case, _, _ in rows]
    found: dict[int, list[Flag]] = {}
    for flag in session.exec(select(Flag).where(col(Flag.case_id).in_(ids)).order_by(col(Flag.id))):
        found.setdefault(flag.case_id, []).append(flag)
    return [Listed(case, post, thread, found.get(case.id or 0, [])) for case, post, thread in rows]
