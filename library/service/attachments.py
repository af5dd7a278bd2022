"""Files of records: what the library answers when `core.attachments` asks about a record."""

from sqlmodel import Session

from core.access import Viewer
from core.errors import require
from core.uow import UnitOfWork
from library import policy, queries
from library.models import KIND
from library.service.storing import touch_record


class RecordHost:
    """`core.attachments.Host` of the library."""

    kind = KIND

    def require_readable(self, session: Session, viewer: Viewer, object_id: int) -> None:
        """Raises NotFound."""
        queries.get_record(session, viewer, object_id)

    def require_editable(self, session: Session, viewer: Viewer, object_id: int) -> None:
        """Raises NotFound, Forbidden."""
        record = queries.get_record(session, viewer, object_id)
        require(policy.can_edit(viewer, record), "You can read this record but not change it.")

    def changed(self, work: UnitOfWork, object_id: int) -> None:
        """The record's revision rises and search is told."""
        touch_record(work, queries.get_stored(work.session, object_id), "attachment")


RECORD_HOST = RecordHost()
