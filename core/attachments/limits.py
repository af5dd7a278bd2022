"""What may be uploaded: which types, and how much by one person in a day. Checked before anything is stored."""

from collections.abc import Collection
from datetime import date

from sqlmodel import Session

from core.access import Viewer
from core.attachments.models import UploadDay
from core.errors import Invalid, Message
from core.uow import UnitOfWork

MEGABYTE = 1 << 20


def check_type(media_type: str, accepted: Collection[str]) -> None:
    """Raise Invalid for a type that is not accepted; every type is when `accepted` is empty."""
    if accepted and media_type not in accepted:
        message = Message("Files of this type are not accepted here.")
        raise Invalid(message, {"file": message})


def check_quota(session: Session, viewer: Viewer, size: int, *, today: date, quota: int) -> None:
    """Raise Invalid when this upload would go over the bytes a person may upload in a day; a quota of 0 is none."""
    if quota and _used(session, viewer, today) + size > quota:
        message = Message(
            "You can upload %(limit)s MB a day, and with this file it would be more. Try again tomorrow, "
            "or ask your librarian.",
            limit=quota // MEGABYTE,
        )
        raise Invalid(message, {"file": message})


def charge_upload(work: UnitOfWork, viewer: Viewer, size: int, *, quota: int) -> None:
    """Count an upload against the day's quota of the person. Raises Invalid when it goes over."""
    today = work.now.date()
    check_quota(work.session, viewer, size, today=today, quota=quota)
    row = work.session.get(UploadDay, viewer.user_id) or UploadDay(user_id=viewer.user_id, day=today, size=0)
    row.size = size if row.day != today else row.size + size
    row.day = today
    work.session.add(row)


def _used(session: Session, viewer: Viewer, today: date) -> int:
    row = session.get(UploadDay, viewer.user_id)
    return row.size if row is not None and row.day == today else 0
