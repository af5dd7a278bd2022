"""Composition root: builds the parts of a running system from the settings and hands them down. Nobody else builds them."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import cast

from flask import current_app, has_request_context, request
from sqlmodel import Session

from core.access import EVERY_MEMBER, Viewer
from core.clock import Clock, SystemClock
from core.content import ContentRef
from core.db import Database
from core.errors import Unavailable
from core.files import DirectoryStore, FileStore
from core.jobs import InlineQueue, Job, JobQueue, Ticker
from core.jobs.remote import RedisAccess, RqQueue
from core.people import count_users
from core.settings import Settings
from core.sources import Sources
from core.uow import UnitOfWork
from indexer.extraction import Limits
from indexer.service import Indexer, recipe_for
from library.source import RecordSource
from search.embedding import Embedder, NoEmbedder, SentenceTransformerEmbedder
from search.engine import Recipe, SearchEngine
from search.engines.embedded import EmbeddedEngine
from search.engines.opensearch import Access, OpenSearchEngine, Shape, VectorKind
from search.reference import Reference
from search.service import SearchService
from search.text import normalise
from webapp.metrics.measured import MeasuredEmbedder, MeasuredIndexer, MeasuredSearch
from webapp.metrics.recording import Metrics
from webapp.vocabulary import search_labels

log = logging.getLogger(__name__)

EXTENSION = "ipcu"
DRAIN = "drain"
"""Name of the job that indexes what changed."""
VERIFY = "verify"
"""Name of the job that compares database and index."""


@dataclass
class Runtime:
    """The parts of one running process. Built once; `close` gives everything back."""

    settings: Settings
    database: Database
    clock: Clock
    files: FileStore
    sources: Sources
    embedder: Embedder
    engine: SearchEngine
    reference: Reference
    search: SearchService
    indexer: Indexer
    jobs: JobQueue
    table: Mapping[str, Job]
    """What each name in the queue stands for."""
    ticker: Ticker
    metrics: Metrics
    is_web: bool

    def work(self, viewer: Viewer | None = None, address: str = "") -> UnitOfWork:
        """A unit of work done by `viewer`. Within a request the client's address is known and need not be given."""
        if not address and has_request_context():
            address = request.remote_addr or ""
        return UnitOfWork(
            self.database,
            self.clock,
            actor_id=viewer.user_id if viewer else None,
            address=address,
            on_dirty=self.kick,
            zone=self.settings.zone,
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reads. Raises Unavailable when the database is down."""
        with self.database.reading() as session:
            yield session

    def kick(self) -> None:
        """Wake the indexer: the workers by Redis, or the thread of this server. A command without Redis has nobody to wake."""
        if self.is_web or self.settings.redis_url:
            self.jobs.enqueue(DRAIN)

    def start(self) -> None:
        """Begin what a server does by itself: load the model, look for work at once and then now and then.

        Where workers and a scheduler do the work, a server wakes them and embeds questions only.
        """
        self.check_engine()
        self.files.sweep()
        if self.settings.redis_url:
            self.embedder.load_in_background()
        else:
            self.embedder.load_in_background(self._model_ready)
            self.ticker.start()
        self.jobs.enqueue(DRAIN)

    def check_engine(self) -> None:
        """Say in the log, before anybody searches, why the servers cannot be used. The rest of the site runs without."""
        if not isinstance(self.engine, OpenSearchEngine):
            return
        try:
            log.info("search runs on OpenSearch %s", self.engine.check())
        except Unavailable as problem:
            log.error("there is no search: %s", problem.message)
            return
        try:
            for trouble in self.engine.troubles():
                log.warning("search servers: %s. %s", trouble.text, trouble.remedy)
        except Unavailable as problem:
            log.warning("the search servers could not be looked at: %s", problem.message)

    def _model_ready(self) -> None:
        self.indexer.model_ready()
        self.jobs.enqueue(DRAIN)

    def rehearse(self) -> None:
        """Search once, so that nobody waits while the index is opened, the vectors are read and the dictionary is made."""
        with suppress(Unavailable), self.reading() as session:
            self.search.similar(session, EVERY_MEMBER, ContentRef("", 0), "ready")

    def warm_up(self) -> None:
        """Load the model now and wait for it. One that cannot be loaded says so in its state; nothing is raised."""
        with suppress(Unavailable):
            self.embedder.embed(["ready"])

    def has_people(self) -> bool:
        """True when somebody has an account."""
        with self.reading() as session:
            return count_users(session) > 0

    def close(self) -> None:
        """Bring the job at hand to an end, not to its end, and give back files, locks and connections."""
        self.indexer.stop()
        self.ticker.close()
        self.jobs.close()
        self.engine.close()
        self.database.close()


def build_runtime(
    settings: Settings,
    *,
    web: bool,
    clock: Clock | None = None,
    embedder: Embedder | None = None,
    metrics: Metrics | None = None,
) -> Runtime:
    """The parts that `settings` ask for. Nothing runs or loads yet: `start` and first use do that.

    `web` says that requests are served beside the work: the model then gets one core, and a change wakes the indexer.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    clock = clock or SystemClock()
    database = Database(settings.database, settings.database_limits)
    files = DirectoryStore(settings.files_dir)
    sources = Sources([RecordSource(clock, settings.zone)])
    metrics = metrics or Metrics()
    embedder = embedder or build_embedder(settings, web=web)
    measured = MeasuredEmbedder(metrics, embedder)
    engine = _build_engine(settings, recipe_for(embedder))
    reference = Reference(search_labels)
    search = MeasuredSearch(
        metrics,
        engine=engine,
        embedder=measured,
        sources=sources,
        reference=reference,
        clock=clock,
        floor=settings.similarity_floor,
    )
    indexer = MeasuredIndexer(
        metrics,
        database=database,
        clock=clock,
        sources=sources,
        engine=engine,
        embedder=measured,
        files=files,
        extraction=Limits(seconds=settings.extraction_seconds, memory_mb=settings.extraction_memory_mb),
    )
    jobs, table = _build_jobs(settings, indexer, engine)
    return Runtime(
        settings=settings,
        database=database,
        clock=clock,
        files=files,
        sources=sources,
        embedder=embedder,
        engine=engine,
        reference=reference,
        search=search,
        indexer=indexer,
        jobs=jobs,
        table=table,
        ticker=Ticker(jobs, periods(settings)),
        metrics=metrics,
        is_web=web,
    )


def _build_engine(settings: Settings, recipe: Recipe) -> SearchEngine:
    if not settings.opensearch_urls:
        return EmbeddedEngine(
            settings.index_dir, recipe=recipe, normalise=normalise, lock_timeout=settings.index_lock_seconds
        )
    access = Access(
        urls=settings.opensearch_urls,
        username=settings.opensearch_username,
        password=settings.opensearch_password.get_secret_value(),
        api_key=settings.opensearch_api_key.get_secret_value(),
        ca_file=str(settings.opensearch_ca_file or ""),
        timeout=settings.opensearch_timeout,
    )
    shape = Shape(
        shards=settings.opensearch_shards,
        replicas=settings.opensearch_replicas,
        vectors=VectorKind(settings.opensearch_vectors),
        segments=settings.opensearch_segments,
    )
    return OpenSearchEngine(access, recipe=recipe, prefix=settings.opensearch_prefix, shape=shape, normalise=normalise)


def build_embedder(settings: Settings, *, web: bool) -> Embedder:
    """The embedder that `settings` ask for; `web`: one core for each forward pass."""
    if settings.embedding == "off":
        return NoEmbedder()
    return SentenceTransformerEmbedder(settings.embedding_model, threads=1 if web else None)


def periods(settings: Settings) -> dict[str, float]:
    """Seconds between two runs of each periodic job."""
    return {DRAIN: settings.drain_seconds, VERIFY: settings.verify_hours * 3600}


def build_queue(settings: Settings) -> RqQueue:
    """The queue in Redis that `settings` ask for. Connects on first use."""
    access = RedisAccess(
        url=settings.redis_url,
        password=settings.redis_password.get_secret_value(),
        ca_file=str(settings.redis_ca_file or ""),
        prefix=settings.redis_prefix,
    )
    return RqQueue(access, {DRAIN: settings.job_minutes * 60, VERIFY: settings.verify_minutes * 60})


def _build_jobs(settings: Settings, indexer: Indexer, engine: SearchEngine) -> tuple[JobQueue, dict[str, Job]]:
    def verify() -> None:
        # Before anything was ever saved there is nothing to compare.
        if engine.generations():
            indexer.verify()

    if not settings.redis_url:
        table: dict[str, Job] = {DRAIN: lambda: _ignore(indexer.run_pending()), VERIFY: verify}
        return InlineQueue(table), table
    queue = build_queue(settings)

    def drain() -> None:
        # In slices of half the limit, so that a long import lets other jobs through and is never cut off.
        report = indexer.run_pending(settings.job_minutes * 30)
        if report.is_cut_short:
            queue.enqueue(DRAIN)
        if report.drained.stopped:
            raise Unavailable(report.drained.stopped)

    return queue, {DRAIN: drain, VERIFY: verify}


def _ignore(report: object) -> None:
    """A job returns nothing; what it did is in the log."""


def current_runtime() -> Runtime:
    """The runtime of the app that handles this request."""
    return cast(Runtime, current_app.extensions[EXTENSION])
