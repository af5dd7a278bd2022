"""Turns what a domain says of an object into what the engines store, with the two hashes the planner compares."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

from core.content import SourceDocument
from indexer import passages
from indexer.passages import PassageText
from indexer.plan import Expected
from search.documents import Passage, SearchDocument, Vector
from search.embedding import Embedder
from search.engine import Recipe
from search.text import title_key

SCHEMA = 2
"""Raised when what is stored of a document changes its form, which asks for a rebuild."""


def recipe_for(embedder: Embedder) -> Recipe:
    """What an index written by this process is made with."""
    return Recipe(SCHEMA, embedder.digest, embedder.dimension)


def text_digest(text: str) -> str:
    """The name of an embedded text in the vector table."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def expected_of(source: SourceDocument, model: str, *, complete: bool = True) -> Expected:
    """The state the index should have. Not `complete` means that some vectors are still to come, which hashes differently."""
    recipe = [SCHEMA, passages.VERSION, model if complete else f"{model} without vectors"]
    texts = [[one.text, one.place.source, one.place.label] for one in source.sections]
    state = {
        "summary": source.summary,
        "tags": source.tags,
        "language": source.language,
        "facets": {name: list(values) for name, values in source.facets.items()},
        "created": source.created.isoformat(),
        "changed": source.changed.isoformat(),
        "audience": sorted(source.audience),
        "space": sorted(source.space),
        "signals": asdict(source.signals),
        "places": [asdict(one.place) for one in source.sections],
    }
    return Expected(_digest([recipe, source.title, texts]), _digest(state), source.revision)


@dataclass(frozen=True)
class PreparedDocument:
    """A document cut into passages that may not have their vectors yet."""

    source: SourceDocument
    pieces: tuple[PassageText, ...]
    title: str
    """What is embedded of the title; empty for none."""

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Everything to embed, by digest."""
        wanted = [self.title, *(piece.embedded for piece in self.pieces)]
        return {text_digest(text): text for text in wanted if text}

    def finish(self, vectors: Mapping[str, Vector], expected: Expected) -> SearchDocument:
        """The document with those of its vectors that are there."""
        source = self.source

        def vector(text: str) -> Vector | None:
            return vectors.get(text_digest(text)) if text else None

        return SearchDocument(
            ref=source.ref,
            revision=expected.revision,
            content_hash=expected.content_hash,
            state_hash=expected.state_hash,
            title=source.title,
            summary=source.summary,
            tags=source.tags,
            body="\n\n".join((source.title, *(section.text for section in source.sections))),
            language=source.language,
            facets=source.facets,
            created=source.created,
            changed=source.changed,
            audience=source.audience,
            space=source.space,
            signals=source.signals,
            passages=tuple(Passage(one.text, one.place, vector(one.embedded)) for one in self.pieces),
            title_key=title_key(source.title),
            title_vector=vector(self.title),
        )


def prepare(source: SourceDocument, embedder: Embedder) -> PreparedDocument:
    """Cut a document into passages."""
    pieces = tuple(passages.split(source.title, source.sections, embedder))
    return PreparedDocument(source, pieces, passages.embedded_title(source.title, embedder))


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
