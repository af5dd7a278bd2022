"""Table of opportunities. Invariants only; rules are in `policy`, changes in `service`."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import JSON, Column, Field, SQLModel, Text

from core.access import Marking
from core.content import ContentRef
from core.db import UtcDateTime

KIND = "opportunity"
"""Kind of an opportunity in `ContentRef`."""


class OpportunityKind(StrEnum):
    """Types of opportunity (issue 21, FEATURES 1.5)."""

    COURSE = "course"
    WORKSHOP = "workshop"
    EXCHANGE = "exchange"
    SCHOLARSHIP = "scholarship"
    SECONDMENT = "secondment"
    E_COURSE = "e_course"


class Payer(StrEnum):
    """Who pays."""

    HOST = "host"
    DONOR = "donor"
    UNIT = "unit"
    ORGANISATION = "organisation"
    OFFICER = "officer"
    SHARED = "shared"


class OpportunityState(StrEnum):
    """Where an opportunity stands. A draft is not indexed and only the unit sees it."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    DECIDED = "decided"
    HELD = "held"
    CANCELLED = "cancelled"


class Opportunity(SQLModel, table=True):
    """One offer of a host, with so many seats."""

    __tablename__ = "opportunity"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    title: str
    summary: str = ""
    host: str
    host_country: str = ""
    place: str = ""
    is_remote: bool = False
    starts_on: date
    ends_on: date
    deadline: datetime = Field(sa_type=UtcDateTime, index=True)
    """Nominations are submitted until then."""
    language: str = "en"
    language_level: str = ""
    """Wanted, by the Common European Framework (A1 to C2); empty for none."""
    costs: str = ""
    payer: str = Payer.HOST.value
    seats: int
    seat_cap: int | None = None
    """Most seats of one organisation; None for the default of METHODS 3."""
    min_service_years: int | None = None
    max_age: int | None = None
    criteria: str = Field(default="", sa_type=Text)
    """The host's further criteria, in his words."""
    documents: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Wanted with a nomination."""
    body_source: str = Field(default="", sa_type=Text)
    body_html: str = Field(default="", sa_type=Text)
    rendered_by: int = 0
    refs: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """What it serves or builds on: needs, records, threads, events, each as `kind:id`."""
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    author_id: int = Field(foreign_key="user.id")
    marking: str
    space_id: int | None = Field(default=None, foreign_key="space.id")
    state: str = Field(default=OpportunityState.DRAFT.value, index=True)
    state_reason: str = ""
    import_digest: str | None = Field(default=None, unique=True)
    """SHA-256 of the imported row: the same row twice is one opportunity."""
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

    @property
    def days(self) -> int:
        """How long it lasts, first and last day included."""
        return (self.ends_on - self.starts_on).days + 1

    @property
    def written_in(self) -> str:
        """Language of its text, by the script of its title: `language` is the one the course is held in."""
        return "ur" if any("\u0600" <= char <= "\u06ff" for char in self.title) else "en"

    def takes_nominations(self, now: datetime) -> bool:
        """True while it is open and its deadline has not passed."""
        return self.state == OpportunityState.OPEN and now <= self.deadline
