"""Lists as CSV: the ceiling of a role, the marking on the first line, no formulas, and a trace in the audit trail."""

import csv
import io

import pytest
from sqlmodel import select

from core.access import Marking
from core.audit import AuditEvent
from core.exports import ExportRow, ceiling_of, export_csv
from core.people import Role

ROWS = [ExportRow(marking, (number, f"About {marking.value}")) for number, marking in enumerate(Marking)]


@pytest.fixture
def people(world):
    body = world.organisation("cid")
    return {role: world.viewer(world.person(role.value, body, role)) for role in Role}


@pytest.mark.parametrize(
    ("role", "ceiling"),
    [
        (Role.OFFICER, Marking.GREEN),
        (Role.PARTNER, Marking.GREEN),
        (Role.ADMINISTRATOR, Marking.GREEN),
        (Role.FOCAL_POINT, Marking.AMBER),
        (Role.LIBRARIAN, Marking.AMBER),
        (Role.IPCU_STAFF, Marking.AMBER_STRICT),
    ],
)
def test_a_role_takes_along_up_to_its_ceiling_and_never_red(world, people, role, ceiling):
    viewer = people[role]
    assert ceiling_of(viewer) == ceiling
    with world.work(viewer) as work:
        made = export_csv(work, viewer, "things", ("Number", "Title"), ROWS, "Handle as marked.")
    lines = list(csv.reader(io.StringIO(made.text)))
    assert lines[0] == [ceiling.label, "Handle as marked."]
    assert lines[1] == ["Number", "Title"]
    assert [line[1] for line in lines[2:]] == [
        f"About {one.value}" for one in Marking if one.strictness <= ceiling.strictness
    ]
    assert made.rows + made.left_out == len(ROWS)
    assert made.left_out >= 1


def test_an_export_leaves_a_trace_without_its_text(world, people):
    viewer = people[Role.OFFICER]
    with world.work(viewer) as work:
        export_csv(work, viewer, "things", ("Title",), ROWS)
    with world.database.reading() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "export.made")).one()
    assert (event.details["list"], event.details["rows"], event.details["left_out"]) == ("things", 2, 3)
    assert "About" not in str(event.details)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(world, people, text):
    viewer = people[Role.OFFICER]
    with world.work(viewer) as work:
        made = export_csv(work, viewer, "things", ("Title",), [ExportRow(Marking.GREEN, (text,))])
    assert list(csv.reader(io.StringIO(made.text, newline="")))[2] == [f"'{text}"]


def test_nothing_given_stays_empty_and_a_number_a_number(world, people):
    viewer = people[Role.OFFICER]
    with world.work(viewer) as work:
        made = export_csv(work, viewer, "things", ("A", "B"), [ExportRow(Marking.CLEAR, (None, -3))])
        empty = export_csv(work, viewer, "things", ("A",), [])
    assert made.text.splitlines() == ["TLP:CLEAR", "A,B", ",-3"]
    assert (empty.marking, empty.rows) == (Marking.CLEAR, 0)
