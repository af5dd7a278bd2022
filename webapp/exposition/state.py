"""How things stand when somebody asks: parts, outbox, queue, processes. Looked at by a thread, as a server may hang."""

import os
import platform
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core import outbox
from core.errors import Unavailable
from webapp import installed_version
from webapp.health import Glance
from webapp.runtime import Runtime

PATIENCE = 3.0
"""Seconds that a page waits for the look; Prometheus gives up after ten, and the numbers of the process are to be seen even then."""
KEPT = 2.0
"""Seconds that a look serves everybody who asks."""


class State(Collector):
    """Parts, outbox and queue. What cannot be looked at in time is left out, and the page says that it is."""

    def __init__(self, runtime: Runtime, glance: Glance) -> None:
        self._runtime = runtime
        self._glance = glance
        self._lock = threading.Lock()
        self._look: _Look | None = None

    def collect(self) -> Iterator[Metric]:
        """What one look saw; it is the same for all who come at once."""
        with self._lock:
            if self._look is None or self._look.is_old:
                self._look = _Look(self._runtime, self._glance)
                self._look.start()
            look = self._look
        look.join(PATIENCE)
        yield _number("state_known", "1 when parts, outbox and queue could be looked at in time.", look.is_done)
        if look.is_done:
            yield from look.found


class _Look(threading.Thread):
    """One look, which ends when the slowest server has answered."""

    def __init__(self, runtime: Runtime, glance: Glance) -> None:
        super().__init__(name="ipcu-metrics", daemon=True)
        self._runtime = runtime
        self._glance = glance
        self._done_at = 0.0
        self.is_done = False
        self.found: list[Metric] = []

    @property
    def is_old(self) -> bool:
        """True when another look is due. One that still goes on is waited for, however long it takes."""
        return not self.is_alive() and time.monotonic() - self._done_at > KEPT

    def run(self) -> None:
        """Look at everything once."""
        self.found = [*self._parts(), *self._outbox(), *self._queue()]
        self._done_at = time.monotonic()
        self.is_done = True

    def _parts(self) -> Iterator[Metric]:
        parts = {part: float(state == "ok") for part, state in self._glance.parts().items()}
        yield _numbers("part_up", "1 for a part that is well.", "part", parts)

    def _outbox(self) -> Iterator[Metric]:
        try:
            with self._runtime.reading() as session:
                seen = outbox.backlog(session, self._runtime.clock.now())
        except Unavailable:
            return  # the parts say so
        marks = {"waiting": seen.waiting, "parked": seen.parked}
        yield _numbers("outbox_marks", "Changes that search does not show; parked: given up on.", "state", marks)
        yield _number("outbox_oldest_seconds", "Age of the oldest change that waits.", seen.oldest_seconds)

    def _queue(self) -> Iterator[Metric]:
        if not self._runtime.settings.redis_url:
            return
        state = self._runtime.jobs.state()
        if state.problem:
            return  # the parts say so
        jobs = {
            "waiting": state.waiting,
            "running": state.running,
            "retrying": state.retrying,
            "failed": state.failed,
        }
        yield _numbers("jobs", "Jobs in Redis; failed: within the last hour.", "state", jobs)
        alive = {"worker": state.workers, "scheduler": state.schedulers}
        yield _numbers("job_processes", "Processes that gave a sign of life.", "role", alive)


class Processes(Collector):
    """Memory, processor time and open files of each process of this server."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        """One family for each value, one sample for each process."""
        families: dict[str, Metric] = {}
        for pid in self._pids():
            for one in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
                kind = CounterMetricFamily if one.type == "counter" else GaugeMetricFamily
                family = families.setdefault(one.name, kind(one.name, one.documentation, labels=["pid"]))
                family.add_metric([str(pid)], one.samples[0].value)  # type: ignore[attr-defined]
        return families.values()

    def _pids(self) -> list[int]:
        """Of all that keep numbers in the directory and live. The file of a dead one is removed by its parent."""
        if self._directory is None:
            return [os.getpid()]
        return sorted(int(path.stem.rpartition("_")[2]) for path in self._directory.glob("gauge_liveall_*.db"))


class Build(Collector):
    """What runs here."""

    def __init__(self, runtime: Runtime) -> None:
        chosen = {
            "version": installed_version(),
            "python": platform.python_version(),
            "engine": runtime.engine.name,
            "database": "sqlite" if runtime.database.is_sqlite else "postgresql",
            "queue": "redis" if runtime.settings.redis_url else "own",
        }
        self._family = GaugeMetricFamily("ipcu_build_info", "What runs here.", labels=list(chosen))
        self._family.add_metric(list(chosen.values()), 1)

    def collect(self) -> Iterable[Metric]:
        """Always the same."""
        return [self._family]


def _number(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"ipcu_{name}", text, value=float(value))


def _numbers(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"ipcu_{name}", text, labels=[label])
    for of, value in values.items():
        family.add_metric([of], float(value))
    return family
