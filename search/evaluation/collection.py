"""Public retrieval collections: `corpus.jsonl` (id, title, text), `queries.jsonl` (id, text), `qrels.tsv`; TREC run files."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.content import ContentRef
from core.errors import Invalid

KIND = "document"
"""The kind of the documents of a collection."""


@dataclass(frozen=True, slots=True)
class CollectionDocument:
    """One document as it was given."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One question with its judgements; without a positive grade it has no answer."""

    id: str
    text: str
    grades: Mapping[ContentRef, int]
    """By kind and id: a thread 7 is not the record 7."""
    group: str = ""
    asked_by: str = ""
    """E-mail address of the person who asks; empty where everybody sees everything."""

    @property
    def has_answer(self) -> bool:
        """True when some document is relevant."""
        return any(grade > 0 for grade in self.grades.values())


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, and the questions that were judged."""

    name: str
    documents: tuple[CollectionDocument, ...]
    """The first is `document:1`, and so on."""
    questions: tuple[Judged, ...]

    def name_of(self, ref: ContentRef) -> str:
        """What the collection itself calls a document of it."""
        return self.documents[ref.id - 1].id


def read_collection(directory: Path) -> Collection:
    """Read a collection. Questions without a relevant document are left out, as is usual.

    Raises Invalid that names file and line.
    """
    documents = tuple(
        CollectionDocument(_text(entry, "id", place), _text(entry, "title", place, ""), _text(entry, "text", place))
        for place, entry in _entries(directory / "corpus.jsonl")
    )
    grades = _grades(directory / "qrels.tsv", [one.id for one in documents])
    questions = tuple(
        Judged(name, _text(entry, "text", place), grades.get(name, {}), group=directory.name)
        for place, entry in _entries(directory / "queries.jsonl")
        for name in [_text(entry, "id", place)]
    )
    judged = tuple(one for one in questions if one.has_answer)
    if not documents or not judged:
        raise Invalid(f"{directory}: no documents, or no question that any of them answers.")
    return Collection(directory.name, documents, judged)


def write_run(
    path: Path,
    tag: str,
    ranked: Mapping[str, Sequence[tuple[ContentRef, float]]],
    name_of: Callable[[ContentRef], str] = str,
) -> None:
    """Write a TREC run file: question, `Q0`, document (as `name_of` names it), rank from 1, score, tag."""
    lines = [
        f"{question} Q0 {name_of(document)} {rank} {score:.6f} {tag}"
        for question, found in ranked.items()
        for rank, (document, score) in enumerate(found, start=1)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines that are not empty, each with where it stands."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{path}, line {number}", line.rstrip("\r")


def _entries(path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    for place, line in _lines(path):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise Invalid(f"{place}: this is not JSON.") from error
        if not isinstance(entry, dict):
            raise Invalid(f"{place}: this is not a JSON object.")
        yield place, entry


def _text(entry: Mapping[str, object], name: str, place: str, default: str | None = None) -> str:
    value = entry.get(name, default)
    if not isinstance(value, str):
        raise Invalid(f"{place}: {name!r} is missing or not a text.")
    return value


def _grades(path: Path, documents: Sequence[str]) -> dict[str, dict[ContentRef, int]]:
    found: dict[str, dict[ContentRef, int]] = {}
    numbers = {name: number for number, name in enumerate(documents, start=1)}
    for number, (place, line) in enumerate(_lines(path)):
        parts = line.split("\t")
        # The first line may name the columns.
        if number == 0 and len(parts) == 3 and not parts[2].lstrip("-").isdigit():
            continue
        if len(parts) != 3 or not parts[2].lstrip("-").isdigit():
            raise Invalid(f"{place}: not `question <tab> document <tab> whole number`.")
        # One that was judged and is not there counts too: nobody can find it.
        number_of = numbers.setdefault(parts[1], len(numbers) + 1)
        found.setdefault(parts[0], {})[ContentRef(KIND, number_of)] = max(0, int(parts[2]))
    return found
