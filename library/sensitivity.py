"""The parts of a record that a check for sensitive items looks through, by the names of their form fields."""

from library.content import RecordContent
from library.drafts import RecordDraft
from library.kinds import KINDS
from library.models import Record, RecordKind

FIELD = "fields."
"""Begins the name of a structured field's part."""


def texts_of(record: Record) -> dict[str, str]:
    """Of a stored record."""
    shown = {name: record.fields[name] for name in KINDS[RecordKind(record.kind)].fields if name in record.fields}
    return _parts(record.title, record.summary, shown, record.body_source)


def texts_of_content(content: RecordContent) -> dict[str, str]:
    """Of a version of a record."""
    return _parts(content.title, content.summary, content.shown_fields, content.body_source)


def texts_of_draft(draft: RecordDraft) -> dict[str, str]:
    """Of what somebody wants to store."""
    return _parts(draft.title, draft.summary, draft.fields, draft.body.source)


def _parts(title: str, summary: str, fields: dict[str, str], body: str) -> dict[str, str]:
    structured = {f"{FIELD}{name}": text for name, text in fields.items()}
    return {"title": title, "summary": summary, **structured, "body": body}
