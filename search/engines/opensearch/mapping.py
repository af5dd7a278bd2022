"""What an index looks like: analysers, fields, and how a document is put into them."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.content import ContentRef, Place, Signals
from search.documents import SearchDocument
from search.engine import Delete, Recipe, StoredPassage
from search.engines.common import EXACT, LONGEST_WORD, day, exact_field, exact_values, microseconds, unit
from search.engines.opensearch.vectors import Shape, VectorKind, field_of, numbers
from search.text import WORD_PATTERN

Normalise = Callable[[str], str]

FORMAT = 1
"""Raised whenever documents or fields change shape; an index of another format is not read."""

MOST_PASSAGES = 100_000
MOST_HITS = 10_000
FILLING = {"number_of_replicas": 0, "refresh_interval": "-1"}
"""While an index is filled nobody reads it: copies would index everything again, and small segments be merged again."""
PLAIN = "plain"
"""Sub-field of title and body without stemming, for prefixes."""


def nest(recipe: Recipe) -> str:
    """The path of the passages. It names the model, so a vector of one model cannot meet those of another."""
    return f"p_{sha256(f'{recipe.model}|{recipe.dimension}'.encode()).hexdigest()[:12]}"


def in_use(replicas: int) -> dict[str, Any]:
    """Settings of an index that readers use."""
    # Every write refreshes by itself; the interval is for the one whose process died in between.
    return {"number_of_replicas": replicas, "refresh_interval": "30s"}


def index_body(recipe: Recipe, shape: Shape, *, filling: bool) -> dict[str, Any]:
    """Settings and mapping of a new generation; `filling`: one that nobody reads until it is finished."""
    words = {"tokenizer": "ipcu_words", "type": "custom"}
    settings = {
        "knn": True,
        # Vectors are left out of the source below, so there is nothing to derive.
        "knn.derived_source.enabled": False,
        "number_of_shards": shape.shards,
        **(FILLING if filling else in_use(shape.replicas)),
        "mapping.nested_objects.limit": MOST_PASSAGES,
        "max_result_window": MOST_HITS,
        # Otherwise a refresh waits up to ten seconds for a merge, with whatever graph has to be built anew, and an edit with it. Takes no
        # effect on an index that is open.
        "merge_on_flush.enabled": False,
        "analysis": {
            "tokenizer": {"ipcu_words": {"type": "pattern", "pattern": WORD_PATTERN, "group": 0}},
            "filter": {
                "ipcu_short": {"type": "length", "min": 1, "max": LONGEST_WORD - 1},
                "ipcu_stem": {"type": "snowball", "language": "English"},
            },
            "analyzer": {
                "ipcu_stemmed": {**words, "filter": ["ipcu_short", "lowercase", "ipcu_stem"]},
                "ipcu_plain": {**words, "filter": ["ipcu_short", "lowercase"]},
            },
        },
    }
    meta = {"format": FORMAT, "schema": recipe.schema, "model": recipe.model, "dimension": recipe.dimension}
    meta["vectors"] = shape.vectors.value
    mapping = {
        "dynamic": "strict",
        "_meta": meta,
        # Only what is read back: text and vectors are indexed, and come anew from the database when they change.
        "_source": {"includes": ["texts", "state", "deleted"]},
        "properties": _properties(recipe, shape.vectors),
    }
    return {"settings": {"index": settings}, "mappings": mapping}


def _properties(recipe: Recipe, kind: VectorKind) -> dict[str, Any]:
    stemmed = {"type": "text", "analyzer": "ipcu_stemmed"}
    both = {**stemmed, "fields": {PLAIN: {"type": "text", "analyzer": "ipcu_plain", "norms": False}}}
    token = {"type": "keyword", "doc_values": False}
    shown = {"type": "binary", "doc_values": True}
    unread = {"type": "object", "enabled": False}
    fields: dict[str, Any] = {
        "ref": {"type": "keyword"},
        "deleted": {"type": "boolean"},
        "audience": token,
        "space": token,
        "title": both,
        "body": both,
        "summary": stemmed,
        "tags": stemmed,
        "day": {"type": "integer"},
        "changed": {"type": "long", "index": False},
        "adopted": {"type": "long", "index": False},
        "strength": {"type": "integer", "index": False},
        "passages": {"type": "integer", "index": False},
        "card": shown,
        "values": shown,
        "title_vector": shown,
        "state": unread,
        "texts": unread,
        **{exact_field(name): {"type": "keyword"} for name in EXACT},
    }
    if recipe.dimension:
        fields[nest(recipe)] = {
            "type": "nested",
            "properties": {"n": {"type": "integer", "index": False}, "v": field_of(recipe.dimension, kind)},
        }
    return fields


# --- writing ------------------------------------------------------------------------------------------------------------


def source_of(document: SearchDocument, recipe: Recipe, normalise: Normalise, kind: VectorKind) -> dict[str, Any]:
    """The document as it is sent."""
    values = exact_values(document)
    signals = document.signals
    changed = microseconds(document.changed)
    due = signals.review_due.toordinal() if signals.review_due else None
    header = [*document.ref, document.title_key, signals.evidence, due, signals.solved, signals.adoptions, changed]
    sent: dict[str, Any] = {
        "ref": str(document.ref),
        "deleted": False,
        "audience": sorted(document.audience),
        "space": sorted(document.space),
        "title": normalise(document.title),
        "body": normalise(document.body),
        "summary": normalise(document.summary),
        "tags": [normalise(tag) for tag in document.tags],
        "day": day(document.changed),
        "changed": changed,
        "adopted": signals.adoptions,
        "strength": signals.evidence,
        "passages": len(document.passages),
        "card": _packed(header),
        "values": _packed({name: found for name, found in values.items() if found}),
        "state": [document.revision, document.content_hash, document.state_hash],
        "texts": [
            [one.text, one.place.source, one.place.label, one.place.anchor, one.place.page, one.place.object_id]
            for one in document.passages
        ],
        **{exact_field(name): found for name, found in values.items() if found},
    }
    if document.title_vector is not None:
        sent["title_vector"] = base64.b64encode(_unit(document.title_vector).astype("<f2").tobytes()).decode()
    vectors = [(n, one.vector) for n, one in enumerate(document.passages) if one.vector is not None]
    if vectors:
        sent[nest(recipe)] = [{"n": n, "v": numbers(_unit(vector), kind)} for n, vector in vectors]
    return sent


def tombstone(delete: Delete) -> dict[str, Any]:
    """What stays of a deleted document, so that an older write arriving later is stale. No viewer's token is on it."""
    return {"ref": str(delete.ref), "deleted": True, "state": [delete.revision, "", ""]}


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    direction = unit(vector)
    if direction is None:
        raise ValueError("a vector without direction passed the check")
    return direction


