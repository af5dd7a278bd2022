"""The page that Prometheus reads, and the directory in which the processes of one server keep their numbers."""

import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from webapp.exposition.state import Build, Processes, State
from webapp.health import Glance
from webapp.runtime import Runtime

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Page:
    """Everything that is known, in Prometheus' text format. Thread-safe."""

    def __init__(self, runtime: Runtime, glance: Glance) -> None:
        self._registry = CollectorRegistry()
        metrics = runtime.metrics
        if metrics.directory is not None:
            self._registry.register(_OfAllProcesses(metrics.directory))
        elif metrics.registry is not None:
            self._registry.register(metrics.registry)
        for collector in (Build(runtime), Processes(metrics.directory), State(runtime, glance)):
            self._registry.register(collector)

    def render(self) -> bytes:
        """The page as it is now."""
        return generate_latest(self._registry)


class _OfAllProcesses(Collector):
    """The sums of what the processes of one server keep in a directory.

    The library's own collector fails on a file without content: one that a process has just made, or had made when it was killed.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        """One family for each metric that any process keeps."""
        files = []
        for path in self._directory.glob("*.db"):
            # That of a process that ended is removed at any moment.
            with suppress(FileNotFoundError):
                if path.stat().st_size:
                    files.append(str(path))
        return MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call, no-any-return]


class SharedNumbers:
    """The directory of one server. Made by the parent of the processes, before they are."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="ipcu-metrics-"))

    def forget_process(self, pid: int) -> None:
        """A process has ended: what it counted stays in the sums, what it was does not."""
        mark_process_dead(pid, str(self.directory))  # type: ignore[no-untyped-call]

    def remove(self) -> None:
        """The server has ended."""
        shutil.rmtree(self.directory, ignore_errors=True)
