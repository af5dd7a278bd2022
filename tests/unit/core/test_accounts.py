"""Accounts: adding, closing, resetting; signing in and changing the password; the slow check holds no lock."""

import threading
from collections.abc import Callable
from queue import Queue

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from core import accounts
from core.accounts import SignedIn, passwords
from core.accounts.models import UserSession
from core.audit import AuditEvent
from core.errors import Conflict, Forbidden, Invalid
from core.people import Role, get_user
from core.uow import UnitOfWork
from tests.factories import World
from tests.unit.core.conftest import HOME, PASSWORD, RULES, enter, person

NEW = "a new long password"
PATIENCE = 60
"""Seconds until a test gives up on what should happen at once."""


class Halting:
    """A hasher that stands still in the middle of a check until it is let go."""

    def __init__(self, inner: PasswordHasher) -> None:
        self._inner = inner
        self.reports: Queue[str] = Queue()
        self.go_on = threading.Event()

    def verify(self, hashed: str, password: str) -> bool:
        self.reports.put("checking")
        assert self.go_on.wait(PATIENCE)
        return self._inner.verify(hashed, password)

    def hash(self, password: str) -> str:
        return self._inner.hash(password)

    def check_needs_rehash(self, hashed: str) -> bool:
        return self._inner.check_needs_rehash(hashed)


@pytest.fixture
def halting(world: World, email: str, monkeypatch: pytest.MonkeyPatch) -> Halting:
    halting = Halting(passwords._hasher())
    monkeypatch.setattr(passwords, "_hasher", lambda: halting)
    return halting


def test_the_right_password_signs_in_whatever_the_case_of_the_address(world: World, email: str) -> None:
    assert email == "ayesha@exchange.example"
    assert enter(world, "AYESHA@exchange.example", PASSWORD)
    assert not enter(world, email, "wrong")
    assert not enter(world, "nobody@exchange.example", PASSWORD)


def test_a_disabled_account_does_not_sign_in_until_it_is_enabled(world: World, email: str) -> None:
    enter(world, email)
    with world.work() as work:
        accounts.disable_user(work, None, email)
    assert not enter(world, email)
    with world.reading() as session:
        assert {row.ended_why for row in session.exec(select(UserSession))} == {"disabled"}
    with world.work() as work:
        accounts.enable_user(work, None, email)
    assert enter(world, email)


def test_a_reset_gives_another_password_and_opens_no_closed_account(world: World, email: str) -> None:
    fresh = accounts.make_password()
    with world.work() as work:
        accounts.disable_user(work, None, email)
        accounts.reset_password(work, None, email, fresh.hash)
    assert not enter(world, email, fresh.text)
    with world.work() as work:
        accounts.enable_user(work, None, email)
    assert not enter(world, email, PASSWORD)
    signed = enter(world, email, fresh.text)
    assert signed is not None
    assert signed.user.must_change_password


def change(world: World, user_id: int, current: str, new: str, session_id: int = 1) -> SignedIn | None:
    return accounts.change_password(world, user_id, session_id, current, new, HOME, RULES)


def test_changing_ones_password_needs_the_current_one_and_a_long_new_one(world: World, email: str) -> None:
    number = person(world, email).id or 0
    for new in ("short", "x" * 257, PASSWORD):
        with pytest.raises(Invalid):
            change(world, number, PASSWORD, new)
    assert change(world, number, "wrong", NEW) is None
    enter(world, email)
    assert change(world, number, PASSWORD, NEW)
    with world.reading() as session:
        assert not get_user(session, number).must_change_password
        rows = session.exec(select(UserSession).order_by("id")).all()
        assert [row.ended_why for row in rows] == ["password_changed", ""]
    assert enter(world, email, NEW)


def test_an_address_is_given_once(world: World, email: str) -> None:
    draft = accounts.AccountDraft(email=email, name="Other", organisation="source")
    with pytest.raises(Conflict), world.work() as work:
        accounts.add_user(work, None, draft, accounts.hash_password(PASSWORD))


