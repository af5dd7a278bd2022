"""Synthetic documents and questions for the engine benchmarks, the same for the same seed."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.content import ContentRef, Place, Signals
from search.documents import Passage, SearchDocument
from search.engine import AccessFilter, EngineQuery, LexicalQuery, Word

FACET_SIZES = {
    "kind": 6,
    "topic": 60,
    "organisation": 300,
    "country": 80,
    "evidence": 5,
    "year": 20,
}
VOCABULARY = 50_000
CLUSTERS = 400
START = datetime(2015, 1, 1, tzinfo=UTC)
VIEWER = AccessFilter(frozenset({"member", "org:1", "org:2", "user:7"}), frozenset({"open", "space:3"}))
AUDIENCES = ("member", "org:1", "org:8", "org:9", "user:9")
AUDIENCE_SHARES = (0.5, 0.1, 0.2, 0.15, 0.05)


class Corpus:
    """Random documents of about 3.3 passages of 120 words, the same for the same seed."""

    def __init__(self, dimension: int, seed: int = 1) -> None:
        self.random = np.random.default_rng(seed)
        shares = 1.0 / np.arange(10, VOCABULARY + 10)
        self._cumulative = np.cumsum(shares / shares.sum())
        self._words = np.array([f"w{number}" for number in range(VOCABULARY)])
        self._centres = self.random.standard_normal((CLUSTERS, dimension)).astype(np.float32)

    def word_numbers(self, count: int) -> NDArray[np.int64]:
        """Numbers of random words; small numbers are frequent words."""
        found = np.searchsorted(self._cumulative, self.random.random(count))
        return np.minimum(found, VOCABULARY - 1).astype(np.int64)

    def vectors(self, count: int, cluster: int) -> NDArray[np.float32]:
        """Unit vectors around one centre."""
        noise = self.random.standard_normal((count, self._centres.shape[1])).astype(np.float32)
        rows: NDArray[np.float32] = self._centres[cluster] + 1.2 * noise
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    def document(self, number: int, revision: int = 1) -> SearchDocument:
        """One document of a random cluster."""
        random = self.random
        count = int(random.integers(1, 6)) if number % 10 else int(random.integers(3, 7))
        texts = [" ".join(self._words[self.word_numbers(120)]) for _ in range(count)]
        vectors = self.vectors(count + 1, int(random.integers(CLUSTERS)))
        title = " ".join(self._words[self.word_numbers(8)])
        facets = {name: (f"{name} {int(random.integers(size))}",) for name, size in FACET_SIZES.items()}
        return SearchDocument(
            ref=ContentRef("record", number),
            revision=revision,
            content_hash="0" * 64,
            state_hash="1" * 64,
            title=title,
            summary=" ".join(self._words[self.word_numbers(30)]),
            tags=tuple(self._words[self.word_numbers(3)]),
            body="\n".join(texts),
            language="en",
            facets=facets,
            created=START,
            changed=START + timedelta(minutes=int(random.integers(5_000_000))),
            audience=frozenset({str(random.choice(AUDIENCES, p=AUDIENCE_SHARES))}),
            space=frozenset({"open"}),
            signals=Signals(evidence=int(random.integers(5)), adoptions=int(random.integers(9))),
            passages=tuple(
                Passage(text, Place(label=f"Part {i}"), vector)
                for i, (text, vector) in enumerate(zip(texts, vectors[1:], strict=True))
            ),
            title_key=title,
            title_vector=vectors[0],
        )

    def query(self, **changes: object) -> EngineQuery:
        """Two to six words, half of which must match, and a vector near one cluster."""
        count = int(self.random.integers(2, 7))
        words = tuple(Word(f"w{number}") for number in self.word_numbers(count) + 15)
        values: dict[str, object] = {
            "access": VIEWER,
            "lexical": LexicalQuery(should=words, minimum=-(-count // 2)),
            "vector": self.vectors(1, int(self.random.integers(CLUSTERS)))[0],
            "floor": 0.25,
            "facets": tuple(FACET_SIZES),
        }
        return EngineQuery(**(values | changes))  # type: ignore[arg-type]
