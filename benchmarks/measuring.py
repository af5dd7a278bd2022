"""What the benchmarks share: percentiles, the machine's name, memory of a process, tables that go into results.md as they are."""

import gc
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles of what was measured, in its unit."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Of at least one value."""
        p50, p95, p99 = np.percentile(values, [50, 95, 99])
        return cls(float(p50), float(p95), float(p99))

    def cells(self) -> list[str]:
        """For a table."""
        return [shown(self.p50), shown(self.p95), shown(self.p99)]


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident megabytes of a process: all, and without the pages of files, which the system takes back when it needs them."""

    resident: int
    own: int

    @classmethod
    def of(cls, process: int | None = None) -> "Memory":
        """Of a process, or this one. On Linux only."""
        found = {}
        for line in Path(f"/proc/{process or os.getpid()}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in ("VmRSS", "RssAnon"):
                found[name] = round(int(value.split()[0]) / 1024)
        return cls(found["VmRSS"], found["RssAnon"])

    def __str__(self) -> str:
        return f"{self.resident} ({self.own})"


def shown(value: float) -> str:
    """Three digits are all that one run is worth."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


@contextmanager
def timing(into: list[float]) -> Iterator[None]:
    """Append the milliseconds of the block."""
    began = time.perf_counter()
    yield
    into.append((time.perf_counter() - began) * 1000)


def leave_out_of_garbage_collection() -> None:
    """What exists now, as a server does when it is ready: looking through what only a benchmark keeps took 150 ms of one question in 35."""
    gc.collect()
    gc.freeze()


def milliseconds(call: Callable[[], object]) -> float:
    """Of one call."""
    took: list[float] = []
    with timing(took):
        call()
    return took[0]


def table(heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    for cells in (heading, ["---"] * len(heading), *rows):
        print(f"| {' | '.join(str(cell) for cell in cells)} |")
    print(flush=True)


def machine() -> str:
    """What this ran on, in one line."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    # Decides how fast vectors are made and compared; the name of a rented processor does not tell it.
    flags = next((line.split() for line in _lines("/proc/cpuinfo") if line.startswith("flags")), [])
    widest = next((name for name in ("amx_bf16", "avx512_vnni", "avx512f", "avx2") if name in flags), "no AVX")
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({model}, {widest}), {memory / 2**20:.0f} GB, Python {platform.python_version()}, "
        f"{time.strftime('%d %B %Y')}, load before {load:.1f}"
    )


def size_of(directory: Path) -> int:
    """Bytes of the files below it."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


@contextmanager
def scratch(keep: Path | None) -> Iterator[Path]:
    """The directory named, which stays, or one that is removed at the end."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="ipcu-bench-") as directory:
        yield Path(directory)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
