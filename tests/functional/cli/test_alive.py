"""The sign of life of processes that serve no HTTP."""

import os
from pathlib import Path

import pytest

from tests.functional.processes import Running, wait_for
from webapp.cli import alive


def age(path: Path, seconds: float) -> None:
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))


def test_the_file_is_touched_again_and_again_and_goes_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(alive, "BEAT_SECONDS", 0.02)
    path = tmp_path / "alive"
    with alive.Alive(path):
        for _ in range(2):
            age(path, 3600)
            old = path.stat().st_mtime
            wait_for(lambda old=old: path.stat().st_mtime > old + 1800, "the next sign")
    assert not path.exists()


def test_without_a_path_nothing_is_done(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with alive.Alive(None):
        assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_no_start(tmp_path):
    with pytest.raises(OSError, match="no/such"), alive.Alive(tmp_path / "no" / "such" / "place"):
        pytest.fail("it must not say that it runs")


def test_a_file_that_cannot_be_touched_any_more_is_said_and_ends_nothing(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(alive, "BEAT_SECONDS", 0.02)
    place = tmp_path / "place"
    place.mkdir()
    with alive.Alive(place / "alive"):
        (place / "alive").unlink()
        place.rmdir()
        wait_for(lambda: "cannot be touched: No such file" in caplog.text, "the notice")


@pytest.mark.redis
def test_the_scheduler_gives_it(tmp_path):
    path = tmp_path / "alive"
    redis = os.environ["IPCU_TEST_REDIS_URL"]
    process = Running(tmp_path, "scheduler", redis_url=redis, redis_prefix="ipcu-test-alive", alive_file=path)
    try:
        wait_for(path.exists, "the sign")
        assert process.stop() == 0
        assert not path.exists()
    finally:
        process.kill()
