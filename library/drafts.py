"""Validated inputs of the library's use cases, the same for forms, JSON and the importer."""

from typing import Self

from pydantic import BaseModel, Field, model_validator

from core.access import Marking
from core.errors import InvalidValue, Message
from core.fields import (
    Body,
    Country,
    Language,
    Line,
    Number,
    OptionalDate,
    OptionalNumber,
    OrganisationId,
    OrganisationIds,
    Tags,
    Text,
    Topics,
    UserIds,
    Year,
)
from library.kinds import KINDS
from library.models import Effect, RecordKind, RequestStatus

MAX_FIELD = 20_000
"""Characters of one structured field: it is read at a glance; what is longer belongs into the body."""


class RecordDraft(BaseModel):
    """Everything a person says about a record."""

    kind: RecordKind
    title: Line = Field(min_length=4, max_length=200)
    summary: Text = Field(default="", max_length=1000)
    body: Body = Field(default="", validate_default=True)
    fields: dict[str, Text] = {}
    other_fields: dict[str, Text] = {}
    """Structured fields of other types that were filled in before the type was changed: kept, not shown."""
    topics: Topics = []
    tags: Tags = []
    organisation_id: OrganisationId
    country: Country = ""
    language: Language = "en"
    year: Year
    effect: Effect = Effect.UNKNOWN
    strength: int = Field(default=0, ge=0, le=4)
    marking: Marking
    listed_organisations: OrganisationIds = []
    named_users: UserIds = []
    space_id: OptionalNumber = None
    reviewed_on: OptionalDate = None
    review_due: OptionalDate = None
    revision: OptionalNumber = None
    """The revision the editor started from; an edit based on an older one is refused."""
    note: Line = Field(default="", max_length=300)
    """What an edit changes, for the history."""
    is_minor: bool = False
    stamp: OptionalNumber = None
    """Of the proposed revision that the editor went on with."""

    @model_validator(mode="after")
    def _fields_of_kind(self) -> Self:
        known = KINDS[self.kind].fields
        unknown = set(self.fields) - set(known)
        if unknown:
            raise InvalidValue("A record of this type has no field “%(name)s”.", name=sorted(unknown)[0])
        everywhere = {name: label for spec in KINDS.values() for name, label in spec.fields.items()}
        others = {name: text for name, text in self.other_fields.items() if name in everywhere and name not in known}
        for name, text in {**others, **self.fields}.items():
            if len(text) > MAX_FIELD:
                raise InvalidValue(
                    "“%(field)s” takes at most %(count)s characters; longer text goes into the body.",
                    field=Message(everywhere[name]),
                    count=MAX_FIELD,
                )
        object.__setattr__(self, "other_fields", {name: text for name, text in others.items() if text})
        object.__setattr__(self, "fields", {name: self.fields[name] for name in known if self.fields.get(name)})
        if self.review_due and self.reviewed_on and self.review_due <= self.reviewed_on:
            raise InvalidValue("The next review must be after the last one.")
        return self


class RequestDraft(BaseModel):
    """A knowledge request."""

    question: Line = Field(min_length=5, max_length=400)
    details: Text = Field(default="", max_length=4000)


class AnswerDraft(BaseModel):
    """What the staff say about a knowledge request."""

    status: RequestStatus
    answer: Text = Field(default="", max_length=4000)

    @model_validator(mode="after")
    def _answered_with_words(self) -> Self:
        if self.status is RequestStatus.OPEN:
            raise InvalidValue("Choose whether the request is answered or closed.")
        if self.status is RequestStatus.ANSWERED and not self.answer:
            raise InvalidValue("An answer needs words: where is it found?")
        return self


class WithdrawDraft(BaseModel):
    """Why a record is taken back."""

    reason: Text = Field(min_length=5, max_length=500)


class GradeDraft(BaseModel):
    """What who publishes sets: how sure we are, and when it is looked at again. What is not given stays as proposed."""

    effect: Effect | None = None
    strength: int | None = Field(default=None, ge=0, le=4)
    reviewed_on: OptionalDate = None
    review_due: OptionalDate = None

    @model_validator(mode="after")
    def _due_after_the_last(self) -> Self:
        if self.review_due and self.reviewed_on and self.review_due <= self.reviewed_on:
            raise InvalidValue("The next review must be after the last one.")
        return self


class AcceptDraft(GradeDraft):
    """A proposed revision is to become the current version: of what its reviewer has read."""

    stamp: Number
    revision: Number


class ReturnDraft(BaseModel):
    """Why a proposed revision goes back to its writer."""

    reason: Text = Field(min_length=5, max_length=1000)
    stamp: Number
