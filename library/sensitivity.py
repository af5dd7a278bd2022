"""The parts of a record that a check for sensitive items looks through, by the names of their form fields."""

from library.drafts import RecordDraft
from library.models import Record

FIELD = "fields."
"""Begins the name of a structured field's part."""


def texts_of(record: Record) -> dict[str, str]:
    """Of a stored record."""
    return _parts(record.title, record.summary, record.fields, record.body_source)


def texts_of_draft(draft: RecordDraft) -> dict[str, str]:
    """Of what somebody wants to store."""
    return _parts(draft.title, draft.summary, draft.fields, draft.body.source)


def _parts(title: str, summary: str, fields: dict[str, str], body: str) -> dict[str, str]:
    structured = {f"{FIELD}{name}": text for name, text in fields.items()}
    return {"title": title, "summary": summary, **structured, "body": body}
