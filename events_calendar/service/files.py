"""Files of events: what the calendar answers when `core.attachments` asks about an event."""

from sqlmodel import Session

from core.access import Viewer
from core.errors import NotFound, require
from core.uow import UnitOfWork
from events_calendar import policy, queries
from events_calendar.models import KIND, SEATED, Event, EventState
from events_calendar.service.events import touch_event
from events_calendar.service.telling import tell_registered


class EventHost:
    """`core.attachments.Host` of the calendar: materials of an event."""

    kind = KIND

    def require_readable(self, session: Session, viewer: Viewer, object_id: int) -> None:
        """Raises NotFound."""
        queries.get_event(session, viewer, object_id)

    def require_editable(self, session: Session, viewer: Viewer, object_id: int) -> None:
        """Raises NotFound, Forbidden."""
        event = queries.get_event(session, viewer, object_id)
        organisers = queries.organisers_of(session, object_id)
        require(policy.can_edit(viewer, event, organisers), "You can read this event but not change it.")

    def changed(self, work: UnitOfWork, object_id: int) -> None:
        """The revision rises, search is told, and who has a seat hears of new materials."""
        event = work.session.get(Event, object_id)
        if event is None:
            raise NotFound
        touch_event(work, event, "attachment", is_public=False)
        if event.state != EventState.DRAFT:
            tell_registered(work, event, "event.materials", SEATED)


EVENT_HOST = EventHost()
