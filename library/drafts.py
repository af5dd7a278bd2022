"""Validated inputs of the library's use cases, the same for forms, JSON and the importer."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from core.access import Marking
from core.errors import InvalidValue, Message
from core.markup import MAX_SOURCE
from core.taxonomy import LANGUAGES, clean_tags, country_names, is_topic
from library.kinds import KINDS
from library.models import Effect, RecordKind, RequestStatus

FIRST_YEAR, LAST_YEAR = 1800, 2100
MAX_FIELD = 20_000
"""Characters of one structured field: it is read at a glance; what is longer belongs into the body."""


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _tidy(value: object) -> object:
    """Outer space and control characters never belong to what somebody typed; Windows line ends become plain ones."""
    if not isinstance(value, str):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in value if char >= " " or char in "\n\t").strip()


Line = Annotated[str, BeforeValidator(_tidy)]
OptionalDate = Annotated[date | None, BeforeValidator(_none_if_blank)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""What the databases can hold: a larger one would be an error of theirs and not of a field."""
OptionalNumber = Annotated[Number | None, BeforeValidator(_none_if_blank)]


class RecordDraft(BaseModel):
    """Everything a person says about a record."""

    kind: RecordKind
    title: Line = Field(min_length=4, max_length=200)
    summary: Line = Field(default="", max_length=1000)
    body: Line = Field(default="", max_length=MAX_SOURCE)
    fields: dict[str, Line] = {}
    topics: list[str] = Field(default=[], max_length=6)
    tags: list[str] = []
    organisation_id: Number
    country: str = ""
    language: str = "en"
    year: int
    effect: Effect = Effect.UNKNOWN
    strength: int = Field(default=0, ge=0, le=4)
    marking: Marking
    listed_organisations: list[Number] = Field(default=[], max_length=50)
    named_users: list[Number] = Field(default=[], max_length=50)
    space_id: OptionalNumber = None
    reviewed_on: OptionalDate = None
    review_due: OptionalDate = None
    revision: OptionalNumber = None
    """The revision the editor started from; an edit based on an older one is refused."""

    @field_validator("title")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(value.split())

    @field_validator("topics")
    @classmethod
    def _known_topics(cls, value: list[str]) -> list[str]:
        for topic in value:
            if not is_topic(topic):
                raise InvalidValue("“%(topic)s” is not a topic.", topic=topic)
        return list(dict.fromkeys(value))

    @field_validator("tags", mode="before")
    @classmethod
    def _clean_tags(cls, value: object) -> object:
        if isinstance(value, str):
            return clean_tags(value)
        if isinstance(value, list):
            return clean_tags(",".join(str(tag) for tag in value))
        return value

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        value = value.strip().upper()
        if value and value not in country_names():
            raise InvalidValue("This is not a country code.")
        return value

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise InvalidValue("This is not one of the offered languages.")
        return value

    @field_validator("year")
    @classmethod
    def _sane_year(cls, value: int) -> int:
        if not FIRST_YEAR <= value <= LAST_YEAR:
            raise InvalidValue("Please give a year between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
        return value

    @model_validator(mode="after")
    def _fields_of_kind(self) -> Self:
        known = KINDS[self.kind].fields
        unknown = set(self.fields) - set(known)
        if unknown:
            raise InvalidValue("A record of this type has no field “%(name)s”.", name=sorted(unknown)[0])
        for name, text in self.fields.items():
            if len(text) > MAX_FIELD:
                raise InvalidValue(
                    "“%(field)s” takes at most %(count)s characters; longer text goes into the body.",
                    field=Message(known[name]),
                    count=MAX_FIELD,
                )
        object.__setattr__(self, "fields", {name: self.fields[name] for name in known if self.fields.get(name)})
        if self.review_due and self.reviewed_on and self.review_due <= self.reviewed_on:
            raise InvalidValue("The next review must be after the last one.")
        return self


class RequestDraft(BaseModel):
    """A knowledge request."""

    question: Line = Field(min_length=5, max_length=400)
    details: Line = Field(default="", max_length=4000)


class AnswerDraft(BaseModel):
    """What the staff say about a knowledge request."""

    status: RequestStatus
    answer: Line = Field(default="", max_length=4000)

    @model_validator(mode="after")
    def _answered_with_words(self) -> Self:
        if self.status is RequestStatus.OPEN:
            raise InvalidValue("Choose whether the request is answered or closed.")
        if self.status is RequestStatus.ANSWERED and not self.answer:
            raise InvalidValue("An answer needs words: where is it found?")
        return self


class WithdrawDraft(BaseModel):
    """Why a record is taken back."""

    reason: Line = Field(min_length=5, max_length=500)
