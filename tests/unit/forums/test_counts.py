"""Counts are exact after whatever happens, also when many write at once; lists cost the same everywhere."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from core.access import Marking, Viewer
from core.errors import DomainError
from core.people import Role
from forums import service
from forums.drafts import FlagDraft, ReasonDraft
from forums.models import Category, FlagReason, Post, PostState, Thread, ThreadCount
from forums.queries import categories, posts, reading, threads
from forums.service.recounting import recount_all
from tests import forums_factory as make
from tests.factories import World

WHY = ReasonDraft(reason="It was decided so.")


@pytest.fixture
def people(world: World) -> dict[str, Viewer]:
    one, two = world.organisation("one"), world.organisation("two")
    ids = {
        "asker": world.person("asker", one),
        "answerer": world.person("answerer", two),
        "moderator": world.person("moderator", two, Role.MODERATOR),
    }
    return {name: world.viewer(number) for name, number in ids.items()}


def counted(world: World, viewer: Viewer) -> dict[str, tuple[int, int]]:
    with world.database.reading() as session:
        found = categories.list_categories(session, viewer)
        totals = categories.count_threads(session, viewer, found)
        return {one.key: tuple(totals[one.id or 0]) for one in found}


def by_hand(world: World, viewer: Viewer) -> dict[str, tuple[int, int]]:
    with world.database.reading() as session:
        totals = {one.key: (0, 0) for one in session.exec(select(Category))}
        keys = {one.id: one.key for one in session.exec(select(Category))}
        for thread in session.exec(select(Thread).where(threads.listed(viewer))).all():
            rows = session.exec(select(Post).where(Post.thread_id == thread.id)).all()
            shown = sum(one.state == PostState.SHOWN and not one.is_stricter for one in rows)
            known = totals[keys[thread.category_id]]
            totals[keys[thread.category_id]] = (known[0] + 1, known[1] + shown)
        return totals


def test_counts_follow_a_long_random_story(world: World, people: dict[str, Viewer]) -> None:
    make.category(world, "one")
    make.category(world, "two")
    dice = random.Random(19)
    for _ in range(160):
        step(world, people, dice)
    for viewer in people.values():
        assert counted(world, viewer) == by_hand(world, viewer)
    with world.work() as work:
        assert recount_all(work) == 0


def step(world: World, people: dict[str, Viewer], dice: random.Random) -> None:
    who = people[dice.choice(list(people))]
    with world.database.reading() as session:
        thread_ids = [one for one in session.exec(select(Thread.id)) if one is not None] or [0]
        post_ids = [one for one in session.exec(select(Post.id)) if one is not None] or [0]
    thread_id, post_id, marking = dice.choice(thread_ids), dice.choice(post_ids), dice.choice(list(Marking))
    moves: list[Any] = [
        lambda: make.start(world, who, dice.choice(["one", "two"]), marking=marking),
        lambda: make.reply(world, who, thread_id, marking=marking),
        lambda: make.reply(world, who, thread_id),
        lambda: done(world, who, service.delete_post, post_id, WHY),
        lambda: done(world, who, service.restore_post, post_id),
        lambda: done(world, who, service.delete_thread, thread_id, WHY),
        lambda: done(world, who, service.restore_thread, thread_id),
        lambda: done(world, who, service.move_thread, thread_id, dice.choice(["one", "two"])),
        lambda: done(world, who, service.tighten_thread, thread_id, marking),
        lambda: done(world, who, service.tighten_post, post_id, marking),
    ]
    # What is refused may have changed nothing, which the counts will tell.
    with suppress(DomainError):
        dice.choice(moves)()


def done(world: World, viewer: Viewer, use_case: Any, *arguments: Any) -> None:
    with world.work(viewer) as work:
        use_case(work, viewer, *arguments)


def test_twenty_at_once_are_twenty(world: World, people: dict[str, Viewer]) -> None:
    thread_id, _ = make.start(world, people["asker"], make.category(world, "busy"))
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda number: make.reply(world, people["answerer"], thread_id, body=f"Answer {number}."), range(20)
            )
        )
    thread = make.get_thread(world, thread_id)
    assert (thread.post_count, thread.last_position) == (21, 21)
    with world.database.reading() as session:
        rows = session.exec(select(Post.position).where(Post.thread_id == thread_id).order_by(Post.position)).all()
        assert rows == list(range(1, 22))
        assert session.exec(select(ThreadCount.posts)).all() == [21]


def test_the_same_form_sent_by_many_at_once_is_one_post(world: World, people: dict[str, Viewer]) -> None:
    thread_id, _ = make.start(world, people["asker"], make.category(world, "busy"))
    with ThreadPoolExecutor(8) as pool:
        sent = set(
            pool.map(lambda _: make.reply(world, people["answerer"], thread_id, key="only-once-please"), range(8))
        )
    assert len(sent) == 1
    assert make.get_thread(world, thread_id).post_count == 2


def test_two_moderators_take_one_case(world: World, people: dict[str, Viewer]) -> None:
    second = world.viewer(world.person("second", people["asker"].organisation_id, Role.MODERATOR))
    thread_id, _ = make.start(world, people["asker"], make.category(world, "busy"))
    post_id = make.reply(world, people["answerer"], thread_id)

    done(world, people["asker"], service.flag_post, post_id, FlagDraft(reason=FlagReason.WRONG))

    def take(viewer: Viewer) -> bool:
        try:
            done(world, viewer, service.claim_case, 1)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, [people["moderator"], second])) == [False, True]


def statements(world: World, read: Any) -> int:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    with world.database.reading() as session:
        read(session)
    event.remove(world.database.engine, "before_cursor_execute", note)
    return sum(one.startswith("SELECT") for one in found)


def test_no_list_asks_once_for_each_of_its_rows(world: World, people: dict[str, Viewer]) -> None:
    make.category(world, "few")
    make.start(world, people["asker"], "few")
    viewer = people["answerer"]

    def read(session: Any) -> None:
        found = threads.list_threads(session, viewer).threads
        reading.unread_among(session, viewer, found)
        opened = threads.open_thread(session, viewer, found[0].id or 0)
        posts.list_posts(session, opened, 1)
        known = categories.list_categories(session, viewer)
        categories.newest_threads(session, viewer, known)
        categories.count_threads(session, viewer, known)

    few = statements(world, read)
    for number in range(6):
        make.category(world, f"more{number}")
        thread_id, _ = make.start(world, people["asker"], f"more{number}")
        for _ in range(5):
            make.reply(world, people["moderator"], thread_id)
    assert statements(world, read) == few


def test_the_middle_of_a_long_thread_is_read_by_its_positions(world: World, people: dict[str, Viewer]) -> None:
    thread_id, _ = make.start(world, people["asker"], make.category(world, "long"))
    for _ in range(60):
        make.reply(world, people["answerer"], thread_id)
    strict = make.reply(world, people["answerer"], thread_id, marking=Marking.RED)
    with world.database.reading() as session:
        opened = threads.open_thread(session, people["asker"], thread_id)
        middle = [one.position for one in posts.list_posts(session, opened, 2)]
        last = posts.list_posts(session, opened, 4)
        stranger = threads.open_thread(session, people["moderator"], thread_id)
        assert [one.id for one in posts.list_posts(session, stranger, 4)] == [one.id for one in last][:1]
    assert middle == list(range(21, 41))
    assert [one.id for one in last][-1] == strict
    assert make.get_thread(world, thread_id).last_position == 61
