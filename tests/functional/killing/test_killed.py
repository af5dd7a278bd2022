"""Kill -9 of server, worker and commands at random moments: nothing acknowledged is lost, the next start converges alone,
and readers meanwhile see neither half an index nor a text without its marking.

`make torture` runs more of it. `IPCU_TEST_TORTURE_SEED` repeats the choices of a run, though not the computer's pace.
"""

import os
import random
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.databases import create_postgres, drop_postgres
from tests.functional.killing.chaos import MOMENTS, Chaos

SEED = int(os.environ.get("IPCU_TEST_TORTURE_SEED") or random.SystemRandom().randrange(10**9))
ROUNDS = int(os.environ.get("IPCU_TEST_TORTURE_ROUNDS") or 25)
MINUTES = float(os.environ.get("IPCU_TEST_TORTURE_MINUTES") or 0)
"""Instead of a number of rounds: so long."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ipcu.sqlite3'}"
        return
    made = create_postgres()
    yield made
    drop_postgres(made)


def say(text: str) -> None:
    """Shown when the test fails, and by `make torture` as it happens."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def test_nothing_is_lost_and_nothing_half_done_is_seen_when_processes_are_killed(tmp_path, address):
    say(f"IPCU_TEST_TORTURE_SEED={SEED}")
    began, chaos = time.monotonic(), Chaos(tmp_path, address, SEED)
    try:
        for number in count():
            if (time.monotonic() - began > 60 * MINUTES) if MINUTES else (number >= ROUNDS):
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
