"""What the templates of the forums draw: threads in a list, posts on a page, with the names that may be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlmodel import Session

from core.access import Viewer
from forums import policy, relations
from forums.kinds import FUNCTION_LABELS
from forums.models import Post, PostState, Thread
from forums.queries import categories, people, posts, reading
from forums.queries.people import Byline
from forums.queries.threads import Opened
from webapp.wording.language import translated

MOST_COMPARED = 3_000
"""Words of a text that are compared with what it said before; longer ones are shown one after the other."""


@dataclass(frozen=True, slots=True)
class Row:
    """A thread in a list."""

    thread: Thread
    byline: Byline | None
    """None: asked without a name."""
    category: str
    category_key: str
    topics: Sequence[str]
    is_unread: bool


@dataclass(frozen=True, slots=True)
class PostView:
    """A post on a page, with what the viewer may do with it."""

    post: Post
    byline: Byline | None
    is_readable: bool
    is_mine: bool
    is_accepted: bool
    is_thanked: bool
    is_new: bool
    replies_to: Post | None
    can_edit: bool
    can_remove: bool
    can_restore: bool
    can_accept: bool
    can_thank: bool
    can_flag: bool
    can_tighten: bool


def rows_of(session: Session, viewer: Viewer, found: Sequence[Thread]) -> list[Row]:
    """Threads with what a list shows of them: a fixed number of reads, whatever their number."""
    ids = [one.id for one in found if one.id is not None]
    names = people.bylines(session, (one.author_id for one in found if not one.is_unnamed))
    places = {one.id: one for one in categories.list_categories(session, viewer, with_archived=True)}
    topics, unread = relations.topics_of(session, ids), reading.unread_among(session, viewer, found)
    return [
        Row(
            thread=one,
            byline=None if one.is_unnamed else names.get(one.author_id),
            category=places[one.category_id].title if one.category_id in places else "",
            category_key=places[one.category_id].key if one.category_id in places else "",
            topics=topics.get(one.id or 0, []),
            is_unread=one.id in unread,
        )
        for one in found
    ]


def posts_of(session: Session, opened: Opened, found: Sequence[Post], read_until: int) -> list[PostView]:
    """Posts with names and rights: a fixed number of reads."""
    thread, rights = opened.thread, opened.rights
    ids = [one.id for one in found if one.id is not None]
    names = people.bylines(session, (one.author_id for one in found if not one.is_unnamed))
    thanked = posts.thanked_by(session, rights.user_id, ids)
    answered = posts.find_readable(
        session, rights.viewer, {one.reply_to_id for one in found if one.reply_to_id is not None}
    )
    return [
        PostView(
            post=one,
            byline=None if one.is_unnamed else names.get(one.author_id),
            is_readable=policy.can_read_post(rights, one),
            is_mine=one.author_id == rights.user_id,
            is_accepted=one.id == thread.solved_post_id,
            is_thanked=one.id in thanked,
            is_new=one.position > read_until and one.author_id != rights.user_id and one.state == PostState.SHOWN,
            replies_to=answered.get(one.reply_to_id or 0),
            can_edit=policy.can_edit(rights, thread, one),
            can_remove=policy.can_withdraw(rights, thread, one) and one.position > 1,
            can_restore=policy.can_restore(rights, one),
            can_accept=policy.can_accept(rights, thread) and one.position > 1 and one.is_counted,
            can_thank=policy.can_thank(rights, thread, one),
            can_flag=policy.can_flag(rights, thread, one),
            can_tighten=policy.can_tighten(rights, one.author_id) and one.state == PostState.SHOWN and one.position > 1,
        )
        for one in found
    ]


def function_label(function: str) -> str:
    """What a reader calls a function; empty for none."""
    return translated(FUNCTION_LABELS[function]) if function in FUNCTION_LABELS else ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a comparison: `same`, `gone` or `new`."""

    kind: str
    text: str


def compare(before: str, after: str) -> list[Piece]:
    """What went and what came between two texts, word by word."""
    old, new = before.split(" "), after.split(" ")
    if len(old) + len(new) > MOST_COMPARED:
        return [Piece("gone", before), Piece("new", after)]
    pieces: list[Piece] = []
    for tag, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", " ".join(old[first:last])))
            continue
        if last > first:
            pieces.append(Piece("gone", " ".join(old[first:last])))
        if end > start:
            pieces.append(Piece("new", " ".join(new[start:end])))
    return pieces
