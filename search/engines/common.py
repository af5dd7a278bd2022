"""What both engines agree on to the letter: fields and their weights, exact values, days, unit vectors.

A number or a rule that stands here makes the two answer alike; nothing here knows either of them.
"""

from datetime import UTC, datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from core.content import FACETS
from core.errors import Message
from search.documents import SearchDocument

REMEDY = Message("Run `ipcu index rebuild` to make a new index from the database.")

FIELD_WEIGHTS = {"body": 1.0, "title": 0.5, "summary": 0.25, "tags": 0.5}
"""What a match in each field counts. The body begins with the title, which so counts half as much again: measured, large
title boosts lose."""

PHRASE_FIELDS = ("body", "title")

EXACT = (*FACETS, "tag", "by")
"""Fields matched as whole values, and counted as facets."""

MANY_VALUES = 10_000
"""More values of a facet than any list of values has; they are all counted, so that ties are cut in the promised order."""

LONGEST_WORD = 255
"""Words from this length on are not words."""
_LONGEST_VALUE = 1000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def exact_field(name: str) -> str:
    """The engine's field of a facet, of `tag` or of `by`."""
    return f"f_{name}"


def clean(text: str) -> str:
    """The text without lone surrogates, which neither UTF-8 nor an engine can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def value_term(value: str) -> str:
    """The value as one term. Beyond what any real value needs it is cut and told apart by its digest: engines refuse huge terms."""
    text = clean(value)
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE]} {sha256(text.encode()).hexdigest()}"


def exact_values(document: SearchDocument) -> dict[str, tuple[str, ...]]:
    """The terms of every exact field, each once: a repeated value would be counted twice in its facet."""
    raw = {"tag": document.tags} | {name: document.facets.get(name, ()) for name in (*FACETS, "by")}
    return {name: tuple(dict.fromkeys(map(value_term, values))) for name, values in raw.items()}


def microseconds(moment: datetime) -> int:
    """Since 1970; a moment without a zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    gap = aware - _EPOCH
    return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds


def day(moment: datetime) -> int:
    """The UTC day, as an ordinal."""
    return (moment.astimezone(UTC) if moment.tzinfo else moment).toordinal()


def unit(vector: NDArray[np.floating]) -> NDArray[np.float32] | None:
    """The vector at length one; None when it has no direction (zero, not finite)."""
    wide = np.asarray(vector, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        length = float(np.sqrt(np.dot(wide, wide)))
    if not np.isfinite(length) or length == 0.0:
        return None
    return (wide / length).astype(np.float32)


def flaw(document: SearchDocument, dimension: int) -> str | None:
    """Why a document cannot be stored: vectors that would poison every later comparison."""
    vectors = [passage.vector for passage in document.passages if passage.vector is not None]
    if document.title_vector is not None:
        vectors.append(document.title_vector)
    for vector in vectors:
        if np.shape(vector) != (dimension,):
            return f"a vector of shape {np.shape(vector)} does not fit an index of dimension {dimension}"
        if unit(vector) is None:
            return "a vector is zero or not finite"
    return None