def test_only_an_administrator_manages_accounts_and_is_on_record(world: World, email: str) -> None:
    organisation = world.organisation("ipcu")
    officer, chief = (
        world.viewer(world.person(role.value, organisation, role)) for role in (Role.LIBRARIAN, Role.ADMINISTRATOR)
    )
    draft = accounts.AccountDraft(email="new@exchange.example", name="New", organisation="source")
    fresh = accounts.make_password()
    uses: list[Callable[..., object]] = [
        lambda work, who: accounts.add_user(work, who, draft, fresh.hash),
        lambda work, who: accounts.disable_user(work, who, email),
        lambda work, who: accounts.enable_user(work, who, email),
        lambda work, who: accounts.reset_password(work, who, email, fresh.hash),
    ]
    for use in uses:
        with pytest.raises(Forbidden), world.work() as work:
            use(work, officer)
        with world.work() as work:
            use(work, chief)
    with world.reading() as session:
        events = session.exec(select(AuditEvent).order_by("number")).all()[-4:]
    assert [event.action for event in events] == ["user.added", "user.disabled", "user.enabled", "user.password_reset"]
    assert {event.actor_id for event in events} == {chief.user_id}


@pytest.mark.parametrize("stored", ["Zo\u00eb likes caf\u00e9s", "Zoe\u0308 likes cafe\u0301s"], ids=["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["Zo\u00eb likes caf\u00e9s", "Zoe\u0308 likes cafe\u0301s"], ids=["NFC", "NFD"])
def test_a_password_is_the_same_from_every_keyboard(world: World, email: str, stored: str, typed: str) -> None:
    with world.work() as work:
        user = work.session.merge(person(world, email))
        user.password_hash = passwords._hasher().hash(stored)
    assert enter(world, email, typed)
    composed = person(world, email).password_hash
    assert passwords._hasher().verify(composed, "Zo\u00eb likes caf\u00e9s")
    assert enter(world, email, typed)
    assert person(world, email).password_hash == composed
    assert not enter(world, email, "Zoe likes cafes")


def test_a_slow_password_check_delays_nobody(world: World, email: str, halting: Halting) -> None:
    number = person(world, email).id or 0
    found: Queue[SignedIn | None] = Queue()
    steps: list[Callable[[], SignedIn | None]] = [
        lambda: enter(world, email),
        lambda: change(world, number, PASSWORD, NEW),
    ]
    for step in steps:
        halting.go_on.clear()
        thread = threading.Thread(target=lambda step=step: found.put(step()))
        thread.start()
        try:
            assert halting.reports.get(timeout=PATIENCE) == "checking"
            # Fails at once if the one who checks holds the writer's place.
            with UnitOfWork(world.database, world.clock, waits=False) as work:
                work.audit("somebody.else")
        finally:
            halting.go_on.set()
            thread.join()
        assert found.get(timeout=PATIENCE) is not None


def test_guesses_at_the_same_time_do_not_exceed_the_limit(world: World, email: str, halting: Halting) -> None:
    def guess() -> None:
        try:
            enter(world, email, "wrong")
        except accounts.TooManyAttempts:
            halting.reports.put("refused")

    threads = [threading.Thread(target=guess) for _ in range(accounts.FAILURES_PER_ACCOUNT + 4)]
    for thread in threads:
        thread.start()
    try:
        reports = [halting.reports.get(timeout=PATIENCE) for _ in threads]
    finally:
        halting.go_on.set()
        for thread in threads:
            thread.join()
    assert reports.count("checking") == accounts.FAILURES_PER_ACCOUNT
    assert reports.count("refused") == 4


@pytest.mark.parametrize("meanwhile", ["reset", "disabled"])
def test_what_happens_to_the_account_during_the_check_counts(
    world: World, email: str, halting: Halting, meanwhile: str
) -> None:
    found: list[SignedIn | None] = []
    thread = threading.Thread(target=lambda: found.append(enter(world, email)))
    thread.start()
    try:
        assert halting.reports.get(timeout=PATIENCE) == "checking"
        with world.work() as work:
            if meanwhile == "reset":
                accounts.reset_password(work, None, email, accounts.hash_password(NEW))
            else:
                accounts.disable_user(work, None, email)
    finally:
        halting.go_on.set()
        thread.join()
    assert found == [None]
    with world.reading() as session:
        assert not session.exec(select(UserSession)).all()


def test_an_unknown_address_takes_one_check_too(world: World, email: str, halting: Halting) -> None:
    halting.go_on.set()
    enter(world, "nobody@exchange.example", "wrong")
    assert halting.reports.qsize() == 1
