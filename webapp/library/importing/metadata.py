"""What a CSV says of the files: read and checked whole before the first file is touched."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from core.access import Marking
from core.errors import Invalid
from core.markup import Rendered
from library.drafts import RecordDraft
from library.models import RecordKind
from webapp.library.importing.files import comparable

COLUMNS = (
    "path",
    "title",
    "summary",
    "kind",
    "topics",
    "tags",
    "organisation",
    "country",
    "language",
    "year",
    "marking",
)
"""Columns a metadata CSV may have; `path` is relative to the folder."""
COLUMN_OF = {"organisation_id": "organisation"}


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What holds for every file that the metadata does not speak of."""

    marking: Marking
    kind: RecordKind
    organisation: str
    year: int
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The rows of a CSV by path."""

    source: str = ""
    """The name of the CSV, for messages."""
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each row."""

    def of(self, name: str) -> Mapping[str, str]:
        """What is said of a file; empty when nothing is."""
        return self.rows.get(name, {})

    def check(self, options: ImportOptions, organisations: Mapping[str, int]) -> None:
        """Raise Invalid naming line and column of the first value that no record takes."""
        for name, row in self.rows.items():
            try:
                draft_for(row, options, organisations, title="A title", body="")
            except Invalid as error:
                column, said = next(iter(error.fields.items()), ("", error.message))
                where = f", column {column}" if column else ""
                raise Invalid(f"{self.source}, line {self.lines[name]}{where}: {said}") from None


def draft_for(
    row: Mapping[str, str],
    options: ImportOptions,
    organisations: Mapping[str, int],
    *,
    title: str,
    body: Rendered | str,
) -> RecordDraft:
    """The draft of one document: what its row says, else the options. Raises Invalid with the column in `fields`."""
    values = {name: value for name, value in row.items() if value}
    key = values.get("organisation", options.organisation)
    if key not in organisations:
        known = ", ".join(sorted(organisations)[:12])
        raise _refusal("organisation", f"there is no organisation {key!r}; there are {known}")
    year = values.get("year", str(options.year))
    if not year.isascii() or not year.isdecimal():
        raise _refusal("year", f"{year!r} is not a year")
    kind = values.get("kind", options.kind.value).lower()
    if kind not in set(RecordKind):
        raise _refusal("kind", f"{kind!r} is none of {', '.join(RecordKind)}")
    marking = values.get("marking", options.marking.value).upper().removeprefix("TLP:")
    if marking not in set(Marking):
        raise _refusal("marking", f"{marking!r} is none of {', '.join(Marking)}")
    topics = [topic.strip() for topic in values.get("topics", "").replace(";", ",").split(",")]
    try:
        return RecordDraft(
            kind=RecordKind(kind),
            title=values.get("title", title),
            summary=values.get("summary", ""),
            body=body,
            topics=[topic for topic in topics if topic],
            tags=values.get("tags", "").replace(";", ",").split(","),
            organisation_id=organisations[key],
            country=values.get("country", ""),
            language=values.get("language", options.language),
            year=int(year),
            marking=Marking(marking),
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = str(first["loc"][0]) if first["loc"] else ""
        raise _refusal(COLUMN_OF.get(place, place), str(first["msg"]).removeprefix("Value error, ")) from None


def _refusal(column: str, said: str) -> Invalid:
    return Invalid(f"{column}: {said}" if column else said, {column: said} if column else {})


def read_metadata(path: Path) -> Metadata:
    """The rows of a CSV, separated by commas, semicolons or tabs. Raises Invalid naming line and column of what is wrong."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise Invalid(f"{path.name}, line {line}: this is not UTF-8; save the file as CSV in UTF-8.") from None
    rows, lines = dict[str, dict[str, str]](), dict[str, int]()
    for line, row in _rows(path.name, text):
        name = comparable(row["path"])
        if not name:
            raise Invalid(f"{path.name}, line {line}, column path: this is empty.")
        if name in rows:
            raise Invalid(f"{path.name}, line {line}, column path: {name} is in line {lines[name]} already.")
        rows[name], lines[name] = row, line
    return Metadata(path.name, rows, lines)


def _rows(source: str, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    head = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t", key=head.count), strict=True)
    columns: list[str] = []
    try:
        for row in reader:
            if not any(value.strip() for value in row):
                continue
            if not columns:
                columns = _columns(source, row)
                continue
            if len(row) > len(columns):
                raise Invalid(f"{source}, line {reader.line_num}: {len(row)} values for {len(columns)} columns.")
            padded = [*row, *[""] * (len(columns) - len(row))]
            yield reader.line_num, {name: value.strip() for name, value in zip(columns, padded, strict=True)}
    except csv.Error as error:
        raise Invalid(f"{source}, line {reader.line_num}: {error}.") from None
    if not columns:
        raise Invalid(f"{source}: there is nothing in it. Columns are {', '.join(COLUMNS)}.")


def _columns(source: str, head: list[str]) -> list[str]:
    columns = [name.strip().lower() for name in head]
    unknown = [name for name in columns if name not in COLUMNS]
    doubled = [name for name in columns if columns.count(name) > 1]
    problem = ""
    if unknown:
        problem = f"unknown column {unknown[0]!r}"
    elif doubled:
        problem = f"column {doubled[0]!r} twice"
    elif "path" not in columns:
        problem = "no column 'path'"
    if problem:
        raise Invalid(f"{source}, line 1: {problem}. Columns are {', '.join(COLUMNS)}.")
    return columns
