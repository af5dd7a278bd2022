"""How any domain hands its content to search without knowing search.

A domain offers one `ContentSource`; webapp collects them in a registry and gives it to the indexer and to the
search service. Rows refer to content of another domain by `ContentRef`, never by an ORM relationship.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


class ContentRef(NamedTuple):
    """The name of one searchable object anywhere in the platform: its kind and its database id."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "ContentRef":
        """The inverse of `str()`. Raises ValueError for anything else."""
        kind, _, number = text.partition(":")
        if not kind:
            raise ValueError(f"not a content reference: {text!r}")
        return cls(kind, int(number))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of text stands, precisely enough to link to it."""

    source: str = "body"
    """`body`, `attachment` or `post`."""
    label: str = ""
    """What a reader calls the place: the heading, or the file name."""
    anchor: str = ""
    """The fragment id of the heading in the rendered page, without `#`."""
    page: int | None = None
    """1-based page (or slide) of the attachment, where it has pages."""
    object_id: int | None = None
    """The attachment's or post's id."""


@dataclass(frozen=True, slots=True)
class Section:
    """A run of plain text under one heading, page or post: the unit the passage splitter starts from."""

    text: str
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Signals:
    """What the small ranking boosts look at."""

    evidence: int = 0
    """Strength of evidence 0..4 (METHODS section 7)."""
    review_due: date | None = None
    solved: bool = False
    adoptions: int = 0


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """Everything search needs to know of one object, straight from the database."""

    ref: ContentRef
    revision: int
    title: str
    summary: str
    tags: tuple[str, ...]
    sections: tuple[Section, ...]
    language: str
    facets: Mapping[str, tuple[str, ...]]
    """Facet name (one of `FACETS`) to its values."""
    created: datetime
    changed: datetime
    audience: frozenset[str]
    space: frozenset[str]
    signals: Signals = Signals()


FACETS = (
    "kind",
    "topic",
    "organisation",
    "country",
    "language",
    "year",
    "evidence",
    "marking",
    "filetype",
    "status",
)
"""The closed list of facets. `kind` is the record type or the kind of content, as a reader would name it."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a result list shows of one object. Built from the database after the access re-check, never from the index."""

    ref: ContentRef
    title: str
    summary: str
    kind_label: str
    organisation: str
    marking: str
    language: str
    changed: datetime
    badges: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    """Of the object as the database has it: what the index stored of another revision is not shown."""
