"""Tables of the library. Invariants only; rules are in `policy`, changes in `service`."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import JSON, Column, Field, SQLModel, Text

from core.access import Marking
from core.content import ContentRef
from core.db import UtcDateTime

KIND = "record"
"""Kind of a library record in `ContentRef`."""
REVISION = "revision"
"""Kind of a proposed change of a record."""


class RecordKind(StrEnum):
    """Types of record (FEATURES 1.2)."""

    CASE_STUDY = "case_study"
    SOP = "sop"
    LESSON = "lesson"
    TEMPLATE = "template"
    LEGAL_NOTE = "legal_note"
    RESEARCH_DIGEST = "research_digest"
    TRAINING_MATERIAL = "training_material"
    AFTER_ACTION = "after_action"


class RecordStatus(StrEnum):
    """Where a record stands. Only published ones are indexed."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"
    """A draft its author took away: emptied, seen by nobody. Its row stays, so that its number is never given again."""


class Effect(StrEnum):
    """First axis of evidence: what was observed (METHODS section 7)."""

    WORKED = "worked"
    MIXED = "mixed"
    NO_EFFECT = "no_effect"
    HARMFUL = "harmful"
    UNKNOWN = "unknown"


def permanent_id(record_id: int) -> str:
    """How people cite a record."""
    return f"KX-{record_id:05d}"


class Record(SQLModel, table=True):
    """One best-practice record, current version."""

    __tablename__ = "record"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    title: str
    summary: str
    body_source: str = Field(sa_type=Text)
    body_html: str = Field(sa_type=Text)
    rendered_by: int
    fields: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Structured fields of the kind; names from `library.kinds`."""
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    author_id: int = Field(foreign_key="user.id", index=True)
    country: str = ""
    language: str = "en"
    year: int
    effect: str = Effect.UNKNOWN.value
    strength: int = 0
    marking: str
    space_id: int | None = Field(default=None, foreign_key="space.id")
    status: str = Field(default=RecordStatus.DRAFT.value, index=True)
    status_reason: str = ""
    revision: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    published_by: int | None = Field(default=None, foreign_key="user.id")
    reviewed_on: date | None = None
    review_due: date | None = None
    import_digest: str | None = Field(default=None, unique=True)
    """SHA-256 of the imported file: the same file twice is one record."""

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
    def permanent_id(self) -> str:
        """How people cite it. Only for stored rows."""
        assert self.id is not None
        return permanent_id(self.id)


class RevisionState(StrEnum):
    """What became of a change of a published record."""

    OPEN = "open"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    TAKEN_BACK = "taken_back"


class RecordRevision(SQLModel, table=True):
    """A change of a published record: proposed, or accepted and so a version that is kept."""

    __tablename__ = "record_revision"

    id: int | None = Field(default=None, primary_key=True)
    record_id: int = Field(foreign_key="record.id", index=True)
    state: str = Field(index=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """All it says, as `library.content.RecordContent` writes it."""
    note: str = ""
    """What was changed and why, in its writer's words."""
    is_minor: bool = False
    base_revision: int
    """The record's revision that its writer had before him."""
    stamp: int = 1
    """Rises whenever its writer changes it: what somebody decides on is what he has read."""
    writer_id: int = Field(foreign_key="user.id", index=True)
    written_at: datetime = Field(sa_type=UtcDateTime)
    reviewer_id: int | None = Field(default=None, foreign_key="user.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""
    """Why it was sent back."""
    revision: int | None = None
    """The record's revision that it became."""

    @property
    def ref(self) -> ContentRef:
        """Its name for the rest of the platform. Only for stored rows."""
        assert self.id is not None
        return ContentRef(REVISION, self.id)


class RequestStatus(StrEnum):
    """Where a knowledge request stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class KnowledgeRequest(SQLModel, table=True):
    """Knowledge somebody looked for and did not find."""

    __tablename__ = "knowledge_request"

    id: int | None = Field(default=None, primary_key=True)
    question: str
    details: str = Field(default="", sa_type=Text)
    asker_id: int = Field(foreign_key="user.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    status: str = Field(default=RequestStatus.OPEN.value, index=True)
    answer: str = ""
    handled_by: int | None = Field(default=None, foreign_key="user.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    handled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
