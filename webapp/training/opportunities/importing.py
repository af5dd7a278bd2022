"""A host's list as CSV: one opportunity a row, looked at before anything is stored."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from core.access import Marking, Viewer
from core.errors import Invalid, Message
from training.opportunities.drafts import OpportunityDraft
from webapp.forms import parse_draft

REQUIRED = ("kind", "title", "host", "starts_on", "ends_on", "deadline", "seats")
OPTIONAL = (
    "summary",
    "body",
    "host_country",
    "place",
    "is_remote",
    "language",
    "language_level",
    "costs",
    "payer",
    "min_service_years",
    "max_age",
    "criteria",
    "documents",
    "topics",
    "tags",
)
MAX_ROWS, MAX_BYTES = 500, 1 << 20


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of the list, with what it becomes or what is wrong with it."""

    number: int
    values: Mapping[str, str]
    draft: OpportunityDraft | None
    digest: str
    problems: Mapping[str, str]


def read_list(text: str, viewer: Viewer, marking: Marking) -> list[ImportRow]:
    """Every row of a CSV text. Raises Invalid for a text that is no list: no columns, unknown or missing ones, too many rows."""
    if len(text.encode()) > MAX_BYTES:
        raise Invalid("The list is too long.", {"list": Message("At most one megabyte.")})
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    try:
        columns = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = columns
        rows = list(reader)
    except csv.Error:
        raise Invalid(
            "This is no CSV list.", {"list": Message("Separate the columns by commas and quote what holds one.")}
        ) from None
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in (*REQUIRED, *OPTIONAL)]
    if missing or unknown or len(set(columns)) != len(columns):
        named = ", ".join(missing or unknown or columns)
        raise Invalid("The columns are not the ones that are wanted.", {"list": named[:200]})
    if len(rows) > MAX_ROWS:
        raise Invalid("The list is too long.", {"list": Message("At most 500 rows.")})
    return [_row(number, row, viewer, marking) for number, row in enumerate(rows, start=2)]


def _row(number: int, row: dict[str | None, str | list[str] | None], viewer: Viewer, marking: Marking) -> ImportRow:
    values = {str(name): value or "" for name, value in row.items() if name is not None and not isinstance(value, list)}
    digest = sha256("\x1f".join(f"{name}={values[name].strip()}" for name in sorted(values)).encode()).hexdigest()
    raw: dict[str, object] = {
        **values,
        "documents": values.get("documents", "").replace(";", "\n"),
        "topics": [part.strip() for part in values.get("topics", "").split(";") if part.strip()],
        "organisation_id": viewer.organisation_id,
        "marking": marking,
    }
    try:
        if None in row:
            raise Invalid("The row has more cells than there are columns.")
        return ImportRow(number, values, parse_draft(OpportunityDraft, raw), digest, {})
    except Invalid as error:
        return ImportRow(number, values, None, digest, error.fields or {"": error.message})
