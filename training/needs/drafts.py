"""Validated inputs of needs and rounds, the same for forms, the demo and tests."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from core.access import Marking
from core.errors import InvalidValue
from core.fields import Language, Line, OptionalNumber, OrganisationId, OrganisationIds, Text, UserIds
from core.taxonomy import TOPICS, is_topic
from training.needs.models import Cause, Extent, RankBand, Status

MAX_OFFICERS = 1_000_000
CROSS_CUTTING = "cross-cutting"
"""The area of cross-cutting issues in the taxonomy."""


def _known_topic(value: str) -> str:
    if not is_topic(value):
        raise InvalidValue("Please choose one of the offered topics.")
    return value


def _known_issue(value: str) -> str:
    if value and value not in TOPICS[CROSS_CUTTING]:
        raise InvalidValue("Please choose one of the offered cross-cutting issues.")
    return value


Topic = Annotated[str, AfterValidator(_known_topic)]
Officers = Annotated[OptionalNumber, Field(le=MAX_OFFICERS)]
Level = Annotated[int, Field(ge=1, le=5)]
Urgency = Annotated[int, Field(ge=1, le=6)]


class NeedDraft(BaseModel):
    """Everything a person says about a need."""

    title: Line = Field(min_length=4, max_length=200)
    statement: Text = Field(min_length=10, max_length=8000)
    topic: Topic
    cross_cutting: Annotated[str, AfterValidator(_known_issue)] = ""
    incidents: Text = Field(default="", max_length=8000)
    organisation_id: OrganisationId
    profile: Line = Field(default="", max_length=300)
    rank_band: RankBand = RankBand.ALL
    officers: Officers = None
    level_now: Level
    level_wanted: Level
    urgency: Urgency
    cause: Cause
    owner_id: OptionalNumber = None
    language: Language = "en"
    marking: Marking
    listed_organisations: OrganisationIds = []
    named_users: UserIds = []
    space_id: OptionalNumber = None
    revision: OptionalNumber = None
    """The revision the editor started from; an edit based on an older one is refused."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.level_wanted < self.level_now:
            raise InvalidValue("The wanted level cannot be below the present one.")
        return self


class StepDraft(BaseModel):
    """A step of the life cycle."""

    verb: str
    reason: Text = Field(default="", max_length=1000)
    status: Status | None = None
    """The state the page showed; a need that stands elsewhere by now is not moved."""


class VerdictDraft(BaseModel):
    """What the staff say about something that may answer a need; no extent means that it does not."""

    extent: Extent | None = None
    why: Text = Field(default="", max_length=500)


class TopicDraft(BaseModel):
    """One topic of a round."""

    topic: Topic
    competency: Line = Field(min_length=5, max_length=300)
    is_strategic: bool = False


class RoundDraft(BaseModel):
    """A round that is opened."""

    title: Line = Field(min_length=4, max_length=200)
    instructions: Text = Field(default="", max_length=4000)
    due_on: date
    topics: list[TopicDraft] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({one.topic for one in self.topics}) != len(self.topics):
            raise InvalidValue("Each topic can be asked about once only.")
        return self


class NamedTopicDraft(BaseModel):
    """One organisation on one topic it names; what it does not know stays open."""

    topic_id: int
    officers: Officers = None
    urgency: Annotated[OptionalNumber, Field(ge=1, le=6)] = None


class ReplyDraft(BaseModel):
    """An organisation's answer: the topics it names, and nothing about the others."""

    organisation_id: OrganisationId
    named: list[NamedTopicDraft] = []
    note: Text = Field(default="", max_length=2000)


class RatingDraft(BaseModel):
    """One respondent on one competency."""

    topic_id: int
    importance: Level
    ability: Level
