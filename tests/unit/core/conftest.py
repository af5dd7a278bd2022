"""A person with an account, at the least cost of Argon2."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from core import accounts
from core.accounts import Client, SessionRules, SignedIn, passwords
from core.people import User, find_user_by_email
from tests.factories import World

PASSWORD = "correct horse battery"
HOME = Client(address="192.0.2.1")
RULES = SessionRules(lifetime=timedelta(hours=12), idle=timedelta(hours=2))


@pytest.fixture
def email(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of somebody with `PASSWORD`."""
    # Real Argon2: these tests are about the rules around it.
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
    passwords._decoy.cache_clear()
    world.organisation("source")
    draft = accounts.AccountDraft(email=" Ayesha@Exchange.Example ", name="Ayesha", organisation="source")
    with world.work() as work:
        return accounts.add_user(work, None, draft, accounts.hash_password(PASSWORD)).email


def enter(world: World, email: str, password: str = PASSWORD, client: Client = HOME) -> SignedIn | None:
    """Sign in."""
    return accounts.sign_in(world, email, password, client, RULES)


def person(world: World, email: str) -> User:
    """The stored account."""
    with world.reading() as session:
        user = find_user_by_email(session, email)
        assert user is not None
        return user
