"""Validated inputs of the forums' use cases, the same for forms, JSON and importers."""

import re
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from core.access import Marking
from core.content import ContentRef
from core.errors import InvalidValue
from core.people import Role
from core.taxonomy import LANGUAGES, clean_tags, is_topic
from forums.kinds import FUNCTION_LABELS
from forums.models import Decision, FlagReason, ThreadKind

MAX_POST = 100_000
"""Characters of one post: what is longer belongs into the library."""
MAX_OPTIONS = 12
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RULE = re.compile(rf"role:({'|'.join(role.value for role in Role)})|org:\d{{1,9}}")


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _tidy(value: object) -> object:
    """Outer space and control characters never belong to what somebody typed; Windows line ends become plain ones."""
    if not isinstance(value, str):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in value if char >= " " or char in "\n\t").strip()


Text = Annotated[str, BeforeValidator(_tidy)]
Line = Annotated[str, BeforeValidator(lambda value: " ".join(str(_tidy(value)).split()))]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
OptionalNumber = Annotated[Number | None, BeforeValidator(_none_if_blank)]
Key = Annotated[str, Field(min_length=8, max_length=64)]
"""What a form calls itself, so that sending it twice is posting once."""


class Labelled(BaseModel):
    """Topics and tags, as they are given to a thread."""

    topics: list[str] = Field(default=[], max_length=6)
    tags: list[str] = []

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
        return clean_tags(",".join(str(tag) for tag in value)) if isinstance(value, list) else value


class PollDraft(BaseModel):
    """A vote in a new thread."""

    question: Line = Field(min_length=3, max_length=200)
    options: list[Line] = Field(min_length=2, max_length=MAX_OPTIONS)
    is_multiple: bool = False
    closes_at: datetime | None = None

    @field_validator("options", mode="before")
    @classmethod
    def _lines(cls, value: object) -> object:
        lines = value.splitlines() if isinstance(value, str) else value
        if not isinstance(lines, list):
            return lines
        found = [" ".join(str(one).split()) for one in lines]
        return list(dict.fromkeys(one[:120] for one in found if one))


class ThreadDraft(Labelled):
    """A new thread with its first post."""

    kind: ThreadKind
    title: Line = Field(min_length=8, max_length=200)
    body: Text = Field(min_length=2, max_length=MAX_POST)
    language: str = "en"
    marking: Marking
    listed_organisations: list[Number] = Field(default=[], max_length=50)
    named_users: list[Number] = Field(default=[], max_length=50)
    is_unnamed: bool = False
    shows_rank: bool = False
    function: str = ""
    about: str = ""
    poll: PollDraft | None = None
    key: Key

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise InvalidValue("This is not one of the offered languages.")
        return value

    @field_validator("function")
    @classmethod
    def _known_function(cls, value: str) -> str:
        if value and value not in FUNCTION_LABELS:
            raise InvalidValue("This is not one of the offered functions.")
        return value

    @field_validator("about")
    @classmethod
    def _reference(cls, value: str) -> str:
        if value:
            ContentRef.parse(value)
        return value


class ReplyDraft(BaseModel):
    """A reply. Without a marking it has that of its thread."""

    body: Text = Field(min_length=2, max_length=MAX_POST)
    marking: Marking | None = None
    reply_to: OptionalNumber = None
    key: Key


class EditDraft(BaseModel):
    """A changed post; `revision` is the one the editor started from."""

    body: Text = Field(min_length=2, max_length=MAX_POST)
    revision: Number


class HeadDraft(Labelled):
    """A thread's title, topics and tags."""

    title: Line = Field(min_length=8, max_length=200)
    revision: Number


class KeptDraft(BaseModel):
    """What is being written and not posted yet."""

    title: str = Field(default="", max_length=400)
    body: str = Field(default="", max_length=MAX_POST)


class ReasonDraft(BaseModel):
    """Why something is done to what another wrote."""

    reason: Line = Field(min_length=5, max_length=500)


class SplitDraft(BaseModel):
    """Posts that become a thread of their own."""

    title: Line = Field(min_length=8, max_length=200)
    posts: list[Number] = Field(default=[], max_length=500)
    marking: Marking | None = None


class FlagDraft(BaseModel):
    """Why a post is brought before the moderators."""

    reason: FlagReason
    note: Line = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _other_needs_words(self) -> Self:
        if self.reason is FlagReason.OTHER and len(self.note) < 5:
            raise InvalidValue("Say in a few words what is wrong.")
        return self


class DecisionDraft(BaseModel):
    """What becomes of a flagged post, and why: both sides read the reason."""

    decision: Decision
    reason: Line = Field(min_length=5, max_length=500)


RESERVED = frozenset(
    {"drafts", "flags", "manage", "mine", "moderation", "new", "preview", "read", "similar", "start", "unread"}
)
"""Addresses below `/forums/` that are no category."""


class CategoryDraft(BaseModel):
    """A category with its rules."""

    title: Line = Field(min_length=3, max_length=80)
    key: str = Field(min_length=2, max_length=40)
    description: Line = Field(default="", max_length=400)
    space_id: OptionalNumber = None
    starters: list[str] = Field(default=[], max_length=40)
    posters: list[str] = Field(default=[], max_length=40)
    is_premoderated: bool = False
    held_posts: int = Field(default=0, ge=0, le=50)
    allowed_markings: list[Marking] = []
    default_marking: Marking = Marking.AMBER_STRICT
    slow_seconds: int = Field(default=0, ge=0, le=86_400)
    is_announcements: bool = False
    moderators: list[Number] = Field(default=[], max_length=30)
    revision: OptionalNumber = None

    @field_validator("key")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not _KEY.fullmatch(value):
            raise InvalidValue("Lowercase letters, digits and single hyphens only.")
        if value in RESERVED:
            raise InvalidValue("This name has another meaning here.")
        return value

    @field_validator("starters", "posters")
    @classmethod
    def _known_rules(cls, value: list[str]) -> list[str]:
        for rule in value:
            if not _RULE.fullmatch(rule):
                raise InvalidValue("“%(rule)s” names no role and no organisation.", rule=rule)
        return sorted(set(value))

    @model_validator(mode="after")
    def _default_is_allowed(self) -> Self:
        if self.allowed_markings and self.default_marking not in self.allowed_markings:
            raise InvalidValue("The marking that is preset must be one of those allowed.")
        return self
