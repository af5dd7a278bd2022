"""Search, index and model as everywhere, with a watch in the hand."""

import time
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from sqlmodel import Session

from core.access import Viewer
from core.errors import Unavailable
from indexer.service import Indexer, PendingReport
from indexer.verify import Comparison, Progress, no_progress
from search.documents import Vector
from search.embedding import Embedder, EmbedderState
from search.embedding.port import Matrix
from search.results import SearchRequest, SearchResponse
from search.service import SearchService
from webapp.metrics.recording import Metrics


class MeasuredSearch(SearchService):
    """Tells how each search went."""

    def __init__(self, metrics: Metrics, **parts: Any) -> None:
        super().__init__(**parts)
        self._metrics = metrics

    def search(self, session: Session, viewer: Viewer, request: SearchRequest) -> SearchResponse:
        """The same answer."""
        try:
            response = super().search(session, viewer, request)
        except Unavailable:
            self._metrics.search_failed()
            raise
        self._metrics.searched(response)
        return response


class MeasuredIndexer(Indexer):
    """Tells what each run of a job did."""

    def __init__(self, metrics: Metrics, **parts: Any) -> None:
        super().__init__(**parts)
        self._metrics = metrics

    def run_pending(self, seconds: float = inf) -> PendingReport:
        """The same run."""
        began = time.perf_counter()
        try:
            report = super().run_pending(seconds)
        except Exception:
            self._metrics.job_failed("drain")
            raise
        self._metrics.drained(report, time.perf_counter() - began)
        return report

    def verify(self, progress: Progress = no_progress) -> Comparison:
        """The same comparison."""
        began = time.perf_counter()
        try:
            result = super().verify(progress)
        except Exception:
            self._metrics.job_failed("verify")
            raise
        self._metrics.verified(time.perf_counter() - began)
        return result


class MeasuredEmbedder:
    """Tells how long the model took. Everything else is the embedder's own."""

    def __init__(self, metrics: Metrics, embedder: Embedder) -> None:
        self._metrics = metrics
        self._embedder = embedder

    @property
    def digest(self) -> str:
        """The embedder's."""
        return self._embedder.digest

    @property
    def dimension(self) -> int:
        """The embedder's."""
        return self._embedder.dimension

    @property
    def state(self) -> EmbedderState:
        """The embedder's."""
        return self._embedder.state

    @property
    def reason(self) -> str:
        """The embedder's."""
        return self._embedder.reason

    @property
    def ready(self) -> bool:
        """The embedder's."""
        return self._embedder.ready

    @property
    def room(self) -> int:
        """The embedder's."""
        return self._embedder.room

    def load_in_background(self, on_ready: Callable[[], None] | None = None) -> None:
        """As the embedder does."""
        self._embedder.load_in_background(on_ready)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """The same vectors."""
        began = time.perf_counter()
        made = self._embedder.embed(texts)
        self._metrics.embedded("passages", len(texts), time.perf_counter() - began)
        return made

    def embed_query(self, text: str) -> Vector:
        """The same vector."""
        began = time.perf_counter()
        made = self._embedder.embed_query(text)
        self._metrics.embedded("question", 1, time.perf_counter() - began)
        return made

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the embedder does."""
        return self._embedder.count_tokens(texts)

    def knows(self, text: str) -> bool:
        """As the embedder does."""
        return self._embedder.knows(text)
