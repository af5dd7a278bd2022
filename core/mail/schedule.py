"""When somebody is told by mail: with which digest, and not in his quiet hours."""

from datetime import datetime, timedelta, tzinfo

from sqlmodel import Session

from core.mail.models import Delivery, MailPreference


def preference_of(session: Session, user_id: int) -> MailPreference:
    """What the person chose, or the default; the row is not stored."""
    return session.get(MailPreference, user_id) or MailPreference(user_id=user_id)


def next_allowed(preference: MailPreference, now: datetime, zone: tzinfo) -> datetime:
    """The first moment from `now` on that is outside the person's quiet hours, which may lie around midnight."""
    start, end = preference.quiet_from, preference.quiet_until
    if start is None or end is None:
        return now
    local = now.astimezone(zone)
    is_quiet = start <= local.hour < end if start < end else local.hour >= start or local.hour < end
    if not is_quiet:
        return now
    until = local.replace(hour=end, minute=0, second=0, microsecond=0)
    return (until if until > local else until + timedelta(days=1)).astimezone(now.tzinfo)


def last_digest(preference: MailPreference, now: datetime, zone: tzinfo) -> datetime | None:
    """The latest moment up to `now` at which the person's digest was due; None for who gets none."""
    if preference.delivery not in (Delivery.DAILY, Delivery.WEEKLY):
        return None
    local = now.astimezone(zone)
    due = local.replace(hour=preference.hour, minute=0, second=0, microsecond=0)
    if due > local:
        due -= timedelta(days=1)
    if preference.delivery == Delivery.WEEKLY:
        due -= timedelta(days=(due.weekday() - preference.weekday) % 7)
    return due.astimezone(now.tzinfo)
