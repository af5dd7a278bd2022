"""The engine-neutral search document: what the indexer writes and both engines store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from core.content import ContentRef, Place, Signals, SourceDocument

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Passage:
    """At most 256 model tokens of one section, with the place it stands at.

    `vector` is `(d,) float32` of unit length, or None when the index has no vector leg or the model does not know the script.
    """

    text: str
    place: Place
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One item of the index. All of it is written, replaced and deleted together."""

    ref: ContentRef
    revision: int
    content_hash: str
    state_hash: str
    title: str
    summary: str
    tags: tuple[str, ...]
    body: str
    language: str
    facets: Mapping[str, tuple[str, ...]]
    created: datetime
    changed: datetime
    audience: frozenset[str]
    space: frozenset[str]
    signals: Signals
    passages: tuple[Passage, ...]
    title_key: str
    """The normalised title, for the exact-title boost."""
    title_vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class StoredState:
    """What the engine remembers of a document: enough for the planner, nothing to read."""

    revision: int
    content_hash: str
    state_hash: str


def texts_of(document: SourceDocument) -> list[str]:
    """Every text of a document whose words the dictionary of suggestions is made from."""
    return [document.title, document.summary, *document.tags, *(one.text for one in document.sections)]
