"""The demo's questions with their judgements: what `content/questions.toml` says, checked and made ready for evaluation.

What answers is named by its kind and the two digits its file begins with ("record:07"); `demo_refs` finds it in a loaded demo.
"""

import tomllib
from functools import cache
from importlib.resources import files as resources
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session, select

from core.content import ContentRef
from library.models import KIND, Record
from webapp.demo import FENCE

Group = Literal["plain", "long", "acronym", "urdu", "typo", "no_answer"]
Grade = Literal[1, 2, 3]
"""1 touches it, 2 helps, 3 answers it. What is not named has grade 0."""


class Question(BaseModel):
    """What somebody asks, as whom, and what answers."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    text: str
    group: Group
    asked_by: str = Field(alias="as")
    grades: dict[str, Grade]

    @property
    def has_answer(self) -> bool:
        """False when the demo holds nothing for it."""
        return bool(self.grades)

    @model_validator(mode="after")
    def _grades_of_group(self) -> Self:
        if self.has_answer == (self.group == "no_answer"):
            raise ValueError(f"{self.text!r}: no_answer means no grades, every other group some")
        return self


def read_questions() -> list[Question]:
    """All judged questions. Raises pydantic's ValidationError for one that is not well-formed."""
    text = (resources("webapp.demo") / "content" / "questions.toml").read_text("utf-8")
    return [Question.model_validate(entry) for entry in tomllib.loads(text)["question"]]


def demo_refs(session: Session) -> dict[str, ContentRef]:
    """What the demo's content is in this database, by its name in the judgements; empty where the demo is not loaded."""
    return {f"{KIND}:{number}": ContentRef(KIND, one) for number, one in record_ids(session).items()}


def record_ids(session: Session) -> dict[str, int]:
    """Ids of the demo's records in this database, by the number their file begins with."""
    rows = session.exec(select(Record.title, Record.id)).all()
    by_title = {title: number for title, number in rows if number is not None}
    return {number: by_title[title] for number, title in record_titles().items() if title in by_title}


@cache
def record_titles() -> dict[str, str]:
    """Titles of the demo's records by the number their file begins with."""
    records = resources("webapp.demo") / "content" / "records"
    return {
        entry.name[:2]: tomllib.loads(entry.read_text("utf-8").split(FENCE, 2)[1])["title"]
        for entry in sorted(records.iterdir(), key=lambda entry: entry.name)
    }
