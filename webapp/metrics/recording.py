"""The numbers of one process: what was asked, how it ended, how long it took."""

import os
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

from indexer.service import PendingReport
from search.results import SearchResponse

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library looks for the directory in which processes keep numbers that are to be summed."""
REQUEST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
STAGE = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0)
JOB = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)


class Metrics:
    """Counters and histograms. Thread-safe."""

    def __init__(self, directory: Path | None = None) -> None:
        """`directory` is shared with the other processes of one server; without it the numbers are this process's alone.

        With it only one instance may be made in a process: the library keeps it for the whole process.
        """
        self.directory = directory
        # What the processes keep in files is collected from there, and must not be registered as well.
        self.registry = None if directory else CollectorRegistry()
        if directory:
            os.environ[DIRECTORY] = str(directory)
            values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
        self._of_the_web()
        self._of_the_index()
        ready = Gauge(
            "ipcu_process_ready_timestamp_seconds",
            "When the process was ready to work.",
            multiprocess_mode="liveall",
            registry=self.registry,
        )
        ready.set(time.time())

    def _of_the_web(self) -> None:
        self._requests = self._seconds("request", "Requests by route and class of status.", REQUEST, "route", "status")
        self._searches = self._count("searches", "Answered searches.", "mode", "degraded", "answer")
        self._failed_searches = self._count("failed_searches", "Searches that the engine did not answer.")
        self._stages = self._seconds("search_stage", "Stages of a search.", STAGE, "stage")

    def _of_the_index(self) -> None:
        self._embeddings = self._seconds("embedding", "Calls of the model.", STAGE, "of")
        self._embedded = self._count("embedded_texts", "Texts made into vectors.", "of")
        self._jobs = self._seconds("job", "Runs that found work to do.", JOB, "job")
        self._failed_jobs = self._count("failed_jobs", "Runs that ended early: something was away or broken.", "job")
        self._documents = self._count("indexed_documents", "Changes taken from the outbox.", "outcome")
        self._files = self._count("read_files", "Attachments whose text was read.")

    def _seconds(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        full = f"ipcu_{name}_duration_seconds"
        return Histogram(full, text, labels, buckets=buckets, registry=self.registry)

    def _count(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"ipcu_{name}_total", text, labels, registry=self.registry)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request was answered. `route` is the rule that took it, never the address."""
        self._requests.labels(route, f"{status // 100}xx").observe(seconds)

    def searched(self, response: SearchResponse) -> None:
        """A search was answered."""
        answer = "unreliable" if response.unreliable else "empty" if response.is_empty else "found"
        self._searches.labels(response.mode.value, response.degraded.value or "no", answer).inc()
        for stage, milliseconds in response.took.items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def search_failed(self) -> None:
        """A search was not answered, because the engine was not."""
        self._failed_searches.inc()

    def embedded(self, of: str, texts: int, seconds: float) -> None:
        """The model made vectors of a question or of passages."""
        self._embeddings.labels(of).observe(seconds)
        self._embedded.labels(of).inc(texts)

    def drained(self, report: PendingReport, seconds: float) -> None:
        """The outbox was worked off. Runs that found nothing leave no trace: there is one every few seconds."""
        drained = report.drained
        for outcome in ("embedded", "metadata", "deleted", "unchanged", "stale", "failed", "put_off"):
            if count := getattr(drained, outcome):
                self._documents.labels(outcome).inc(count)
        if report.texts:
            self._files.inc(report.texts)
        if drained.claimed or report.texts:
            self._jobs.labels("drain").observe(seconds)
        if drained.stopped:
            self._failed_jobs.labels("drain").inc()

    def verified(self, seconds: float) -> None:
        """Database and index were compared."""
        self._jobs.labels("verify").observe(seconds)

    def job_failed(self, job: str) -> None:
        """A job raised instead of ending."""
        self._failed_jobs.labels(job).inc()
