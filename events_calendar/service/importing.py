"""Events of a calendar file as drafts."""

from collections.abc import Sequence

from core.access import Marking, Viewer
from core.uow import UnitOfWork
from events_calendar.drafts import EventDraft
from events_calendar.ical import FoundEvent
from events_calendar.models import Event
from events_calendar.service.events import create_event


def import_events(
    work: UnitOfWork, viewer: Viewer, found: Sequence[FoundEvent], marking: Marking, language: str = "en"
) -> list[Event]:
    """Drafts of the viewer's organisation; nobody sees them before he announces them. Cancelled ones are left out."""
    return [
        create_event(work, viewer, draft_of_found(one, viewer, marking, language))
        for one in found
        if not one.is_cancelled
    ]


def draft_of_found(found: FoundEvent, viewer: Viewer, marking: Marking, language: str) -> EventDraft:
    """What the file says of an event, as a draft."""
    title = found.title if len(found.title) >= 4 else f"{found.title} (imported)"
    return EventDraft(
        title=title[:200],
        body=found.text,
        starts=found.starts,
        ends=found.ends,
        zone=found.zone,
        is_all_day=found.is_all_day,
        place=found.place,
        organisation_id=viewer.organisation_id,
        marking=marking,
        language=language,
    )
