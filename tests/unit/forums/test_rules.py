"""Rules without pages: who may start, post and wait; the exact meeting of two audiences; names after an `@`; comparing texts."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import select

from core.access import MEMBER, OPEN, Marking, Tokens, Viewer
from core.errors import DomainError, Invalid
from core.people import Role
from forums import policy
from forums.drafts import CategoryDraft, FlagDraft, PollDraft
from forums.models import Category, FlagReason, Post, Thread, ThreadKind, ThreadState
from forums.queries import posts, threads
from forums.queries.threads import Cursor
from forums.service.audience import intersect, is_wider
from forums.service.mentions import names_in
from tests import forums_factory as make
from tests.factories import NOW, World
from webapp.forums.showing import compare


def viewer(*roles: Role, tokens: tuple[str, ...] = (MEMBER, "user:1", "org:1")) -> Viewer:
    return Viewer(1, 1, frozenset(roles), frozenset(tokens))


def category(**changes: object) -> Category:
    values = {"id": 1, "key": "phones", "title": "Phones", "created_by": 9, "created_at": NOW, **changes}
    return Category(**values)


def thread(**changes: object) -> Thread:
    values = {
        "id": 1,
        "kind": "question",
        "title": "Which bag?",
        "category_id": 1,
        "author_id": 1,
        "organisation_id": 1,
    }
    values |= {"marking": "GREEN", "chosen_marking": "GREEN", "last_at": NOW, "created_at": NOW, "changed_at": NOW}
    return Thread(**{**values, **changes})


@pytest.mark.parametrize(
    ("who", "rules", "may"),
    [
        (viewer(), [], True),
        (viewer(tokens=()), [], False),
        (viewer(), ["role:ipcu_staff"], False),
        (viewer(Role.IPCU_STAFF), ["role:ipcu_staff"], True),
        (viewer(), ["org:1"], True),
        (viewer(), ["org:2"], False),
        (viewer(), ["org:2", "org:1"], True),
        (viewer(), ["role:nonsense"], False),
        (viewer(Role.MODERATOR), ["org:2"], True),
    ],
)
def test_who_may_start_and_reply(who: Viewer, rules: list[str], may: bool) -> None:
    rights = policy.rights_in(who, category(starters=rules, posters=rules), ())
    assert policy.can_start(rights) is may
    assert policy.can_post(rights, thread()) is may


def test_closed_places_take_nothing() -> None:
    plain, named = viewer(), viewer(Role.MODERATOR)
    for who in (plain, named):
        closed = policy.rights_in(who, category(is_archived=True), ())
        assert not policy.can_start(closed)
        assert not policy.can_post(closed, thread())
    news = policy.rights_in(plain, category(is_announcements=True), ())
    assert not policy.can_start(news)
    assert not policy.can_post(news, thread())
    locked = thread(state=ThreadState.LOCKED.value)
    assert not policy.can_post(policy.rights_in(plain, category(), ()), locked)
    assert policy.can_post(policy.rights_in(plain, category(), {1}), locked), "one named for the category moderates it"
    assert not policy.can_post(policy.rights_in(named, category(), ()), thread(state=ThreadState.DELETED.value))


def test_who_is_not_let_in_yet_moderates_nothing() -> None:
    assert not policy.rights_in(viewer(Role.MODERATOR, tokens=()), category(), {1}).is_moderator


@pytest.mark.parametrize("marking", list(Marking))
def test_a_name_is_hidden_only_where_the_marking_does_not_tell_the_body(marking: Marking) -> None:
    rights = policy.rights_in(viewer(), category(), ())
    wanted = marking in (Marking.CLEAR, Marking.GREEN)
    assert policy.can_ask_unnamed(rights, ThreadKind.QUESTION, marking) is wanted
    assert not policy.can_ask_unnamed(rights, ThreadKind.DISCUSSION, marking)


@pytest.mark.parametrize(
    ("rules", "before", "waits"),
    [
        ({}, 0, False),
        ({"held_posts": 2}, 1, True),
        ({"held_posts": 2}, 2, False),
        ({"is_premoderated": True}, 99, True),
    ],
)
def test_which_posts_wait(rules: dict[str, object], before: int, waits: bool) -> None:
    assert policy.is_held(policy.rights_in(viewer(), category(**rules), ()), before) is waits
    assert not policy.is_held(policy.rights_in(viewer(Role.MODERATOR), category(**rules), ()), before)


def test_the_meeting_of_two_audiences_is_exact(world: World) -> None:
    parent = world.organisation("parent")
    bodies = [parent, world.organisation("child", parent=parent), world.organisation("other")]
    people = [world.person(f"p{number}", body) for number, body in enumerate(bodies)]
    names = [MEMBER, *(f"org:{one}" for one in bodies), *(f"user:{one}" for one in people)]
    sets = [frozenset(pair) for size in (1, 2) for pair in itertools.combinations(names, size)]
    viewers = [world.viewer(one) for one in people]
    with world.database.reading() as session:
        for first, second in itertools.product(sets, sets):
            a, b = Tokens(first, frozenset({OPEN})), Tokens(second, frozenset({OPEN}))
            wanted = [one.sees(a) and one.sees(b) for one in viewers]
            try:
                met = intersect(session, a, b)
            except Invalid:
                assert not any(wanted), (first, second)
                continue
            assert [one.sees(met) for one in viewers] == wanted, (first, second)
            assert not is_wider(session, met, a)
            assert not is_wider(session, met, b)


def test_spaces_meet_only_in_themselves(world: World) -> None:
    def tokens(space: str) -> Tokens:
        return Tokens(frozenset({MEMBER}), frozenset({space}))

    with world.database.reading() as session:
        assert intersect(session, tokens(OPEN), tokens("space:1")).space == {"space:1"}
        with pytest.raises(Invalid):
            intersect(session, tokens("space:2"), tokens("space:1"))
        assert is_wider(session, tokens(OPEN), tokens("space:1"))
        assert not is_wider(session, tokens("space:1"), tokens(OPEN))


def test_names_after_an_at() -> None:
    text = "@hina.raqmi, see @FDOA. Not a@b.example nor `@code` nor @x.\n> @quoted\n```\n@block\n```\n@hina.raqmi (@moderators)"
    assert names_in(text) == ["hina.raqmi", "FDOA", "moderators"]


def test_a_comparison_is_both_texts_and_ends_for_long_ones() -> None:
    pieces = compare("Call the desk at once", "Call the unit at once")
    assert [(one.kind, one.text) for one in pieces] == [
        ("same", "Call the"),
        ("gone", "desk"),
        ("new", "unit"),
        ("same", "at once"),
    ]
    assert [one.kind for one in compare("a b " * 5000, "b a " * 5000)] == ["gone", "new"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026-01-01_1",
        "2026-01-01T00:00:00_1",
        "2026-01-01T00:00:00+00:00_x",
        "_",
        "2026-01-01T00:00:00+00:00_" + "9" * 40,
    ],
)
def test_what_is_no_cursor_is_the_beginning(text: str) -> None:
    assert Cursor.parse(text) is None


def test_a_cursor_survives_an_address() -> None:
    cursor = Cursor(NOW, 17)
    assert Cursor.parse(str(cursor)) == Cursor.parse(str(cursor).replace("+", " ")) == cursor


@pytest.mark.parametrize(
    ("draft", "values"),
    [
        (CategoryDraft, {"title": "Phones", "key": "moderation"}),
        (CategoryDraft, {"title": "Phones", "key": "phones", "allowed_markings": ["RED"]}),
        (FlagDraft, {"reason": FlagReason.OTHER}),
        (PollDraft, {"question": "Which month?", "options": "May\nMay"}),
        (PollDraft, {"question": "Which month?", "options": "\n".join(map(str, range(13)))}),
    ],
)
def test_drafts_that_do_not_hold(draft: type, values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        draft(**values)


def test_threads_of_the_same_second_are_listed_once_each(world: World) -> None:
    author = world.viewer(world.person("amina", world.organisation("home")))
    key = make.category(world, "phones")
    ids = [make.start(world, author, key)[0] for _ in range(7)]
    with world.work() as work:
        work.session.execute(update(Thread).values(last_at=NOW + timedelta(0)))
    seen: list[int] = []
    with world.database.reading() as session:
        before = None
        while True:
            listing = threads.list_threads(session, author, before=before, size=3)
            seen += [one.id or 0 for one in listing.threads]
            before = listing.following
            if before is None:
                break
    assert seen == sorted(ids, reverse=True)


def test_an_answer_that_fails_leaves_nothing_behind(world: World) -> None:
    home, lab = world.organisation("home"), world.organisation("lab")
    author, other = world.viewer(world.person("amina", home)), world.viewer(world.person("bilal", lab))
    thread_id, _ = make.start(world, author, make.category(world, "phones"))
    with pytest.raises(DomainError):
        make.reply(world, other, thread_id, body="> **A**, [x](/threads/1/posts/4711):\n> y")
    with world.database.reading() as session:
        opened = threads.open_thread(session, author, thread_id)
        assert len(posts.list_posts(session, opened, 1)) == 1
        assert len(session.exec(select(Post.id)).all()) == 1
