"""Validated inputs of the opportunities' use cases, the same for forms and for a host's list."""

import re
from datetime import date, datetime, time, tzinfo
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from core.access import Marking
from core.content import ContentRef
from core.errors import InvalidValue
from core.fields import (
    Body,
    Country,
    Language,
    Line,
    Number,
    OptionalNumber,
    OrganisationIds,
    Tags,
    Text,
    Topics,
    UserIds,
)
from training.opportunities.models import OpportunityKind, Payer

LEVELS = ("", "A1", "A2", "B1", "B2", "C1", "C2")
"""Common European Framework of Reference for Languages."""
MAX_DOCUMENTS = 20


def _lines(value: object) -> object:
    """One entry a line, from a text field."""
    if isinstance(value, str):
        return [line for part in value.splitlines() if (line := " ".join(part.split()))]
    return value


def _words(value: object) -> object:
    return re.split(r"[\s,;]+", value.strip()) if isinstance(value, str) and value.strip() else value or []


def _refs(value: list[str]) -> list[str]:
    for one in value:
        try:
            ContentRef.parse(one)
        except ValueError:
            raise InvalidValue("What it is linked with is written as kind:number, such as record:12.") from None
    return list(dict.fromkeys(value))


def _level(value: str) -> str:
    value = value.strip().upper()
    if value not in LEVELS:
        raise InvalidValue("A level between A1 and C2, or none.")
    return value


Documents = Annotated[list[str], BeforeValidator(_lines), Field(max_length=MAX_DOCUMENTS)]
Refs = Annotated[list[str], BeforeValidator(_words), Field(max_length=20), AfterValidator(_refs)]
Level = Annotated[str, AfterValidator(_level)]


class OpportunityDraft(BaseModel):
    """Everything a person says about an opportunity."""

    kind: OpportunityKind
    title: Line = Field(min_length=4, max_length=200)
    summary: Line = Field(default="", max_length=1000)
    body: Body = Field(default="", validate_default=True)
    host: Line = Field(min_length=2, max_length=200)
    host_country: Country = ""
    place: Line = Field(default="", max_length=200)
    is_remote: bool = False
    starts_on: date
    ends_on: date
    deadline: date
    """The last day for nominations, until its end at the bureau."""
    language: Language = "en"
    language_level: Level = ""
    costs: Line = Field(default="", max_length=500)
    payer: Payer = Payer.HOST
    seats: Annotated[int, Field(ge=1, le=500)]
    seat_cap: OptionalNumber = None
    min_service_years: OptionalNumber = None
    max_age: OptionalNumber = None
    criteria: Text = Field(default="", max_length=4000)
    documents: Documents = []
    refs: Refs = []
    topics: Topics = []
    tags: Tags = []
    organisation_id: Number
    marking: Marking
    listed_organisations: OrganisationIds = []
    named_users: UserIds = []
    space_id: OptionalNumber = None
    revision: OptionalNumber = None
    """The revision the editor started from; an edit based on an older one is refused."""

    @model_validator(mode="after")
    def _dates_agree(self) -> Self:
        if self.ends_on < self.starts_on:
            raise InvalidValue("It cannot end before it starts.")
        if self.deadline > self.starts_on:
            raise InvalidValue("The deadline for nominations lies before the start.")
        if self.seat_cap == 0:
            raise InvalidValue("The most seats of one organisation is at least 1, or left empty.")
        return self

    def closes_at(self, zone: tzinfo) -> datetime:
        """The end of the last day, where the bureau is."""
        return datetime.combine(self.deadline, time(23, 59, 59), zone)


class StateDraft(BaseModel):
    """A change of state, with its reason where one is wanted."""

    reason: Line = Field(default="", max_length=500)
