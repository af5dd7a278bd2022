"""Accounts: sign-in, throttling, sessions, passwords."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from core import accounts
from core.errors import Conflict, Forbidden, Invalid
from core.people import find_user_by_email, get_user
from tests.factories import World

PASSWORD = "correct horse battery"
ADDRESS = "192.0.2.1"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real Argon2, at its least cost: these tests are about the rules around it."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", lambda: cheap)
    accounts._decoy.cache_clear()


@pytest.fixture
def email(world: World) -> str:
    world.organisation("source")
    draft = accounts.AccountDraft(email=" Ayesha@Exchange.Example ", name="Ayesha", organisation="source")
    with world.work() as work:
        return accounts.add_user(work, draft, PASSWORD).email


def _sign_in(world: World, email: str, password: str, address: str = ADDRESS) -> bool:
    with world.work() as work:
        return accounts.sign_in(work, email, password, address) is not None


def test_the_right_password_signs_in_whatever_the_case_of_the_address(world: World, email: str) -> None:
    assert email == "ayesha@exchange.example"
    assert _sign_in(world, "AYESHA@exchange.example", PASSWORD)
    assert not _sign_in(world, email, "wrong")
    assert not _sign_in(world, "nobody@exchange.example", PASSWORD)


def test_guessing_is_stopped_and_lets_up_after_the_window(world: World, email: str) -> None:
    for _ in range(accounts.FAILURES_PER_ACCOUNT):
        assert not _sign_in(world, email, "wrong")
    with pytest.raises(Forbidden, match="Too many"):
        _sign_in(world, email, PASSWORD)
    world.clock.advance(accounts.WINDOW + timedelta(seconds=1))
    assert _sign_in(world, email, PASSWORD)


def test_guessing_many_accounts_from_one_address_is_stopped(world: World, email: str) -> None:
    for number in range(accounts.FAILURES_PER_ADDRESS):
        _sign_in(world, f"guess{number}@exchange.example", "wrong")
    with pytest.raises(Forbidden):
        _sign_in(world, email, PASSWORD)
    assert _sign_in(world, email, PASSWORD, address="192.0.2.99")


def test_a_disabled_account_does_not_sign_in_and_its_sessions_end(world: World, email: str) -> None:
    with world.work() as work:
        accounts.disable_user(work, email)
    assert not _sign_in(world, email, PASSWORD)
    with world.database.reading() as session:
        user = find_user_by_email(session, email)
        assert user is not None
        assert user.session_epoch == 2


def test_a_reset_opens_the_account_with_a_new_password(world: World, email: str) -> None:
    with world.work() as work:
        accounts.disable_user(work, email)
        fresh = accounts.reset_password(work, email)
    assert _sign_in(world, email, fresh)
    assert not _sign_in(world, email, PASSWORD)


def test_changing_ones_password_needs_the_current_one_and_a_long_new_one(world: World, email: str) -> None:
    with world.database.reading() as session:
        user = find_user_by_email(session, email)
        assert user is not None and user.id is not None
    for new in ("short", "x" * 257):
        with pytest.raises(Invalid), world.work() as work:
            accounts.change_password(work, user.id, PASSWORD, new, ADDRESS)
    with world.work() as work:
        assert accounts.change_password(work, user.id, "wrong", "a new long password", ADDRESS) is None
    with world.work() as work:
        assert accounts.change_password(work, user.id, PASSWORD, "a new long password", ADDRESS)
    with world.database.reading() as session:
        assert get_user(session, user.id).session_epoch == 2
    assert _sign_in(world, email, "a new long password")


def test_an_address_is_given_once(world: World, email: str) -> None:
    draft = accounts.AccountDraft(email=email, name="Other", organisation="source")
    with pytest.raises(Conflict), world.work() as work:
        accounts.add_user(work, draft, PASSWORD)
