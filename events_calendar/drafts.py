"""Validated inputs of the calendar's use cases, the same for forms, JSON, the importer and the demo."""

from datetime import date, datetime, timedelta
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from core.access import Marking
from core.errors import InvalidValue
from core.fields import (
    Body,
    Country,
    Language,
    Line,
    Number,
    OptionalNumber,
    OrganisationId,
    OrganisationIds,
    Tags,
    Text,
    Topics,
    UserIds,
)
from events_calendar.models import Approval, EventKind
from events_calendar.zones import days_of, is_zone, to_utc

LONGEST = timedelta(days=366)
MAX_QUESTIONS = 10
MIN_MINUTES = 5
"""Characters."""
FIRST_YEAR, LAST_YEAR = 1970, 2100


def _lines(value: object) -> object:
    """One on a line."""
    if isinstance(value, str):
        return [" ".join(line.split()) for line in value.splitlines() if line.strip()]
    return value


def _plain_time(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise InvalidValue("Give a time on the clock of the event's place, without a zone.")
    return _sane_time(value)


def _sane_time(value: datetime) -> datetime:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise InvalidValue("Give a year between 1970 and 2100.")
    return value.replace(second=0, microsecond=0)


def _known_zone(value: str) -> str:
    if not is_zone(value):
        raise InvalidValue("This is not a time zone.")
    return value


def _web_address(value: str) -> str:
    if not value:
        return value
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in value:
        raise InvalidValue("Give an address that begins with https://.")
    return value


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


LocalTime = Annotated[datetime, AfterValidator(_plain_time)]
"""On the wall clock of the event's zone."""
OptionalTime = Annotated[LocalTime | None, BeforeValidator(_none_if_blank)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Link = Annotated[Line, Field(max_length=500), AfterValidator(_web_address)]
Lines = Annotated[list[str], BeforeValidator(_lines)]


class EventDraft(BaseModel):
    """Everything a person says about an event. Times are on the clock of its zone."""

    kind: EventKind = EventKind.SEMINAR
    title: Line = Field(min_length=4, max_length=200)
    summary: Text = Field(default="", max_length=1000)
    body: Body = Field(default="", validate_default=True)
    starts: LocalTime
    ends: LocalTime
    zone: Zone
    is_all_day: bool = False
    place: Line = Field(default="", max_length=200)
    online_link: Link = ""
    link_minutes: int = Field(default=60, ge=0, le=10080)
    speakers: Text = Field(default="", max_length=2000)
    organisers: UserIds = []
    topics: Topics = []
    tags: Tags = []
    organisation_id: OrganisationId
    country: Country = ""
    language: Language = "en"
    marking: Marking
    listed_organisations: OrganisationIds = []
    named_users: UserIds = []
    space_id: OptionalNumber = None
    capacity: OptionalNumber = None
    organisation_seats: OptionalNumber = None
    opens: OptionalTime = None
    closes: OptionalTime = None
    approval: Approval = Approval.NONE
    offer_hours: int = Field(default=24, ge=0, le=336)
    is_interest_only: bool = False
    is_chatham_house: bool = False
    questions: Lines = Field(default=[], max_length=MAX_QUESTIONS)
    recording_link: Link = ""
    revision: OptionalNumber = None
    """The revision the editor started from; an edit based on an older one is refused."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends < self.starts or (self.ends == self.starts and not self.is_all_day):
            raise InvalidValue("It must end after it starts.")
        if self.ends - self.starts > LONGEST:
            raise InvalidValue("It may take a year at most.")
        if self.opens and self.closes and self.closes <= self.opens:
            raise InvalidValue("Registration must close after it opens.")
        if any(len(one) > 200 for one in self.questions):
            raise InvalidValue("A question takes at most 200 characters.")
        return self

    @property
    def starts_at(self) -> datetime:
        """In UTC."""
        return self._moments()[0]

    @property
    def ends_at(self) -> datetime:
        """In UTC."""
        return self._moments()[1]

    @property
    def opens_at(self) -> datetime | None:
        """In UTC."""
        return to_utc(self.opens, self.zone) if self.opens else None

    @property
    def closes_at(self) -> datetime | None:
        """In UTC."""
        return to_utc(self.closes, self.zone) if self.closes else None

    def _moments(self) -> tuple[datetime, datetime]:
        if self.is_all_day:
            return days_of(self.starts.date(), self.ends.date(), self.zone)
        return to_utc(self.starts, self.zone), to_utc(self.ends, self.zone)

    def moved_to(self, starts: datetime) -> "EventDraft":
        """The same event at another time on the clock, registration moved with it."""
        by = starts - self.starts
        later = {name: value + by for name in ("opens", "closes") if (value := getattr(self, name))}
        return self.model_copy(update={"starts": starts, "ends": self.ends + by, **later})


class SeriesDraft(BaseModel):
    """What makes a series of an event: the rule, and the days that are left out."""

    rule: Line = Field(min_length=6, max_length=300)
    exceptions: list[date] = Field(default=[], max_length=104)

    @model_validator(mode="before")
    @classmethod
    def _days(cls, values: object) -> object:
        if isinstance(values, dict) and isinstance(values.get("exceptions"), str):
            return {**values, "exceptions": values["exceptions"].replace(",", " ").split()}
        return values


class ReasonDraft(BaseModel):
    """Why something is cancelled, postponed or declined."""

    reason: Text = Field(min_length=5, max_length=500)


class RegistrationDraft(BaseModel):
    """What a person says when he registers: answers in the order of the questions."""

    answers: list[Text] = Field(default=[], max_length=MAX_QUESTIONS)

    @model_validator(mode="after")
    def _short(self) -> Self:
        if any(len(one) > 1000 for one in self.answers):
            raise InvalidValue("An answer takes at most 1000 characters.")
        return self


class MinutesDraft(BaseModel):
    """Minutes, with the points that are worth keeping."""

    body: Body
    key_points: Text = Field(default="", max_length=10_000)
    recording_link: Link = ""

    @model_validator(mode="after")
    def _say_something(self) -> Self:
        if len(self.body.source) < MIN_MINUTES:
            raise InvalidValue("Please fill this in.")
        return self


class MessageDraft(BaseModel):
    """What an organiser tells those who take part."""

    text: Text = Field(min_length=5, max_length=1000)


class AttendanceDraft(BaseModel):
    """Who was there: ids of registrations."""

    attended: list[Number] = Field(default=[], max_length=5000)
