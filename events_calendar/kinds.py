"""What kinds of event, states and standings are called, and the life cycle of an event as data."""

from core.states import Lifecycle, Transition
from events_calendar.models import Approval, EventKind, EventState, Standing

KIND_LABELS = {
    EventKind.SEMINAR: "Seminar",
    EventKind.COURSE: "Course",
    EventKind.WEBINAR: "Webinar",
    EventKind.CONFERENCE: "Conference",
    EventKind.EXCHANGE: "Exchange visit",
    EventKind.DIALOGUE: "Dialogue",
}
STANDING_LABELS = {
    Standing.REQUESTED: "Waits for approval",
    Standing.CONFIRMED: "Confirmed",
    Standing.WAITING: "On the wait-list",
    Standing.OFFERED: "A seat is offered",
    Standing.EXPIRED: "Offer expired",
    Standing.DECLINED: "Not approved",
    Standing.WITHDRAWN: "Withdrawn",
    Standing.ATTENDED: "Attended",
    Standing.ABSENT: "Absent",
}
APPROVAL_LABELS = {
    Approval.NONE: "Nobody: first come, first served",
    Approval.ORGANISER: "An organiser",
    Approval.SUPERVISOR: "The focal point of the person's organisation",
}
STATUS_LABELS = {"upcoming": "Upcoming", "past": "Past", "cancelled": "Cancelled"}
"""What the facet of search calls where an event stands."""

_ALIVE = (EventState.ANNOUNCED.value, EventState.OPEN.value)
LIFECYCLE = Lifecycle(
    name="event",
    initial=EventState.DRAFT.value,
    transitions=(
        Transition("announce", (EventState.DRAFT.value, EventState.POSTPONED.value), EventState.ANNOUNCED.value),
        Transition("open", (EventState.ANNOUNCED.value,), EventState.OPEN.value),
        Transition("postpone", _ALIVE, EventState.POSTPONED.value, wants=("reason",)),
        Transition("cancel", (*_ALIVE, EventState.POSTPONED.value), EventState.CANCELLED.value, wants=("reason",)),
        Transition("hold", _ALIVE, EventState.HELD.value),
        Transition("close", (EventState.HELD.value,), EventState.CLOSED.value),
    ),
)
