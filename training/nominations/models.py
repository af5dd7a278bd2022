"""Tables of nominations. Invariants only; rules are in `policy` and `rules`, changes in `service`."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import JSON, Column, Field, SQLModel, Text, UniqueConstraint

from core.content import ContentRef
from core.db import UtcDateTime

KIND = "nomination"
"""Kind of a nomination in `ContentRef`: for notices and the audit, it is no search document."""
PROFILE = "officer_profile"
"""Kind of an officer's profile in `ContentRef`."""


class NominationState(StrEnum):
    """Where a nomination stands (METHODS 3)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ENDORSED = "endorsed"
    APPROVED = "approved"
    SCREENED = "screened"
    SCORED = "scored"
    SHORTLISTED = "shortlisted"
    SELECTED = "selected"
    RESERVE = "reserve"
    NOT_SELECTED = "not_selected"
    CONFIRMED = "confirmed"
    TRAVELLED = "travelled"
    REPORTED = "reported"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    SUBSTITUTED = "substituted"


LIVE = frozenset({"submitted", "endorsed", "approved", "screened", "scored", "shortlisted", "selected", "confirmed"})
"""States of a nomination that is under way: an officer has one of these at a time."""
SEATED = frozenset({"selected", "confirmed", "travelled", "reported", "closed"})
"""States of a nomination that holds, or has used, a seat."""
USED = frozenset({"travelled", "reported", "closed"})
"""States of a seat that was used: what the ledger counts."""


class AppealState(StrEnum):
    """What became of an appeal; empty: there was none."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class OfficerProfile(SQLModel, table=True):
    """What is known of an officer beyond his account. The officer corrects it, the focal point confirms it."""

    __tablename__ = "officer_profile"

    user_id: int = Field(foreign_key="user.id", primary_key=True)
    service_since: date | None = None
    posting: str = ""
    district: str = ""
    post_topics: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Topics of the present post: what a course is measured against."""
    birth_year: int | None = None
    sex: str = ""
    """`female`, `male`, or empty: not said. For the yearly figures only, never shown to a scorer."""
    supervisor_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    languages: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Each with `code`, `level` (A1 to C2) and `proof`."""
    courses: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Courses abroad that this platform does not know of, each with `title`, `country` and `ended` (ISO date)."""
    passport_until: date | None = None
    clearance_until: date | None = None
    medical_until: date | None = None
    barred_until: date | None = None
    """Under a disciplinary bar until then; set by the focal point."""
    revision: int = 1
    changed_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_revision: int | None = None
    confirmed_by: int | None = Field(default=None, foreign_key="user.id")
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def ref(self) -> ContentRef:
        """Its name in notices and the audit."""
        return ContentRef(PROFILE, self.user_id)

    @property
    def is_confirmed(self) -> bool:
        """True when the focal point confirmed exactly what stands there."""
        return self.confirmed_revision == self.revision


class Nomination(SQLModel, table=True):
    """An officer is nominated to an opportunity."""

    __tablename__ = "nomination"
    __table_args__ = (UniqueConstraint("opportunity_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    opportunity_id: int = Field(foreign_key="opportunity.id", index=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    """The officer's when he was nominated."""
    state: str = Field(default=NominationState.DRAFT.value, index=True)
    motivation: str = Field(default="", sa_type=Text)
    """Why this course, for the present post."""
    plan: str = Field(default="", sa_type=Text)
    """How he will pass on what he learned."""
    documents: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Wanted documents that he has ready."""
    is_named_by_host: bool = False
    """The host or a donor asked for this person: shown apart, outside the shares."""
    rank: str = ""
    """When he was nominated."""
    merit: float | None = None
    """Median of the panel's scores, 0..100."""
    seat_number: int | None = None
    reserve_number: int | None = None
    reason: str = ""
    """Of the last decision, as everybody nominated reads it."""
    override_reason: str = ""
    """Why the decision departs from the allocation."""
    decided_by: int | None = Field(default=None, foreign_key="user.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replaces_id: int | None = Field(default=None, foreign_key="nomination.id")
    seat_days: int = 0
    """Days of the seat, once used."""
    returned_on: date | None = None
    is_reminded: bool = False
    """Of the deadline, while it is a draft."""
    appeal: str = Field(default="", sa_type=Text)
    appeal_state: str = ""
    appeal_answer: str = ""
    appeal_by: int | None = Field(default=None, foreign_key="user.id")
    revision: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def ref(self) -> ContentRef:
        """Its name in notices and the audit. Only for stored rows."""
        assert self.id is not None
        return ContentRef(KIND, self.id)

    @property
    def code(self) -> str:
        """What scorers know it by."""
        assert self.id is not None
        return f"N-{self.id:04d}"


class NominationStep(SQLModel, table=True):
    """One change of state: the history that the candidate reads."""

    __tablename__ = "nomination_step"

    id: int | None = Field(default=None, primary_key=True)
    nomination_id: int = Field(foreign_key="nomination.id", index=True)
    verb: str
    state: str
    reason: str = ""
    by: int | None = Field(default=None, foreign_key="user.id")
    at: datetime = Field(sa_type=UtcDateTime)


class GateSetting(SQLModel, table=True):
    """What the unit set for a gate, instead of its default in `rules`."""

    __tablename__ = "gate_setting"

    code: str = Field(primary_key=True)
    is_active: bool = True
    number: int | None = None
    text: str
    source: str
    revision: int = 1


class GateOutcome(SQLModel, table=True):
    """What a gate said of a nomination, with the rule as it stood then."""

    __tablename__ = "gate_outcome"
    __table_args__ = (UniqueConstraint("nomination_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    nomination_id: int = Field(foreign_key="nomination.id", index=True)
    code: str
    text: str
    source: str
    is_passed: bool
    why: str
    """A sentence with placeholders."""
    params: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    checked_at: datetime = Field(sa_type=UtcDateTime)


class Panelist(SQLModel, table=True):
    """A person scores the candidates of an opportunity."""

    __tablename__ = "panelist"

    opportunity_id: int = Field(foreign_key="opportunity.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True)
    is_third: bool = False
    """Asked only where the first two differ by more than 20 points."""
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ConflictOfInterest(SQLModel, table=True):
    """A scorer is barred from one candidate."""

    __tablename__ = "conflict_of_interest"

    nomination_id: int = Field(foreign_key="nomination.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True)
    why: str = ""
    declared_at: datetime = Field(sa_type=UtcDateTime)


class Score(SQLModel, table=True):
    """What one scorer gave one candidate."""

    __tablename__ = "score"
    __table_args__ = (UniqueConstraint("nomination_id", "scorer_id"),)

    id: int | None = Field(default=None, primary_key=True)
    nomination_id: int = Field(foreign_key="nomination.id", index=True)
    scorer_id: int = Field(foreign_key="user.id")
    criteria: dict[str, float] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """0..1 by criterion."""
    notes: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    total: float
    """0..100."""
    scored_at: datetime = Field(sa_type=UtcDateTime)


class ReportBack(SQLModel, table=True):
    """What an officer owes after his return."""

    __tablename__ = "report_back"

    nomination_id: int = Field(foreign_key="nomination.id", primary_key=True)
    report_due: date
    share_due: date
    report: str = Field(default="", sa_type=Text)
    reported_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    shared_ref: str = ""
    """The record that came of it, as `record:12`."""
    briefing: str = ""
    """Or a briefing he gave: when and to whom."""
    briefed: int = 0
    """Colleagues briefed."""
    shared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reminded: str = ""
    """The last reminder that went out: nothing is told twice."""

    def overdue(self, today: date) -> bool:
        """True when a part is missing after its day."""
        late_report = self.reported_at is None and today > self.report_due
        return late_report or (self.shared_at is None and today > self.share_due)

    @property
    def is_done(self) -> bool:
        """Both parts are there."""
        return self.reported_at is not None and self.shared_at is not None