def _packed(value: object) -> str:
    return base64.b64encode(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    ).decode()


# --- reading ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DocumentHeader:
    """The stored fields that every hit needs: name, title key, ranking signals, time of change."""

    ref: ContentRef
    title_key: str
    signals: Signals
    changed: int
    """Microseconds since 1970, UTC."""


def header_of(packed: str) -> DocumentHeader:
    """A hit's field `card`."""
    kind, number, title_key, evidence, due, solved, adoptions, changed = unpacked(packed)
    signals = Signals(evidence, date.fromordinal(due) if due else None, solved, adoptions)
    return DocumentHeader(ContentRef(kind, number), title_key, signals, changed)


def unpacked(packed: str) -> Any:
    """The inverse of what `card` and `values` were made by."""
    return json.loads(_bytes(packed))


def _bytes(packed: str) -> bytes:
    # Doc values come back without their padding.
    return base64.b64decode(packed + "=" * (-len(packed) % 4))


def halves(packed: str) -> NDArray[np.float32]:
    """A title's vector."""
    return np.frombuffer(_bytes(packed), "<f2").astype(np.float32)


def passage(ordinal: int, stored: list[Any]) -> StoredPassage:
    """One of the `texts`."""
    return StoredPassage(ordinal, stored[0], Place(*stored[1:]))
