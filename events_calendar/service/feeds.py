"""The secret of a person's feeds."""

import secrets

from core.access import Viewer
from core.content import ContentRef
from core.uow import UnitOfWork
from events_calendar.models import FeedSecret


def reset_feeds(work: UnitOfWork, viewer: Viewer) -> FeedSecret:
    """A new secret: addresses with the old one lead nowhere from now on."""
    row = work.session.get(FeedSecret, viewer.user_id) or FeedSecret(
        user_id=viewer.user_id, secret="", made_at=work.now
    )
    row.secret, row.made_at = secrets.token_urlsafe(24), work.now
    work.session.add(row)
    work.session.flush()
    work.audit("calendar.feeds_reset", ContentRef("user", viewer.user_id))
    return row
