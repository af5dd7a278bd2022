"""Validated inputs of the nominations' use cases."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, field_validator

from core.content import ContentRef
from core.errors import InvalidValue
from core.fields import Language, Line, Number, OptionalDate, OptionalNumber, Text, Topics
from training.nominations.merit import RUBRIC
from training.opportunities.drafts import Documents, Level

Share = Annotated[float, Field(ge=0, le=1)]
MAX_ENTRIES = 30


class LanguageEntry(BaseModel):
    """A language with its level and the proof of it."""

    code: Language
    level: Level
    proof: Line = Field(default="", max_length=200)


class CourseEntry(BaseModel):
    """A course abroad that the platform does not know of."""

    title: Line = Field(min_length=2, max_length=200)
    country: Line = Field(default="", max_length=100)
    ended: date


def _languages(value: object) -> object:
    """From lines such as `en B2 certificate of 2024`."""
    if not isinstance(value, str):
        return value
    found = []
    for line in filter(None, (line.strip() for line in value.splitlines())):
        code, _, rest = line.partition(" ")
        level, _, proof = rest.strip().partition(" ")
        found.append({"code": code.lower(), "level": level, "proof": proof.strip()})
    return found


def _courses(value: object) -> object:
    """From lines such as `2024-05-17 NL Financial investigation`."""
    if not isinstance(value, str):
        return value
    found = []
    for line in filter(None, (line.strip() for line in value.splitlines())):
        ended, _, rest = line.partition(" ")
        country, _, title = rest.strip().partition(" ")
        found.append({"ended": ended, "country": country, "title": title.strip()})
    return found


class ProfileDraft(BaseModel):
    """What an officer says about himself."""

    service_since: OptionalDate = None
    posting: Line = Field(default="", max_length=200)
    district: Line = Field(default="", max_length=100)
    post_topics: Topics = []
    birth_year: Annotated[OptionalNumber, Field(ge=1930, le=2015)] = None
    sex: Annotated[str, Field(pattern="^(female|male|)$")] = ""
    supervisor_id: OptionalNumber = None
    languages: Annotated[list[LanguageEntry], BeforeValidator(_languages), Field(max_length=MAX_ENTRIES)] = []
    courses: Annotated[list[CourseEntry], BeforeValidator(_courses), Field(max_length=MAX_ENTRIES)] = []
    passport_until: OptionalDate = None
    clearance_until: OptionalDate = None
    medical_until: OptionalDate = None
    barred_until: OptionalDate = None
    """Taken from the focal point and the unit only."""
    revision: OptionalNumber = None


class NominationDraft(BaseModel):
    """What a candidate writes."""

    motivation: Text = Field(default="", max_length=4000)
    plan: Text = Field(default="", max_length=4000)
    documents: Documents = []
    revision: OptionalNumber = None


class StepDraft(BaseModel):
    """One step of a nomination, with its reason where one is wanted, from the state that was shown."""

    reason: Line = Field(default="", max_length=1000)
    revision: OptionalNumber = None


class ScoreDraft(BaseModel):
    """What a scorer gives: 0..1 for each criterion, with a note each."""

    criteria: dict[str, Share]
    notes: dict[str, Line]

    @field_validator("criteria", "notes")
    @classmethod
    def _whole_rubric(cls, value: dict[str, object]) -> dict[str, object]:
        for criterion in RUBRIC:
            if value.get(criterion.code) in (None, ""):
                raise InvalidValue("Every criterion has a score between 0 and 1 and a note.")
        return {criterion.code: value[criterion.code] for criterion in RUBRIC}


class GateDraft(BaseModel):
    """What the unit sets for a gate."""

    text: Line = Field(min_length=5, max_length=300)
    source: Line = Field(min_length=2, max_length=200)
    number: OptionalNumber = None
    is_active: bool = False
    revision: Number = 0


def _record(value: str) -> str:
    if value:
        try:
            ContentRef.parse(value)
        except ValueError:
            raise InvalidValue("The record is written as record:number, such as record:12.") from None
    return value


class ReportDraft(BaseModel):
    """What an officer reports after his return; what is empty is not there yet."""

    report: Text = Field(default="", max_length=20_000)
    shared_ref: Annotated[Line, AfterValidator(_record)] = ""
    briefing: Line = Field(default="", max_length=500)
    briefed: Annotated[int, Field(ge=0, le=10_000)] = 0
