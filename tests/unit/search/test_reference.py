"""How long what was read from the database is kept."""

from typing import cast

import pytest
from sqlmodel import Session

from search.reference import Reference

SESSION = cast(Session, None)
"""What is read here comes from the test."""


class Reading:
    """Labels whose reading takes some seconds of a clock that stands still otherwise."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.now = 1_000.0
        self.times = 0

    def __call__(self, _session: Session) -> dict[str, dict[str, str]]:
        self.now += self.seconds
        self.times += 1
        return {"area": {str(self.times): "a"}}


@pytest.mark.parametrize(("seconds", "kept"), [(0.001, 0.1), (0.1, 10.0), (0.3, 30.0), (2.0, 30.0)])
def test_what_is_read_quickly_is_read_often(seconds, kept):
    reading = Reading(seconds)
    reference = Reference(reading, lambda: reading.now)
    reference.resolver(SESSION)
    reading.now += kept * 0.99
    reference.resolver(SESSION)
    assert reading.times == 1
    reading.now += kept * 0.02
    reference.resolver(SESSION)
    assert reading.times == 2


def test_what_was_told_to_be_old_is_read_at_once():
    reading = Reading(2.0)
    reference = Reference(reading, lambda: reading.now)
    reference.resolver(SESSION)
    reference.forget()
    reference.resolver(SESSION)
    assert reading.times == 2
