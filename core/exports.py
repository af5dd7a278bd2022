"""Lists that leave the system, as CSV: only what the reader's role may take along, with the marking on top, and audited.

TLP markings bind whoever holds the file, so a file carries the strictest marking of what is in it on its first line, and no
file ever carries TLP:RED (METHODS section 5).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.access import Marking, Viewer, strictest
from core.people import Role
from core.uow import UnitOfWork

CEILINGS: tuple[tuple[Role, Marking], ...] = (
    (Role.IPCU_STAFF, Marking.AMBER_STRICT),
    (Role.FOCAL_POINT, Marking.AMBER),
    (Role.LIBRARIAN, Marking.AMBER),
)
"""The strictest marking that holders of a role may take along; everybody else takes what every member may see."""
DEFAULT_CEILING = Marking.GREEN
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins like this for a formula and runs it."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One line of a list, with the marking of the object it tells of."""

    marking: Marking
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """A file made of a list."""

    text: str
    marking: Marking
    """The strictest of what is in it."""
    rows: int
    left_out: int
    """Lines above the reader's ceiling."""


def ceiling_of(viewer: Viewer) -> Marking:
    """The strictest marking this viewer may take along."""
    held = [marking for role, marking in CEILINGS if viewer.has(role)]
    return strictest(held) if held else DEFAULT_CEILING


def export_csv(
    work: UnitOfWork, viewer: Viewer, name: str, columns: Sequence[str], rows: Iterable[ExportRow], banner: str = ""
) -> Exported:
    """A list of what the viewer may see as CSV within his ceiling: marking line, column names, lines.

    `rows` must hold nothing that the viewer may not see. An empty list is marked TLP:CLEAR.
    """
    ceiling, every = ceiling_of(viewer), list(rows)
    kept = [row for row in every if row.marking.strictness <= ceiling.strictness]
    marking = strictest([Marking.CLEAR, *(row.marking for row in kept)])
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow([marking.label, banner] if banner else [marking.label])
    writer.writerow([_safe(one) for one in columns])
    writer.writerows([_safe(value) for value in row.values] for row in kept)
    left_out = len(every) - len(kept)
    work.audit(
        "export.made",
        list=name,
        format="csv",
        rows=len(kept),
        left_out=left_out,
        marking=marking.value,
        ceiling=ceiling.value,
    )
    return Exported(sheet.getvalue(), marking, len(kept), left_out)


def _safe(value: object) -> object:
    text = "" if value is None else value
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text
