"""Signing in, and changing one's password.

The slow part, Argon2, is computed between two short units of work, so that nobody waits for it: the first counts the guess and
reads the hash, the second makes sure that the account still has that hash.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sqlmodel import Session

from core.accounts import throttle
from core.accounts.devices import Client, find_device, remember_device
from core.accounts.passwords import PasswordHash, check_password, hash_password, is_outdated, verify_or_pretend
from core.accounts.sessions import SessionEnd, SessionRules, begin_session, end_replaced_session, end_sessions
from core.accounts.throttle import Decision, Guess, TooManyAttempts
from core.clock import Clock
from core.content import ContentRef
from core.errors import Invalid
from core.people import User, find_user_by_email, get_user
from core.uow import UnitOfWork

LONGEST_ADDRESS = 254


class Transactions(Protocol):
    """What opens sessions for reading and units of work: a use case with a slow step in its middle needs two of these."""

    clock: Clock

    def reading(self) -> AbstractContextManager[Session]:
        """A session for reads."""

    def work(self) -> UnitOfWork:
        """A new unit of work."""


class SignedIn(NamedTuple):
    """Somebody proved who he is."""

    user: User
    session_token: str
    """For the browser to hold: it names the session."""
    device_token: str = ""
    """For the browser to hold from now on; empty when it held one already."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A guess that was counted, with what it is compared with."""

    decision: Decision
    user_id: int | None
    hashed: str | None
    """None where there is no account to sign in to."""

    @property
    def ref(self) -> ContentRef | None:
        return ContentRef("user", self.user_id) if self.user_id else None


def sign_in(site: Transactions, email: str, password: str, client: Client, rules: SessionRules) -> SignedIn | None:
    """Begin a session. None for a wrong address or password (the two take equally long). Raises TooManyAttempts when throttled."""
    with site.reading() as session:
        known = find_user_by_email(session, email)
        device = find_device(session, known.id, client.devices, site.clock.now()) if known and known.id else None
    account = known.email if known else email.strip().casefold()[:LONGEST_ADDRESS]
    guess = Guess(account, throttle.network_of(client.address), f"device:{device.id}" if device else "")
    claim = _claim(site, guess, known)
    is_right = verify_or_pretend(claim.hashed, password)
    fresh = hash_password(password) if is_right and is_outdated(claim.hashed or "", password) else None
    with site.work() as work:
        user = _proved(work.session, claim) if is_right else None
        if user is None or user.id is None:
            work.audit("user.sign_in_failed", claim.ref)
            return None
        throttle.forgive(work, claim.decision)
        user.password_hash = fresh or user.password_hash
        user.last_seen_at = work.now
        work.session.add(user)
        work.audit("user.signed_in", claim.ref, actor_id=user.id)
        end_replaced_session(work, client.session)
        return SignedIn(
            user, begin_session(work, user.id, client, rules), remember_device(work, user.id, client.devices)
        )


def change_password(
    site: Transactions, user_id: int, session_id: int, current: str, new: str, client: Client, rules: SessionRules
) -> SignedIn | None:
    """Change one's own password; every session ends, and another one begins here. None when the current password is wrong.

    Raises TooManyAttempts after too many guesses in this session, and Invalid for a new password outside the length rules or
    equal to the current one.
    """
    check_password(new)
    if new == current:
        message = "The new password is the current one. Please choose another."
        raise Invalid(message, {"new": message})
    with site.reading() as session:
        known = get_user(session, user_id)
    guess = Guess(known.email, throttle.network_of(client.address), f"session:{session_id}", is_shared=False)
    claim = _claim(site, guess, known)
    is_right = verify_or_pretend(claim.hashed, current)
    hashed = hash_password(new) if is_right else PasswordHash("")
    with site.work() as work:
        user = _proved(work.session, claim) if is_right else None
        if user is None:
            work.audit("user.password_change_failed", claim.ref, actor_id=user_id)
            return None
        throttle.forgive(work, claim.decision)
        user.password_hash, user.must_change_password = hashed, False
        work.session.add(user)
        ended = end_sessions(work, user_id, SessionEnd.PASSWORD_CHANGED)
        work.audit("user.password_changed", claim.ref, actor_id=user_id, sessions=ended)
        return SignedIn(user, begin_session(work, user_id, client, rules))


def _claim(site: Transactions, guess: Guess, user: User | None) -> _Claim:
    """Count a guess. Raises TooManyAttempts, which costs no write once it is in the audit trail."""
    with site.reading() as session:
        refusal = throttle.decide(session, guess, site.clock.now())
    if refusal.wait and refusal.is_on_record:
        raise TooManyAttempts(refusal)
    user_id = user.id if user else None
    with site.work() as work:
        decision = throttle.decide(work.session, guess, work.now)
        if not decision.wait:
            throttle.reserve(work, decision)
            now = work.session.get(User, user_id) if user_id else None
            return _Claim(decision, user_id, now.password_hash if now and now.is_active else None)
        if not decision.is_on_record:
            throttle.record_refusal(work, decision, user_id)
    raise TooManyAttempts(decision)


def _proved(session: Session, claim: _Claim) -> User | None:
    """The person, if the account is still open and still has the hash that the password was compared with."""
    user = session.get(User, claim.user_id) if claim.user_id else None
    return user if user and user.is_active and user.password_hash == claim.hashed else None
