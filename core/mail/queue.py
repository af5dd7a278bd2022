"""The queue of mails: filled from notices, claimed by a lease, settled after the server took it.

A sender that dies leaves its claim behind, which expires; the mail is then sent again under the same Message-ID. So nothing is
lost, and a mail can come twice only when the sender died between the server's answer and the next line, which SMTP cannot tell.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, or_, update
from sqlmodel import Session, col, func, select

from core.mail.models import Delivery, Mail, MailKind, MailPreference, MailState
from core.notices import Notice
from core.uow import UnitOfWork

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)
MOST_QUEUED = 1000
"""Notices queued in one go; the next run goes on."""
KEPT = timedelta(days=90)
"""How long it is known what was sent to whom."""


def put_notices(work: UnitOfWork) -> None:
    """Queue a mail for each unread notice of people who want to be told at once. A notice is queued once."""
    is_queued = select(Mail.id).where(Mail.notice_id == Notice.id).exists()
    untold = (
        select(Notice)
        .join(MailPreference, col(MailPreference.user_id) == col(Notice.user_id))
        .where(
            MailPreference.delivery == Delivery.AT_ONCE.value,
            col(Notice.created_at) >= col(MailPreference.chosen_at),
            col(Notice.read_at).is_(None),
            ~is_queued,
        )
    )
    for notice in work.session.exec(untold.order_by(col(Notice.id)).limit(MOST_QUEUED)):
        work.session.add(
            Mail(
                user_id=notice.user_id,
                kind=MailKind.NOTICE.value,
                period=f"notice:{notice.id}",
                notice_id=notice.id,
                due_at=work.now,
                created_at=work.now,
            )
        )
    work.session.flush()


def put_digest(session: Session, user_id: int, *, since: datetime, due_at: datetime, now: datetime) -> bool:
    """Queue a digest of what happened `since`, once for each moment at which one was due. False when it is there already."""
    period = f"digest:{due_at.isoformat()}"
    mine = select(Mail.id).where(Mail.user_id == user_id, Mail.kind == MailKind.DIGEST.value, Mail.period == period)
    if session.exec(mine).first() is not None:
        return False
    session.add(
        Mail(user_id=user_id, kind=MailKind.DIGEST.value, period=period, since=since, due_at=due_at, created_at=now)
    )
    return True


def last_digest_of(session: Session, user_id: int) -> datetime | None:
    """When the latest digest of the person was due."""
    mine = select(func.max(Mail.due_at)).where(Mail.user_id == user_id, Mail.kind == MailKind.DIGEST.value)
    return session.exec(mine).one()


def claim(work: UnitOfWork, limit: int = 20) -> list[int]:
    """Take up to `limit` mails that are due, oldest first; nobody else gets them until the lease ends."""
    now = work.now
    is_free = or_(col(Mail.claimed_until).is_(None), col(Mail.claimed_until) <= now)
    waiting = select(Mail.id).where(Mail.state == MailState.WAITING.value, col(Mail.due_at) <= now, is_free)
    taken: list[int] = []
    for number in work.session.exec(waiting.order_by(col(Mail.due_at), col(Mail.id)).limit(limit)).all():
        mine = update(Mail).where(col(Mail.id) == number, is_free).values(claimed_until=now + LEASE)
        done = work.session.execute(mine.execution_options(synchronize_session=False))
        if number is not None and isinstance(done, CursorResult) and done.rowcount:
            taken.append(number)
    return taken


def settle(work: UnitOfWork, mail_id: int, state: MailState, error: str = "") -> None:
    """The mail is done with."""
    mail = work.session.get(Mail, mail_id)
    if mail is not None:
        mail.state, mail.error, mail.done_at, mail.claimed_until = state.value, error[:200], work.now, None
        work.session.add(mail)


def put_back(work: UnitOfWork, mail_id: int, error: str) -> None:
    """Try again later, each time after twice as long; parked after eight attempts."""
    mail = work.session.get(Mail, mail_id)
    if mail is None:
        return
    mail.attempts += 1
    mail.claimed_until, mail.error = None, error[:200]
    mail.due_at = work.now + FIRST_WAIT * 2**mail.attempts
    if mail.attempts >= MOST_ATTEMPTS:
        mail.state, mail.done_at = MailState.PARKED.value, work.now
    work.session.add(mail)


def postpone(work: UnitOfWork, mail_id: int, until: datetime) -> None:
    """Not now: its reader has quiet hours."""
    mail = work.session.get(Mail, mail_id)
    if mail is not None:
        mail.claimed_until, mail.due_at = None, until
        work.session.add(mail)


def release(work: UnitOfWork, mail_ids: Sequence[int]) -> None:
    """Give claimed mails back as they were: the server was not reached, which says nothing about them."""
    for mail_id in mail_ids:
        mail = work.session.get(Mail, mail_id)
        if mail is not None and mail.state == MailState.WAITING:
            mail.claimed_until, mail.due_at = None, work.now + FIRST_WAIT
            work.session.add(mail)


def count_by_state(session: Session) -> dict[str, int]:
    """How many mails are in each state, for the administrator."""
    return dict(session.exec(select(Mail.state, func.count()).group_by(Mail.state)).all())


def forget_old(work: UnitOfWork) -> None:
    """Remove what was done with long ago."""
    old = select(Mail).where(Mail.state != MailState.WAITING.value, col(Mail.done_at) < work.now - KEPT)
    for mail in work.session.exec(old.limit(1000)):
        work.session.delete(mail)
