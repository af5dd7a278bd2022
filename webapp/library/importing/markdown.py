"""A Markdown file as a record: its text the body, its header proposals for what the list of metadata does not say."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from core.errors import Invalid
from core.fields import body_of
from core.markup import Rendered, TooLarge
from indexer.extraction import decode_text, split_front_matter
from library.drafts import RecordDraft
from webapp.library.importing.metadata import ImportOptions, draft_for

COLUMN_OF_KEY = {
    "title": "title",
    "summary": "summary",
    "description": "summary",
    "abstract": "summary",
    "tags": "tags",
    "keywords": "tags",
    "language": "language",
    "lang": "language",
    "country": "country",
    "year": "year",
    "date": "year",
}
"""Keys of headers that static site generators, Pandoc and note takers write, and the column each proposes a value for."""


@dataclass(frozen=True, slots=True)
class MarkdownSource:
    """What an imported Markdown file becomes."""

    body: Rendered = field(default_factory=lambda: body_of(""))
    proposed: Mapping[str, str] = field(default_factory=dict)
    """Column to value."""
    is_whole: bool = False
    """The body has every byte of the file, so that the file itself need not be kept."""


EMPTY = MarkdownSource()


def read_markdown_source(path: Path) -> MarkdownSource:
    """Read a Markdown file in whatever encoding. One too long or too complex for a page has no body; the file is attached instead."""
    data = path.read_bytes()
    front = split_front_matter(decode_text(data).text)
    try:
        body = body_of(front.body)
    except TooLarge:
        return EMPTY
    is_whole = data.removeprefix(codecs.BOM_UTF8) == front.body.encode("utf-8", "replace")
    return MarkdownSource(body, proposed_columns(front.values), is_whole)


def proposed_columns(values: Mapping[str, object]) -> dict[str, str]:
    """What a header proposes, as columns of the metadata; what is no text, number, date or list of texts is left out."""
    found: dict[str, str] = {}
    for key, column in COLUMN_OF_KEY.items():
        value = _text(values.get(key))
        if column == "year":
            value = value[:4] if value[:4].isdecimal() else ""
        if value:
            found.setdefault(column, value)
    return found


def propose_draft(
    row: Mapping[str, str],
    proposed: Mapping[str, str],
    options: ImportOptions,
    organisations: Mapping[str, int],
    *,
    title: str,
    body: Rendered,
) -> RecordDraft:
    """The draft of a document: what its row says, else what is proposed and a record takes, else the options.

    Raises Invalid as `draft_for` does for what the row says.
    """
    said = {name for name, value in row.items() if value}
    extra = {name: value for name, value in proposed.items() if name not in said and name != "title"}
    while True:
        try:
            return draft_for(
                {**extra, **{name: row[name] for name in said}}, options, organisations, title=title, body=body
            )
        except Invalid as error:
            refused = extra.keys() & error.fields.keys()
            if not refused:
                raise
            for name in refused:
                del extra[name]


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(filter(None, map(_text, value)))
    if isinstance(value, bool) or not isinstance(value, str | int | date):
        return ""
    return " ".join(str(value).split())
