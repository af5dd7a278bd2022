"""Kill -9 of server, worker and commands at random moments: nothing acknowledged is lost, the next start converges alone,
and readers meanwhile see neither half an index nor a text without its marking.

Five rounds, one of each moment; `make torture` runs more of it. `IPCU_TEST_TORTURE_SEED` repeats the choices of a run, though not the computer's pace.
"""

import os
import random
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.search.conftest import remove
from tests.databases import create_postgres, drop_postgres
from tests.functional.killing.chaos import MOMENTS, Chaos

SEED = int(os.environ.get("IPCU_TEST_TORTURE_SEED") or random.SystemRandom().randrange(10**9))
ROUNDS = int(os.environ.get("IPCU_TEST_TORTURE_ROUNDS") or 5)
MINUTES = float(os.environ.get("IPCU_TEST_TORTURE_MINUTES") or 0)
"""Instead of a number of rounds: so long."""


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("opensearch", marks=pytest.mark.opensearch),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Where database and index are: settings, and how many rounds are enough."""
    file = f"sqlite:///{tmp_path / 'ipcu.sqlite3'}"
    if request.param == "sqlite":
        yield {"address": file, "rounds": ROUNDS}
    elif request.param == "postgres":
        made = create_postgres()
        yield {"address": made, "rounds": ROUNDS}
        drop_postgres(made)
    else:
        prefix = f"ipcu-killed-{uuid4().hex[:10]}"
        servers = {"opensearch_url": os.environ["IPCU_TEST_OPENSEARCH_URL"], "opensearch_prefix": prefix}
        # Every moment at least once: what a kill leaves of an index there is the servers' business.
        yield {"address": file, "rounds": max(len(MOMENTS), ROUNDS // 5), **servers}
        remove(f"{prefix}-*")


def say(text: str) -> None:
    """Shown when the test fails, and by `make torture` as it happens."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def test_nothing_is_lost_and_nothing_half_done_is_seen_when_processes_are_killed(tmp_path, place):
    say(f"IPCU_TEST_TORTURE_SEED={SEED}")
    rounds = place.pop("rounds")
    began, chaos = time.monotonic(), Chaos(tmp_path, place.pop("address"), SEED, **place)
    try:
        for number in count():
            if (time.monotonic() - began > 60 * MINUTES) if MINUTES else (number >= rounds):
                break
            try:
                chaos.round(MOMENTS[number % len(MOMENTS)], lambda done, round=number + 1: say(f"{round:4} {done}"))
            except BaseException as problem:
                problem.add_note(f"in round {number + 1} of IPCU_TEST_TORTURE_SEED={SEED}")
                raise
        assert chaos.finish("library", "import", str(chaos._more_files()))
        chaos.truth.check()
    finally:
        chaos.close()
    say(f"killed: {chaos.kills} in {time.monotonic() - began:.0f} s")
