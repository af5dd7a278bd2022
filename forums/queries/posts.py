"""Posts: a page of a thread, one post, its history, its place."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from core.access import Tokens, Viewer, load_tokens, visible_clause
from core.errors import NotFound
from forums import policy
from forums.models import (
    KIND,
    POST,
    Poll,
    PollOption,
    PollVote,
    Post,
    PostRevision,
    PostState,
    PostThanks,
    Thread,
)
from forums.policy import Rights
from forums.queries.categories import LISTED, NOT_HERE
from forums.queries.threads import Opened, open_thread

PAGE_SIZE = 20
MOST_ON_A_PAGE = 200
"""Posts without a number of their own come on top of the twenty; nobody makes a page endless with them."""


def shown(rights: Rights) -> ColumnElement[bool]:
    """Posts whose place the viewer may see, in threads that he may see."""
    mine = col(Post.author_id) == rights.user_id
    is_for_him = or_(~col(Post.is_stricter), visible_clause(rights.viewer, POST, Post.id))
    if rights.is_moderator:
        return is_for_him
    return and_(is_for_him, or_(col(Post.state) != PostState.HELD.value, mine))


def list_posts(session: Session, opened: Opened, page: int) -> list[Post]:
    """One page: positions 1 to 20, 21 to 40 and so on. A page in the middle of a long thread costs what the first one does."""
    first = (page - 1) * PAGE_SIZE
    # What has no number of its own follows a number, and before the first one only the held beginning of a thread stands.
    start = col(Post.position) >= first if page == 1 else col(Post.position) > first
    rows = select(Post).where(
        Post.thread_id == opened.thread.id, start, col(Post.position) <= first + PAGE_SIZE, shown(opened.rights)
    )
    return list(session.exec(rows.order_by(col(Post.position), col(Post.id)).limit(MOST_ON_A_PAGE)))


def list_all(session: Session, opened: Opened, limit: int) -> list[Post]:
    """The posts of a thread from its beginning, for the print view."""
    rows = select(Post).where(Post.thread_id == opened.thread.id, shown(opened.rights))
    return list(session.exec(rows.order_by(col(Post.position), col(Post.id)).limit(limit)))


def page_of(position: int) -> int:
    """The page on which a position stands."""
    return max(1, -(-position // PAGE_SIZE))


def count_pages(thread: Thread) -> int:
    """Number of pages of a thread, at least 1."""
    return page_of(thread.last_position)


def open_post(session: Session, viewer: Viewer, post_id: int) -> tuple[Opened, Post]:
    """A post that the viewer may see with its thread. Raises NotFound."""
    post = session.get(Post, post_id)
    if post is None:
        raise NotFound(NOT_HERE)
    opened = open_thread(session, viewer, post.thread_id)
    if session.exec(select(Post.id).where(Post.id == post_id, shown(opened.rights))).first() is None:
        raise NotFound(NOT_HERE)
    return opened, post


def find_readable(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, Post]:
    """Those posts whose text the viewer may read, of any thread, in one query. What is held or deleted, itself or with its thread, is left out."""
    rows = (
        select(Post)
        .join(Thread, col(Thread.id) == col(Post.thread_id))
        .where(
            col(Post.id).in_(list(ids)),
            col(Post.state) == PostState.SHOWN.value,
            col(Thread.state).in_(LISTED),
            visible_clause(viewer, KIND, Thread.id),
            or_(~col(Post.is_stricter), visible_clause(viewer, POST, Post.id)),
        )
    )
    return {row.id: row for row in session.exec(rows) if row.id is not None}


def find_post_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """The titles of the threads of those posts the viewer may open: his own and, for their moderators, held ones too."""
    posts = find_readable(session, viewer, ids)
    for number in set(ids) - posts.keys():
        # Few: what is held or removed, in a page of notices.
        with suppress(NotFound):
            posts[number] = open_post(session, viewer, number)[1]
    threads = {one.thread_id for one in posts.values()}
    rows = select(Thread.id, Thread.title).where(col(Thread.id).in_(threads))
    titles = dict(session.exec(rows).all())
    return {number: titles[post.thread_id] for number, post in posts.items()}


def first_post(session: Session, thread_id: int) -> Post:
    """The post that a thread begins with."""
    rows = select(Post).where(Post.thread_id == thread_id).order_by(col(Post.position), col(Post.id))
    return session.exec(rows.limit(1)).one()


def tokens_for(session: Session, post: Post) -> Tokens:
    """Who sees a post: its own tokens when it is stricter, otherwise those of its thread."""
    kind, number = (POST, post.id) if post.is_stricter else (KIND, post.thread_id)
    return load_tokens(session, kind, [number or 0]).get(number or 0, Tokens(frozenset(), frozenset()))


def find_sent(session: Session, user_id: int, key: str) -> Post | None:
    """The post that the form with this key has become already."""
    return session.exec(select(Post).where(Post.author_id == user_id, Post.submit_key == key)).one_or_none()


def count_posts_by(session: Session, user_id: int) -> int:
    """Posts of a person that are shown."""
    rows = select(func.count()).select_from(Post)
    return session.exec(rows.where(Post.author_id == user_id, Post.state == PostState.SHOWN.value)).one()


def last_post_by(session: Session, user_id: int, category_id: int) -> Post | None:
    """The last post of a person in a category."""
    rows = select(Post).join(Thread, col(Thread.id) == col(Post.thread_id))
    mine = rows.where(Post.author_id == user_id, Thread.category_id == category_id)
    return session.exec(mine.order_by(col(Post.created_at).desc(), col(Post.id).desc()).limit(1)).first()


def thanked_by(session: Session, user_id: int, ids: Sequence[int]) -> frozenset[int]:
    """Those of the posts that the person thanked for."""
    rows = select(PostThanks.post_id).where(PostThanks.user_id == user_id, col(PostThanks.post_id).in_(ids))
    return frozenset(session.exec(rows))


def list_revisions(session: Session, rights: Rights, post: Post) -> list[PostRevision]:
    """What a post said before its edits, oldest first. The text of a hidden one is for moderators."""
    if not policy.can_read_post(rights, post):
        raise NotFound(NOT_HERE)
    rows = session.exec(select(PostRevision).where(PostRevision.post_id == post.id).order_by(col(PostRevision.number)))
    return list(rows)


def get_poll(session: Session, thread_id: int) -> tuple[Poll, list[PollOption]] | None:
    """The vote of a thread with its options in order."""
    poll = session.exec(select(Poll).where(Poll.thread_id == thread_id)).one_or_none()
    if poll is None:
        return None
    options = select(PollOption).where(PollOption.poll_id == poll.id).order_by(col(PollOption.position))
    return poll, list(session.exec(options))


def votes_of(session: Session, poll_id: int, user_id: int) -> frozenset[int]:
    """Options that the person chose."""
    rows = select(PollVote.option_id).where(PollVote.poll_id == poll_id, PollVote.user_id == user_id)
    return frozenset(session.exec(rows))


def list_held_posts(session: Session, viewer: Viewer, category_ids: Iterable[int]) -> list[Post]:
    """Replies in these categories that wait for a moderator, of those the viewer may see."""
    rows = (
        select(Post)
        .join(Thread, col(Thread.id) == col(Post.thread_id))
        .where(
            Post.state == PostState.HELD.value,
            col(Thread.category_id).in_(list(category_ids)),
            visible_clause(viewer, KIND, Thread.id),
            or_(~col(Post.is_stricter), visible_clause(viewer, POST, Post.id)),
        )
    )
    return list(session.exec(rows.order_by(col(Post.id)).limit(100)))
