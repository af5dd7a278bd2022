"""Makers of categories, threads and posts for tests, through the same services the product uses."""

from itertools import count
from typing import Any

from core.access import Marking, Viewer
from core.markup import render
from core.people import Role, get_organisation
from forums import service
from forums.drafts import CategoryDraft, ReplyDraft, ThreadDraft
from forums.models import Case, Post, Thread, ThreadKind
from tests.factories import World

_KEYS = count(1)


def new_key() -> str:
    """A key that no other form has."""
    return f"key-of-a-form-{next(_KEYS)}"


def keeper(world: World) -> Viewer:
    """A moderator of a body of his own, made when first asked for."""
    known = getattr(world, "_keeper", None)
    if known is None:
        known = world.person("keeper", world.organisation("keepers"), Role.MODERATOR)
        world._keeper = known  # type: ignore[attr-defined]
    return world.viewer(known)


def category(world: World, key: str = "phones", **changes: Any) -> str:
    """A category's key. In a space it is made by a member of that space."""
    maker = keeper(world)
    space = changes.get("space_id")
    if space is not None:
        maker = world.viewer(world.person(f"keeper-{key}", maker.organisation_id, Role.MODERATOR, spaces=(space,)))
    values: dict[str, Any] = {"key": key, "title": f"About {key}", **changes}
    with world.work(maker) as work:
        return service.create_category(work, maker, CategoryDraft(**values)).key


def thread_draft(**changes: Any) -> ThreadDraft:
    """A valid start of a thread with some values changed."""
    values: dict[str, Any] = {
        "kind": ThreadKind.QUESTION,
        "title": "Which bag keeps a phone off the air?",
        "body": "Ours let the second network through.",
        "marking": Marking.GREEN,
        "key": new_key(),
    }
    return ThreadDraft(**{**values, **changes})


def start(
    world: World, author: Viewer, key: str = "", *, about: service.About | None = None, **changes: Any
) -> tuple[int, int]:
    """The ids of a thread and of its first post; without a key in a category of its own."""
    key = key or category(world, f"c{next(_KEYS)}")
    draft = thread_draft(**changes)
    with world.work(author) as work:
        posted = service.start_thread(work, author, key, draft, render(draft.body), about)
        assert posted.thread.id is not None
        assert posted.post.id is not None
        return posted.thread.id, posted.post.id


def thread(world: World, author: Viewer, **changes: Any) -> int:
    """A thread's id, in a category of the space that is named, if one is."""
    space = changes.pop("space_id", None)
    key = category(world, f"c{next(_KEYS)}", space_id=space)
    return start(world, author, key, **changes)[0]


def reply(
    world: World, author: Viewer, thread_id: int, body: str = "Two bags, one in the other.", **changes: Any
) -> int:
    """A reply's id."""
    draft = ReplyDraft(**{"body": body, "key": new_key(), **changes})
    with world.work(author) as work:
        posted = service.reply(work, author, thread_id, draft, render(draft.body))
        assert posted.post.id is not None
        return posted.post.id


def get_thread(world: World, thread_id: int) -> Thread:
    """The stored row."""
    with world.database.reading() as session:
        row = session.get(Thread, thread_id)
        assert row is not None
        return row


def get_post(world: World, post_id: int) -> Post:
    """The stored row."""
    with world.database.reading() as session:
        row = session.get(Post, post_id)
        assert row is not None
        return row


def get_case(world: World, case_id: int) -> Case:
    """The stored row."""
    with world.database.reading() as session:
        row = session.get(Case, case_id)
        assert row is not None
        return row


def body_of(world: World, viewer: Viewer) -> str:
    """The name of a person's organisation."""
    with world.database.reading() as session:
        return get_organisation(session, viewer.organisation_id).name
