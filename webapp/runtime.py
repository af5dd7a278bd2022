"""The parts of one running process, as requests, jobs and commands are handed them. `webapp.composition` builds them."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

from flask import current_app, has_request_context, request
from sqlmodel import Session

from core.access import EVERY_MEMBER, Viewer
from core.attachments import Scanner
from core.clock import Clock
from core.content import ContentRef
from core.db import Database
from core.errors import Unavailable
from core.files import FileStore
from core.jobs import Job, JobQueue, Ticker
from core.people import count_users
from core.sensitivity import Rules, load_rules
from core.settings import Settings
from core.sources import Sources
from core.uow import UnitOfWork
from indexer.service import Indexer
from search.embedding import Embedder
from search.engine import SearchEngine
from search.engines.opensearch import OpenSearchEngine
from search.reference import Reference
from search.service import SearchService
from webapp.metrics.recording import Metrics
from webapp.part import Parts

log = logging.getLogger(__name__)

EXTENSION = "ipcu"
DRAIN = "drain"
"""Name of the job that indexes what changed."""
MAIL = "mail"
"""Name of the job that sends what is due."""


@dataclass
class Runtime:
    """The parts of one running process. Built once; `close` gives everything back."""

    settings: Settings
    parts: Parts
    database: Database
    clock: Clock
    files: FileStore
    scanner: Scanner
    """The virus check of uploads."""
    sources: Sources
    embedder: Embedder
    engine: SearchEngine
    reference: Reference
    search: SearchService
    indexer: Indexer
    metrics: Metrics
    is_web: bool
    sensitivity: Rules = field(init=False)
    """What must not be shared, and what follows from finding it."""
    jobs: JobQueue = field(init=False)
    """Jobs work on the runtime that queues them, so these three are set once the rest is there."""
    table: Mapping[str, Job] = field(init=False)
    """What each name in the queue stands for."""
    ticker: Ticker = field(init=False)

    def __post_init__(self) -> None:
        self.sensitivity = load_rules(self.settings.sensitivity_file)

    def work(self, viewer: Viewer | None = None, address: str = "", *, waits: bool = True) -> UnitOfWork:
        """A unit of work done by `viewer`. Within a request the client's address is known and need not be given.

        With `waits` false it raises Unavailable when somebody else is writing: for what may be left undone.
        """
        if not address and has_request_context():
            address = request.remote_addr or ""
        return UnitOfWork(
            self.database,
            self.clock,
            actor_id=viewer.user_id if viewer and not viewer.is_system else None,
            address=address,
            on_dirty=self.kick,
            on_notice=self.wake_mail,
            waits=waits,
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

    def wake_mail(self) -> None:
        """Wake who sends mail, where there is a server to send by."""
        if self.settings.smtp_host and (self.is_web or self.settings.redis_url):
            self.jobs.enqueue(MAIL)

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


def current_runtime() -> Runtime:
    """The runtime of the app that handles this request."""
    return cast(Runtime, current_app.extensions[EXTENSION])
