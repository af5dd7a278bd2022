"""The page that Prometheus reads, and the directory in which the processes of one server keep their numbers."""

import shutil
import tempfile
from pathlib import Path

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from webapp.health import Glance
from webapp.metrics.state import Build, Processes, State
from webapp.runtime import Runtime

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Page:
    """Everything that is known, in Prometheus' text format. Thread-safe."""

    def __init__(self, runtime: Runtime, glance: Glance) -> None:
        self._registry = CollectorRegistry()
        metrics = runtime.metrics
        if metrics.directory is not None:
            MultiProcessCollector(self._registry, path=str(metrics.directory))  # type: ignore[no-untyped-call]
        elif metrics.registry is not None:
            self._registry.register(metrics.registry)
        for collector in (Build(runtime), Processes(metrics.directory), State(runtime, glance)):
            self._registry.register(collector)

    def render(self) -> bytes:
        """The page as it is now."""
        return generate_latest(self._registry)


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
