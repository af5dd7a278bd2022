"""The audit chain shows every change, gap and cut."""

import pytest
from sqlalchemy import text

from core.audit import verify
from tests.factories import World


def _filled(world: World) -> None:
    for number in range(5):
        with world.work() as work:
            work.audit("step", None, number=number, note="زبان")


def _run(world: World, statement: str) -> None:
    with world.work() as work:
        work.session.connection().execute(text(statement))


def test_an_untouched_chain_is_intact(world: World) -> None:
    _filled(world)
    with world.database.reading() as session:
        verdict = verify(session)
    assert verdict.is_intact
    assert verdict.events == 5


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit_event SET action = 'other' WHERE number = 3", "event 3 was changed"),
        ("UPDATE audit_event SET details = '{}' WHERE number = 2", "event 2 was changed"),
        ("DELETE FROM audit_event WHERE number = 3", "event 3 is missing"),
        ("DELETE FROM audit_event WHERE number = 5", "ends at event 4, but 5"),
        ("DELETE FROM audit_event", "ends at event 0, but 5"),
    ],
)
def test_tampering_shows(world: World, statement: str, problem: str) -> None:
    _filled(world)
    _run(world, statement)
    with world.database.reading() as session:
        verdict = verify(session)
    assert problem in verdict.problem


def test_an_empty_database_has_an_intact_chain(world: World) -> None:
    with world.database.reading() as session:
        assert verify(session).is_intact
