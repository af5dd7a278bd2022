"""Slows guessing down without locking the owner out.

Wrong passwords are counted by who tries. A known device (see `devices`) has a counter of its own, and so has a session whose
owner changes his password: nobody else's guesses count against them. All other browsers share three counters: account and
network, account from anywhere, network for any account. A counter that is full makes the next guess wait, twice as long each
time. Each guess is counted before the password is looked at, so that guesses at the same time cannot exceed a limit.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from sqlalchemy import ColumnElement, delete
from sqlmodel import Session, col, func, select

from core.accounts.models import SignInAttempt
from core.content import ContentRef
from core.errors import Forbidden
from core.uow import UnitOfWork

WINDOW = timedelta(minutes=15)
"""The longest wait."""
MEMORY = timedelta(hours=1)
"""How long a wrong password counts."""
FIRST_WAIT = timedelta(minutes=1)
FAILURES_PER_ACCOUNT = 8
"""Of an account from one device, session or network, before the next has to wait."""
FAILURES_FROM_ANYWHERE = 40
"""Of an account from all unknown devices together."""
FAILURES_PER_ADDRESS = 40
"""Of all accounts from the unknown devices of one network."""


class TooManyAttempts(Forbidden):
    """The throttle refuses to look at a password for now."""

    def __init__(self, decision: "Decision") -> None:
        self.minutes = max(1, -(-decision.wait // timedelta(minutes=1)))
        """The time to wait, rounded up."""
        self.is_lifted_by_reset = bool(decision.account)
        """False where the network is slowed down and not the account."""
        super().__init__(f"Too many failed attempts. Please wait {self.minutes} minutes.")


@dataclass(frozen=True, slots=True)
class Guess:
    """Somebody is about to try a password."""

    account: str
    address: str
    own: str = ""
    """The known device or session that it comes from, which has a counter of its own."""
    is_shared: bool = True
    """Whether the shared counters take over where its own is full."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the counters say to a guess."""

    guess: Guess
    source: str
    """Where it counts: its own counter, or empty for the shared ones."""
    wait: timedelta = timedelta()
    """Zero: it may be tried now."""
    account: str = ""
    address: str = ""
    """With `account`: the counter that is full."""
    is_on_record: bool = False
    """This counter's refusal is in the audit trail already."""


def network_of(address: str) -> str:
    """What one client can hardly leave: its IPv4 address, or the first 64 bits of its IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


def decide(session: Session, guess: Guess, now: datetime) -> Decision:
    """Whether the guess may be tried, and which counter it belongs to. Changes nothing."""
    if guess.own:
        wait = _wait(session, now, FAILURES_PER_ACCOUNT, account=guess.account, source=guess.own)
        if not wait or not guess.is_shared:
            return _refused(session, now, Decision(guess, guess.own, wait, guess.account))
    shared = (
        (guess.account, guess.address, FAILURES_PER_ACCOUNT),
        (guess.account, "", FAILURES_FROM_ANYWHERE),
        ("", guess.address, FAILURES_PER_ADDRESS),
    )
    waits = [
        Decision(guess, "", _wait(session, now, free, account=account, address=address), account, address)
        for account, address, free in shared
    ]
    # Of several counters that are full the widest goes on record, so that a flood is one event.
    widest = max(reversed(waits), key=lambda decision: bool(decision.wait))
    return _refused(session, now, replace(widest, wait=max(decision.wait for decision in waits)))


def reserve(work: UnitOfWork, decision: Decision) -> None:
    """Count the guess as a failure, before it is known to be one."""
    work.session.execute(delete(SignInAttempt).where(col(SignInAttempt.at) < work.now - MEMORY))
    guess = decision.guess
    work.session.add(SignInAttempt(account=guess.account, address=guess.address, at=work.now, source=decision.source))


def record_refusal(work: UnitOfWork, decision: Decision, user_id: int | None) -> None:
    """Put the first refusal of a full counter into the audit trail; a flood of them is one event in each window."""
    marker = SignInAttempt(
        account=decision.account, address=decision.address, at=work.now, source=decision.source, is_refusal=True
    )
    work.session.add(marker)
    ref = ContentRef("user", user_id) if user_id and decision.account else None
    names = ("own" * bool(decision.source), "account" * bool(decision.account), "address" * bool(decision.address))
    work.audit("user.sign_in_refused", ref, counter=" ".join(filter(None, names)))


def forgive(work: UnitOfWork, decision: Decision) -> None:
    """The password was right: what was tried on this account from the same place counts no more. Strangers' guesses do."""
    same = [col(SignInAttempt.account) == decision.guess.account, col(SignInAttempt.source) == decision.source]
    if not decision.source:
        same.append(col(SignInAttempt.address) == decision.guess.address)
    work.session.execute(delete(SignInAttempt).where(*same))


def lift(work: UnitOfWork, account: str) -> None:
    """Nothing that was tried on this account counts any more."""
    work.session.execute(delete(SignInAttempt).where(col(SignInAttempt.account) == account))


def _wait(
    session: Session, now: datetime, free: int, *, account: str = "", address: str = "", source: str = ""
) -> timedelta:
    """How long a counter makes the next guess wait."""
    count, last = session.exec(
        select(func.count(), func.max(col(SignInAttempt.at))).where(
            *_counter(now - MEMORY, now, account=account, address=address, source=source),
            col(SignInAttempt.is_refusal).is_(False),
        )
    ).one()
    if count < free or last is None:
        return timedelta()
    until: datetime = last + min(WINDOW, FIRST_WAIT * 2 ** min(count - free, 10))
    return min(WINDOW, max(timedelta(), until - now))


def _counter(since: datetime, now: datetime, *, account: str, address: str, source: str) -> list[ColumnElement[bool]]:
    """Rows of one counter. What a clock that was ahead has written does not count."""
    rows = [col(SignInAttempt.at) > since, col(SignInAttempt.at) < now + WINDOW, col(SignInAttempt.source) == source]
    if account:
        rows.append(col(SignInAttempt.account) == account)
    if address:
        rows.append(col(SignInAttempt.address) == address)
    return rows


def _refused(session: Session, now: datetime, decision: Decision) -> Decision:
    """The decision, knowing whether its refusal is on record."""
    if not decision.wait:
        return decision
    known = session.exec(
        select(SignInAttempt.id)
        .where(
            col(SignInAttempt.is_refusal),
            col(SignInAttempt.at) > now - WINDOW,
            SignInAttempt.account == decision.account,
            SignInAttempt.address == decision.address,
            SignInAttempt.source == decision.source,
        )
        .limit(1)
    ).first()
    return replace(decision, is_on_record=known is not None)
