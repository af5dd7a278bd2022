"""Building blocks of drafts: what they make of what somebody typed."""

from datetime import date

import pytest
from pydantic import BaseModel, Field, ValidationError

from core.fields import (
    MAX_RECIPIENTS,
    Country,
    Language,
    Line,
    Number,
    OptionalDate,
    OptionalNumber,
    OrganisationIds,
    Tags,
    Text,
    Topics,
    Year,
)


class Draft(BaseModel):
    line: Line = Field(default="", max_length=5)
    text: Text = ""
    day: OptionalDate = None
    number: Number = 0
    some: OptionalNumber = None
    country: Country = ""
    language: Language = "en"
    topics: Topics = []
    tags: Tags = []
    year: Year = 2026
    shared: OrganisationIds = []


MADE = [
    ("line", "  a\r\n \x07b\t ", "a b"),
    ("line", "a  b c", "a b c"),
    ("text", " one\r\ntwo\rthree\x00\n\tfour ", "one\ntwo\nthree\n\tfour"),
    ("day", " ", None),
    ("day", "2026-11-20", date(2026, 11, 20)),
    ("some", "", None),
    ("some", "7", 7),
    ("country", " pk ", "PK"),
    ("language", "ur", "ur"),
    ("topics", ["youth", "drones", "youth"], ["youth", "drones"]),
    ("tags", " Radio, body  CAM,radio", ["radio", "body cam"]),
    ("tags", ["Radio", "radio"], ["radio"]),
    ("year", "1800", 1800),
]
REFUSED = [
    ("line", "abcdef"),
    ("day", "2026-13-01"),
    ("number", -1),
    ("number", 2**31),
    ("some", 2**31),
    ("country", "XX"),
    ("language", "xx"),
    ("topics", ["nothing"]),
    ("topics", ["youth"] * 7),
    ("tags", "<b>"),
    ("tags", ",".join(f"tag{number}" for number in range(13))),
    ("year", 1799),
    ("year", 2101),
    ("shared", [1] * (MAX_RECIPIENTS + 1)),
]


@pytest.mark.parametrize(("name", "typed", "made"), MADE, ids=range(len(MADE)))
def test_what_is_typed_becomes_what_is_meant(name, typed, made):
    assert getattr(Draft.model_validate({name: typed}), name) == made


@pytest.mark.parametrize(("name", "typed"), REFUSED, ids=range(len(REFUSED)))
def test_what_does_not_hold_is_refused_at_its_field(name, typed):
    with pytest.raises(ValidationError) as refused:
        Draft.model_validate({name: typed})
    assert {problem["loc"][0] for problem in refused.value.errors()} == {name}
