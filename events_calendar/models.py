"""Tables of the calendar. Invariants only; rules are in `policy`, changes in `service`."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import JSON, Column, Field, SQLModel, Text, UniqueConstraint

from core.access import Marking
from core.content import ContentRef
from core.db import UtcDateTime

KIND = "event"
"""Kind of an event in `ContentRef`."""
SERIES = "series"
"""Kind of a series of events in `ContentRef`."""


class EventKind(StrEnum):
    """Types of event (FEATURES 1.4)."""

    SEMINAR = "seminar"
    COURSE = "course"
    WEBINAR = "webinar"
    CONFERENCE = "conference"
    EXCHANGE = "exchange"
    DIALOGUE = "dialogue"


class EventState(StrEnum):
    """Where an event stands. Drafts are for their organisers; that it is full or running is worked out, not stored."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    OPEN = "open"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    HELD = "held"
    CLOSED = "closed"


class Approval(StrEnum):
    """Who has to agree before somebody gets a seat."""

    NONE = "none"
    ORGANISER = "organiser"
    SUPERVISOR = "supervisor"
    """The focal point of the person's own organisation."""


class Standing(StrEnum):
    """Where a registration stands."""

    REQUESTED = "requested"
    """Waits for somebody's approval."""
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    """In line for a seat."""
    OFFERED = "offered"
    """A seat is kept for him until the offer expires."""
    EXPIRED = "expired"
    """He let an offer pass."""
    DECLINED = "declined"
    """Not approved."""
    WITHDRAWN = "withdrawn"
    ATTENDED = "attended"
    ABSENT = "absent"


SEATED = frozenset({Standing.CONFIRMED, Standing.OFFERED, Standing.ATTENDED, Standing.ABSENT})
"""Standings that take a seat."""
STANDING_IN = SEATED | {Standing.REQUESTED, Standing.WAITING}
"""Standings of a registration that still counts."""


class Series(SQLModel, table=True):
    """Events that repeat by a rule and share a page."""

    __tablename__ = "event_series"

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    title: str
    summary: str = ""
    rule: str
    """An RRULE of RFC 5545, in the local time of `zone`."""
    starts_at: datetime = Field(sa_type=UtcDateTime)
    """The first one."""
    minutes: int
    """How long each takes."""
    zone: str
    exceptions: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Starts that the rule gives and that do not take place, as ISO times in UTC."""
    organisation_id: int = Field(foreign_key="organisation.id")
    author_id: int = Field(foreign_key="user.id")
    marking: str
    space_id: int | None = Field(default=None, foreign_key="space.id")
    sequence: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def ref(self) -> ContentRef:
        """Its name for the rest of the platform. Only for stored rows."""
        assert self.id is not None
        return ContentRef(SERIES, self.id)

    @property
    def tlp(self) -> Marking:
        """The marking as the enum."""
        return Marking(self.marking)


class Event(SQLModel, table=True):
    """One event."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("series_id", "recurrence_id"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(index=True)
    """Of iCalendar: never changes. The events of a series share that of the series and differ by `recurrence_id`."""
    kind: str = Field(index=True)
    title: str
    summary: str = ""
    body_source: str = Field(sa_type=Text)
    body_html: str = Field(sa_type=Text)
    rendered_by: int
    starts_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)
    zone: str
    """IANA name of the time zone it takes place in."""
    is_all_day: bool = False
    """From midnight to midnight in its zone."""
    place: str = ""
    online_link: str = ""
    link_minutes: int = 60
    """How long before the start registered people see the link."""
    speakers: str = Field(default="", sa_type=Text)
    """One on a line."""
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    author_id: int = Field(foreign_key="user.id", index=True)
    country: str = ""
    language: str = "en"
    marking: str
    space_id: int | None = Field(default=None, foreign_key="space.id")
    capacity: int | None = None
    organisation_seats: int | None = None
    """Most seats that one organisation gets."""
    opens_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When registration ends; None: at the start."""
    approval: str = Approval.NONE.value
    offer_hours: int = 24
    """How long somebody from the wait-list may think about an offered seat."""
    is_interest_only: bool = False
    """No seats: people say that they are interested."""
    is_chatham_house: bool = False
    """What is said may be used, who said it may not be told: names are left out of minutes."""
    questions: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Asked in the registration form."""
    state: str = Field(default=EventState.DRAFT.value, index=True)
    state_reason: str = ""
    sequence: int = 0
    """Of iCalendar: raised when time, place or state change."""
    series_id: int | None = Field(default=None, foreign_key="event_series.id", index=True)
    recurrence_id: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The start that the rule of its series gave, whatever it was moved to."""
    recording_link: str = ""
    revision: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def ref(self) -> ContentRef:
        """Its name for the rest of the platform. Only for stored rows."""
        assert self.id is not None
        return ContentRef(KIND, self.id)

    @property
    def tlp(self) -> Marking:
        """The marking as the enum."""
        return Marking(self.marking)


class EventOrganiser(SQLModel, table=True):
    """A person who manages the event beside its author."""

    __tablename__ = "event_organiser"

    event_id: int = Field(foreign_key="event.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True)


class Registration(SQLModel, table=True):
    """A person wants to take part."""

    __tablename__ = "event_registration"
    __table_args__ = (UniqueConstraint("event_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = Field(foreign_key="event.id", index=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    """His when he registered: its seats are the ones counted."""
    standing: str = Field(index=True)
    place_in_line: int = 0
    """Numbers of the line are given in the order of joining it, never twice; 0: not in line."""
    offer_ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answers: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """By question."""
    reason: str = ""
    """Why it was declined."""
    certificate: str | None = Field(default=None, unique=True)
    """Verification code of the certificate of attendance, once it was made."""
    registered_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def is_seated(self) -> bool:
        """True when it takes a seat."""
        return Standing(self.standing) in SEATED

    @property
    def stands(self) -> bool:
        """True while it counts: not withdrawn, declined or expired."""
        return Standing(self.standing) in STANDING_IN


class EventMinutes(SQLModel, table=True):
    """One version of the minutes; the newest is the one that counts."""

    __tablename__ = "event_minutes"
    __table_args__ = (UniqueConstraint("event_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = Field(foreign_key="event.id", index=True)
    version: int
    body_source: str = Field(sa_type=Text)
    body_html: str = Field(sa_type=Text)
    rendered_by: int
    key_points: str = Field(default="", sa_type=Text)
    """One on a line: what goes into a library record."""
    author_id: int = Field(foreign_key="user.id")
    written_at: datetime = Field(sa_type=UtcDateTime)


class FeedSecret(SQLModel, table=True):
    """What makes the addresses of a person's feeds unguessable; resetting it ends the old ones."""

    __tablename__ = "calendar_feed"

    user_id: int = Field(foreign_key="user.id", primary_key=True)
    secret: str = Field(unique=True)
    made_at: datetime = Field(sa_type=UtcDateTime)


class EventMessage(SQLModel, table=True):
    """What an organiser told those who take part; it stands on the page for them."""

    __tablename__ = "event_message"

    id: int | None = Field(default=None, primary_key=True)
    event_id: int = Field(foreign_key="event.id", index=True)
    author_id: int = Field(foreign_key="user.id")
    text: str = Field(sa_type=Text)
    written_at: datetime = Field(sa_type=UtcDateTime)
