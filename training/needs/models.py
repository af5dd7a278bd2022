"""Tables of training needs and assessment rounds. Invariants only; rules are in `policy`, changes in `service`."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import CheckConstraint, Field, SQLModel, Text, UniqueConstraint

from core.access import Marking
from core.content import ContentRef
from core.db import UtcDateTime

KIND = "need"
"""Kind of a training need in `ContentRef`."""
ROUND = "assessment"
"""Kind of an assessment round in `ContentRef`; not a search document."""
ANSWERED_BY = "answered_by"
"""Relation of a need to a record, thread, seminar or course that answers it."""
EVIDENCE = "evidence"
"""Relation of a need to what shows that it exists."""
HANDED_TO = "handed_to"
"""Relation of a need that is no training need to the task it became elsewhere."""
SAME = "same_as"
"""Relation of two requests that mean the same."""


class Status(StrEnum):
    """Where a need stands. All but drafts are indexed."""

    DRAFT = "draft"
    OPEN = "open"
    PLANNED = "planned"
    MET = "met"
    REFERRED = "referred"
    CLOSED = "closed"


class Cause(StrEnum):
    """Why officers cannot do it. Only lack of skill is answered by training."""

    SKILL = "skill"
    PROCEDURE = "procedure"
    EQUIPMENT = "equipment"
    STAFFING = "staffing"


class RankBand(StrEnum):
    """Whom a need is about, by rank."""

    ALL = "all"
    CONSTABULARY = "constabulary"
    JUNIOR = "junior"
    MIDDLE = "middle"
    SENIOR = "senior"


class Extent(StrEnum):
    """How far something answers a need."""

    FULLY = "fully"
    PARTLY = "partly"


class RoundStatus(StrEnum):
    """Whether a round takes answers."""

    OPEN = "open"
    CLOSED = "closed"


class Need(SQLModel, table=True):
    """One training need of an organisation."""

    __tablename__ = "need"
    __table_args__ = (
        CheckConstraint("urgency BETWEEN 1 AND 6", name="urgency_1_to_6"),
        CheckConstraint("level_now BETWEEN 1 AND 5", name="level_now_1_to_5"),
        CheckConstraint("level_wanted BETWEEN 1 AND 5", name="level_wanted_1_to_5"),
    )

    id: int | None = Field(default=None, primary_key=True)
    title: str
    statement: str = Field(sa_type=Text)
    topic: str = Field(index=True)
    cross_cutting: str = ""
    incidents: str = Field(default="", sa_type=Text)
    """Evidence in words."""
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    profile: str = ""
    """Who is to be trained: post, unit, task."""
    rank_band: str
    officers: int | None = None
    """None: nobody said how many."""
    level_now: int
    level_wanted: int
    urgency: int
    cause: str
    owner_id: int | None = Field(default=None, foreign_key="user.id")
    author_id: int = Field(foreign_key="user.id", index=True)
    language: str = "en"
    marking: str
    space_id: int | None = Field(default=None, foreign_key="space.id")
    status: str = Field(default=Status.DRAFT.value, index=True)
    reason: str = Field(default="", sa_type=Text)
    """Of the last step that wanted one."""
    revision: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime, index=True)

    @property
    def ref(self) -> ContentRef:
        """Its name for the rest of the platform. Only for stored rows."""
        assert self.id is not None
        return ContentRef(KIND, self.id)

    @property
    def tlp(self) -> Marking:
        """The marking as the enum."""
        return Marking(self.marking)


class AssessmentRound(SQLModel, table=True):
    """Organisations are asked which topics their officers need, and people how able they are."""

    __tablename__ = "assessment_round"

    id: int | None = Field(default=None, primary_key=True)
    title: str
    instructions: str = Field(default="", sa_type=Text)
    due_on: date
    status: str = Field(default=RoundStatus.OPEN.value, index=True)
    opened_by: int = Field(foreign_key="user.id")
    opened_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def ref(self) -> ContentRef:
        """Its name in notices and in the audit trail. Only for stored rows."""
        assert self.id is not None
        return ContentRef(ROUND, self.id)


class RoundTopic(SQLModel, table=True):
    """A topic that is asked about, with the competency that respondents rate."""

    __tablename__ = "assessment_topic"
    __table_args__ = (UniqueConstraint("round_id", "topic", name="uq_assessment_topic"),)

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="assessment_round.id", index=True)
    topic: str
    competency: str
    is_strategic: bool = False


class Reply(SQLModel, table=True):
    """An organisation answered a round."""

    __tablename__ = "assessment_reply"
    __table_args__ = (UniqueConstraint("round_id", "organisation_id", name="uq_assessment_reply"),)

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="assessment_round.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    note: str = Field(default="", sa_type=Text)
    answered_by: int = Field(foreign_key="user.id")
    answered_at: datetime = Field(sa_type=UtcDateTime)


class ReplyTopic(SQLModel, table=True):
    """An organisation names a topic. What it left open stays empty and is no zero."""

    __tablename__ = "assessment_reply_topic"
    __table_args__ = (CheckConstraint("urgency IS NULL OR urgency BETWEEN 1 AND 6", name="reply_urgency_1_to_6"),)

    reply_id: int = Field(foreign_key="assessment_reply.id", primary_key=True)
    topic_id: int = Field(foreign_key="assessment_topic.id", primary_key=True)
    officers: int | None = None
    urgency: int | None = None


class TopicRating(SQLModel, table=True):
    """What one respondent says of a competency: how important it is for the work, how able he is."""

    __tablename__ = "assessment_rating"
    __table_args__ = (
        CheckConstraint("importance BETWEEN 1 AND 5", name="importance_1_to_5"),
        CheckConstraint("ability BETWEEN 1 AND 5", name="ability_1_to_5"),
    )

    topic_id: int = Field(foreign_key="assessment_topic.id", primary_key=True)
    respondent_id: int = Field(foreign_key="user.id", primary_key=True)
    importance: int
    ability: int
    rated_at: datetime = Field(sa_type=UtcDateTime)
