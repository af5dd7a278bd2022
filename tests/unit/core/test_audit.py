"""The audit chain shows every change, gap, cut, addition and exchange."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.audit import Verdict, verify
from tests.factories import World

FIELDS = "at, actor_id, action, kind, object_id, details, address, hash"
COPIED = f"INSERT INTO audit_event (number, {FIELDS}) SELECT {{}}, {FIELDS} FROM audit_event WHERE number = 3"


def _filled(world: World) -> None:
    for number in range(5):
        with world.work() as work:
            work.audit("step", None, number=number, note="زبان")


def _run(world: World, *statements: str) -> None:
    with world.work() as work:
        for statement in statements:
            work.session.connection().execute(text(statement))


def _verdict(world: World, seen: str = "") -> Verdict:
    with world.database.reading() as session:
        return verify(session, seen)


def test_an_untouched_chain_is_intact(world: World) -> None:
    _filled(world)
    verdict = _verdict(world)
    assert verdict.is_intact
    assert verdict.events == 5
    assert verdict.end.startswith("5:")


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (["UPDATE audit_event SET action = 'other' WHERE number = 3"], "event 3 was changed"),
        (["UPDATE audit_event SET details = '{}' WHERE number = 2"], "event 2 was changed"),
        (["UPDATE audit_event SET at = '2020-01-01 00:00:00.000000' WHERE number = 4"], "event 4 was changed"),
        (["UPDATE audit_event SET actor_id = 7 WHERE number = 1"], "event 1 was changed"),
        (["UPDATE audit_event SET address = '192.0.2.1' WHERE number = 1"], "event 1 was changed"),
        (["UPDATE audit_event SET kind = 'record' WHERE number = 5"], "event 5 was changed"),
        (["UPDATE audit_event SET object_id = 3 WHERE number = 5"], "event 5 was changed"),
        (["UPDATE audit_event SET hash = 'x' WHERE number = 5"], "event 5 was changed"),
        (["DELETE FROM audit_event WHERE number = 3"], "event 3 is missing"),
        (["DELETE FROM audit_event WHERE number = 1"], "event 1 is missing"),
        (["DELETE FROM audit_event WHERE number = 5"], "ends at event 4, but 5"),
        (["DELETE FROM audit_event WHERE number = 5", "UPDATE audit_head SET number = 4"], "ends at event 4"),
        (["DELETE FROM audit_event"], "ends at event 0, but 5"),
        (["DELETE FROM audit_head"], "ends at event 5, but 0"),
        ([COPIED.format(6)], "event 6 was changed"),
        ([COPIED.format(6), "UPDATE audit_head SET number = 6"], "event 6 was changed"),
        (
            [
                "UPDATE audit_event SET number = 6 WHERE number = 5",
                COPIED.format(5),
                "UPDATE audit_head SET number = 6",
            ],
            "event 5 was changed",
        ),
        (
            [
                "UPDATE audit_event SET number = 9 WHERE number = 2",
                "UPDATE audit_event SET number = 2 WHERE number = 3",
                "UPDATE audit_event SET number = 3 WHERE number = 9",
            ],
            "event 2 was changed",
        ),
    ],
)
def test_tampering_shows(world: World, statements: list[str], problem: str) -> None:
    _filled(world)
    _run(world, *statements)
    assert problem in _verdict(world).problem


def test_a_chain_that_was_cut_with_its_head_or_made_anew_shows_against_the_end_that_was_noted(world: World) -> None:
    _filled(world)
    noted = _verdict(world).end
    with world.work() as work:
        work.audit("step", None, number=5)
    assert _verdict(world, seen=noted).is_intact
    last = "(SELECT hash FROM audit_event WHERE number = 4)"
    _run(world, "DELETE FROM audit_event WHERE number > 4", f"UPDATE audit_head SET number = 4, hash = {last}")
    assert _verdict(world).is_intact
    assert "replaced or cut off" in _verdict(world, seen=noted).problem
    _run(world, "DELETE FROM audit_event", "DELETE FROM audit_head")
    world.clock.advance(timedelta(seconds=1))
    _filled(world)
    assert _verdict(world).is_intact
    assert "replaced or cut off" in _verdict(world, seen=noted).problem


def test_an_empty_database_has_an_intact_chain(world: World) -> None:
    verdict = _verdict(world)
    assert verdict.is_intact
    assert _verdict(world, seen=verdict.end).is_intact
