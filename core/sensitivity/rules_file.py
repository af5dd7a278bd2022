"""Rules as an operator sets them: the built-in ones, changed by a TOML file (docs/sensitivity.md)."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.access import Marking
from core.sensitivity.catalogue import BUILT_IN, PRIVATE_DOMAINS
from core.sensitivity.deciding import DECISIONS
from core.sensitivity.model import LABELS, Decision, Kind, Pattern, Rules
from core.sensitivity.repeats import MOST_STEPS, count_steps

DEFAULT = Rules(patterns=BUILT_IN, decisions=DECISIONS, private_domains=PRIVATE_DOMAINS)
"""What counts when no file says otherwise."""
KindName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,30}$")]
DecisionName = Literal["allow", "warn", "review", "block"]


class RulesError(ValueError):
    """The file does not hold rules; the message says where and why."""


class _Pattern(BaseModel):
    """One pattern of an operator's own."""

    model_config = ConfigDict(extra="forbid")

    kind: KindName
    regex: str = Field(min_length=1, max_length=500)
    near: list[str] = Field(default=[], max_length=50)
    label: str = Field(default="", max_length=60)

    @field_validator("regex")
    @classmethod
    def _takes_bounded_time(cls, value: str) -> str:
        try:
            compiled, steps = re.compile(value), count_steps(value)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        if compiled.fullmatch(""):
            raise ValueError("also fits nothing at all")
        if steps > MOST_STEPS:
            raise ValueError(
                "may take very long on some texts: say how many at most, {1,20} for +, and nest no repeats"
            )
        return value

    def compiled(self) -> Pattern:
        """As the search uses it. Words of `near` are words, not expressions."""
        words = "|".join(re.escape(word) for word in self.near)
        return Pattern(self.kind, re.compile(self.regex), near=re.compile(f"(?i:{words})") if words else None)


class _File(BaseModel):
    """What may stand in the file."""

    model_config = ConfigDict(extra="forbid")

    off: list[KindName] = []
    emails: Literal["private", "all"] = "private"
    private_domains: list[str] = []
    pattern: list[_Pattern] = Field(default=[], max_length=100)
    decisions: dict[Marking, dict[KindName, DecisionName]] = {}

    @model_validator(mode="after")
    def _kinds_exist(self) -> Self:
        known = {*Kind, *(one.kind for one in self.pattern)}
        named = {*self.off, *(kind for table in self.decisions.values() for kind in table)}
        if unknown := sorted(named - known):
            raise ValueError(f"{unknown[0]} is no kind; there are {', '.join(sorted(known))}")
        if Kind.CLASSIFICATION in self.off:
            raise ValueError("classification cannot be switched off: classified text is kept out by policy")
        if any(table.get(Kind.CLASSIFICATION, "block") != "block" for table in self.decisions.values()):
            raise ValueError("classification always blocks: classified text is kept out by policy")
        for one in self.pattern:
            if one.kind not in set(Kind) and not one.label:
                raise ValueError(f"the pattern for {one.kind} needs a label, which readers are shown")
        return self

    def rules(self) -> Rules:
        """The built-in rules with these changes. Patterns of the operator win over the built-in ones."""
        return Rules(
            patterns=(*(one.compiled() for one in self.pattern), *BUILT_IN),
            decisions={marking: self._table(marking) for marking in Marking},
            off=frozenset(self.off),
            every_email=self.emails == "all",
            private_domains=PRIVATE_DOMAINS | {domain.casefold() for domain in self.private_domains},
            labels=LABELS | {one.kind: one.label for one in self.pattern if one.label},
        )

    def _table(self, marking: Marking) -> Mapping[str, Decision]:
        changed = self.decisions.get(marking, {})
        return {**DECISIONS[marking], **{kind: Decision[name.upper()] for kind, name in changed.items()}}


def load_rules(path: Path | None) -> Rules:
    """The rules of a file, or the built-in ones without one. Raises RulesError with a line for each mistake."""
    if path is None:
        return DEFAULT
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RulesError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesError(f"{path} is no TOML: {error}") from error
    try:
        return _File.model_validate(content).rules()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            place = ".".join(str(part) for part in problem["loc"])
            said = str(problem["msg"]).removeprefix("Value error, ")
            lines.append(f"{path}: {place}: {said}" if place else f"{path}: {said}")
        raise RulesError("\n".join(lines)) from error
