"""Composition root: builds the parts of a running system from the settings and hands them down. Nobody else builds them."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import cache, partial
from urllib.parse import urlsplit

from core.attachments import Scanner, purge_unused
from core.clock import Clock, SystemClock
from core.db import Database
from core.errors import Unavailable
from core.files import DirectoryStore
from core.jobs import InlineQueue, Job, Ticker
from core.jobs.remote import RedisAccess, RqQueue
from core.mail.smtp import SmtpTransport
from core.settings import Settings
from core.sources import Sources
from indexer.extraction import ExtractionLimits
from indexer.service import recipe_for
from search.embedding import Embedder, NoEmbedder, SentenceTransformerEmbedder
from search.engine import Recipe, SearchEngine
from search.engines.embedded import EmbeddedEngine
from search.engines.opensearch import Access, OpenSearchEngine, Shape, VectorKind
from search.reference import Reference
from search.text import normalise
from webapp.app import create_app
from webapp.mailing.delivery import Postman
from webapp.metrics.measured import MeasuredEmbedder, MeasuredIndexer, MeasuredSearch
from webapp.metrics.recording import Metrics
from webapp.part import Part, Parts
from webapp.parts import PARTS
from webapp.runtime import DRAIN, MAIL, Runtime
from webapp.wording.vocabulary import search_labels

log = logging.getLogger(__name__)

VERIFY = "verify"
"""Name of the job that compares database and index."""
PURGE = "purge"
"""Name of the job that removes the bytes of files that nothing uses any more."""
PURGE_EVERY, PURGE_LIMIT = 6 * 3600, 3600


def build_runtime(
    settings: Settings,
    *,
    web: bool,
    parts: Iterable[Part] = PARTS,
    clock: Clock | None = None,
    embedder: Embedder | None = None,
    metrics: Metrics | None = None,
) -> Runtime:
    """The parts that `settings` ask for. Nothing runs or loads yet: `start` and first use do that.

    `web`: requests are served beside the work, so the model gets one core and a change wakes the indexer. `parts`: its domains.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    clock, metrics = clock or SystemClock(settings.zone), metrics or Metrics()
    database = Database(settings.database, settings.database_limits)
    files = DirectoryStore(settings.files_dir)
    registry = Parts(parts)
    sources = Sources(registry.sources(clock))
    embedder = embedder or build_embedder(settings, web=web)
    engine = _build_engine(settings, recipe_for(embedder))
    measured = MeasuredEmbedder(metrics, embedder)
    reference = Reference(partial(search_labels, registry))
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
        extraction=ExtractionLimits(seconds=settings.extraction_seconds, memory_mb=settings.extraction_memory_mb),
    )
    return _with_jobs(
        Runtime(
            settings=settings,
            parts=registry,
            database=database,
            clock=clock,
            files=files,
            scanner=Scanner(settings.scan_command, seconds=settings.scan_seconds),
            sources=sources,
            embedder=embedder,
            engine=engine,
            reference=reference,
            search=search,
            indexer=indexer,
            metrics=metrics,
            is_web=web,
        )
    )


def _with_jobs(runtime: Runtime) -> Runtime:
    """With the queue, what its names stand for, and the clock that wakes it: jobs work on the runtime that queues them."""
    settings, parts = runtime.settings, runtime.parts
    runtime.table = _jobs_of(runtime)
    runtime.jobs = build_queue(settings, parts) if settings.redis_url else InlineQueue(runtime.table)
    runtime.ticker = Ticker(runtime.jobs, periods(settings, parts))
    return runtime


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


def periods(settings: Settings, parts: Parts) -> dict[str, float]:
    """Seconds between two runs of each periodic job."""
    own = {DRAIN: settings.drain_seconds, VERIFY: settings.verify_hours * 3600, PURGE: PURGE_EVERY}
    if settings.smtp_host:
        own[MAIL] = settings.mail_seconds
    return own | {job.name: job.every(settings) for job in parts.jobs}


def build_queue(settings: Settings, parts: Parts) -> RqQueue:
    """The queue in Redis that `settings` ask for. Connects on first use."""
    access = RedisAccess(
        url=settings.redis_url,
        password=settings.redis_password.get_secret_value(),
        ca_file=str(settings.redis_ca_file or ""),
        prefix=settings.redis_prefix,
    )
    own = {
        DRAIN: settings.job_minutes * 60,
        VERIFY: settings.verify_minutes * 60,
        PURGE: PURGE_LIMIT,
        MAIL: settings.job_minutes * 60,
    }
    return RqQueue(access, own | {job.name: job.limit_seconds for job in parts.jobs})


def _jobs_of(runtime: Runtime) -> dict[str, Job]:
    """What each name in the queue stands for."""

    def verify() -> None:
        # Before anything was ever saved there is nothing to compare.
        if runtime.engine.generations():
            runtime.indexer.verify()

    postman = cache(partial(build_postman, runtime))
    own: dict[str, Job] = {
        DRAIN: partial(_drain, runtime),
        VERIFY: verify,
        PURGE: partial(_purge, runtime),
        MAIL: lambda: _count(postman().run()),
    }
    return own | {job.name: partial(job.run, runtime) for job in runtime.parts.jobs}


def _drain(runtime: Runtime) -> None:
    if not runtime.settings.redis_url:
        runtime.indexer.run_pending()
        return
    # In slices of half the limit, so that a long import lets other jobs through and is never cut off.
    report = runtime.indexer.run_pending(runtime.settings.job_minutes * 30)
    if report.is_cut_short:
        runtime.jobs.enqueue(DRAIN)
    if report.drained.stopped:
        raise Unavailable(report.drained.stopped)


def _purge(runtime: Runtime) -> None:
    grace = timedelta(hours=runtime.settings.purge_hours)
    report = purge_unused(runtime.work, runtime.files, now=runtime.clock.now(), grace=grace)
    if report.removed:
        log.info("files nobody used: %s removed, %s bytes", report.removed, report.freed)


def build_postman(runtime: Runtime) -> Postman:
    """Who sends the mails of a running system. Nothing connects yet."""
    settings = runtime.settings
    app = create_app(runtime)
    address = urlsplit(settings.address)
    app.config.update(SERVER_NAME=address.netloc, PREFERRED_URL_SCHEME=address.scheme)
    transport = partial(
        SmtpTransport,
        host=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
        starttls=settings.smtp_starttls,
        ca_file=str(settings.smtp_ca_file or ""),
    )
    return Postman(runtime, app, transport)


def _count(sent: int) -> None:
    if sent:
        log.info("%d mails sent", sent)
