"""Bringing a folder of real documents into the library: what `ipcu library import` does.

Each file is one unit of work, so that a stopped import goes on where it was; the digest of a file is its identity, so that
the same file twice, under whatever name, is one record. A file that cannot be read costs one line of the report.
"""

import csv
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError
from sqlmodel import select

from core.access import Marking, Viewer
from core.content import Section
from core.errors import DomainError, Invalid, Unavailable
from core.files import FileText
from core.markup import MAX_SOURCE, sections
from core.people import Organisation
from indexer.extraction import (
    Extraction,
    ExtractionStatus,
    Extractor,
    Limits,
    sniff_file,
)
from library.drafts import RecordDraft
from library.models import Record, RecordKind
from library.service import ImportedDocument, import_document
from webapp.runtime import Runtime

MARKDOWN = "text/markdown"
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
SEPARATOR = re.compile(r"[_\s]+|(?<=\w)-(?=\w)")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What holds for every file that the metadata does not speak of."""

    marking: Marking
    kind: RecordKind
    organisation: str
    year: int
    language: str = "en"


@dataclass(slots=True)
class ImportReport:
    """What became of the files, by path relative to the folder."""

    imported: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    without_text: dict[str, str] = field(default_factory=dict)
    """Imported, but found by title only; with the reason."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Not imported, with the reason."""


def find_files(directory: Path) -> list[Path]:
    """Regular files below a folder in a stable order; hidden ones and links that leave the folder are left out."""
    root = directory.resolve()
    found: list[Path] = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and path.resolve().is_relative_to(root):
                found.append(path)
    return found


def read_metadata(path: Path) -> dict[str, dict[str, str]]:
    """Rows of a metadata CSV by path. Raises Invalid naming an unknown column or a missing `path`."""
    with path.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        columns = reader.fieldnames or []
        unknown = [name for name in columns if name not in COLUMNS]
        if unknown or "path" not in columns:
            problem = f"unknown column {unknown[0]!r}" if unknown else "no column 'path'"
            raise Invalid(f"{path.name}: {problem}. Columns are {', '.join(COLUMNS)}.")
        return {row["path"]: {name: (row[name] or "").strip() for name in columns} for row in reader if row["path"]}


class FolderImport:
    """One run over one folder."""

    def __init__(
        self,
        runtime: Runtime,
        viewer: Viewer,
        directory: Path,
        options: ImportOptions,
        metadata: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._runtime = runtime
        self._viewer = viewer
        self._root = directory.resolve()
        self._options = options
        self._metadata = metadata or {}
        with runtime.reading() as session:
            rows = session.exec(select(Organisation)).all()
            self._organisations = {row.key: row.id for row in rows if row.id is not None}

    def run(self, files: list[Path], progress: Callable[[int, str], None]) -> ImportReport:
        """Import the files; `progress` gets the number done and the name of the one at hand. Raises Unavailable."""
        report = ImportReport()
        known = self._known_digests()
        settings = self._runtime.settings
        limits = Limits(seconds=settings.extraction_seconds, memory_mb=settings.extraction_memory_mb)
        with Extractor(limits) as extractor:
            for done, path in enumerate(files):
                name = path.relative_to(self._root).as_posix()
                progress(done, name)
                try:
                    self._import_file(extractor, path, name, known, report)
                except Unavailable:
                    raise
                except ValidationError as error:
                    first = error.errors()[0]
                    report.skipped[name] = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
                except (DomainError, OSError) as error:
                    report.skipped[name] = str(error)
        progress(len(files), "")
        return report

    def _import_file(self, extractor: Extractor, path: Path, name: str, known: set[str], report: ImportReport) -> None:
        if path.stat().st_size > self._runtime.settings.upload_mb << 20:
            report.skipped[name] = f"larger than {self._runtime.settings.upload_mb} MB (IPCU_UPLOAD_MB)"
            return
        digest = _digest(path)
        if digest in known:
            report.known.append(name)
            return
        media_type = sniff_file(path, path.name)
        extraction = extractor.extract(path, media_type)
        if extraction.status not in (ExtractionStatus.OK, ExtractionStatus.NO_TEXT):
            report.skipped[name] = extraction.reason
            return
        if self._save(path, name, digest, media_type, extraction):
            known.add(digest)
            report.imported.append(name)
            if extraction.status is ExtractionStatus.NO_TEXT:
                report.without_text[name] = extraction.reason
        else:
            report.known.append(name)

    def _save(self, path: Path, name: str, digest: str, media_type: str, extraction: Extraction) -> bool:
        body = path.read_text("utf-8", "replace") if media_type == MARKDOWN else ""
        is_body = 0 < len(body) <= MAX_SOURCE
        draft = self._draft(name, body if is_body else "", extraction)
        with path.open("rb") as stream:
            stored = self._runtime.files.put(stream, limit=self._runtime.settings.upload_mb << 20)
        with self._runtime.work(self._viewer) as work:
            if not is_body and work.session.get(FileText, stored.sha256) is None:
                work.session.add(_file_text(stored.sha256, media_type, extraction, work.now))
                work.session.flush()
            document = ImportedDocument(
                draft=draft,
                digest=digest,
                filename=path.name,
                media_type=media_type,
                stored=None if is_body else stored,
            )
            return import_document(work, self._viewer, document) is not None

    def _draft(self, name: str, body: str, extraction: Extraction) -> RecordDraft:
        row = self._metadata.get(name, {})
        organisation = row.get("organisation") or self._options.organisation
        if organisation not in self._organisations:
            raise Invalid(f"there is no organisation {organisation!r}")
        return RecordDraft(
            kind=RecordKind(row.get("kind") or self._options.kind),
            title=row.get("title") or _title(name, body),
            summary=row.get("summary", ""),
            body=body,
            topics=[topic for topic in row.get("topics", "").replace(";", ",").split(",") if topic],
            tags=row.get("tags", "").replace(";", ","),
            organisation_id=self._organisations[organisation],
            country=row.get("country", ""),
            language=row.get("language") or self._options.language,
            year=int(row.get("year") or self._options.year),
            marking=Marking(row.get("marking") or self._options.marking),
        )

    def _known_digests(self) -> set[str]:
        with self._runtime.reading() as session:
            return {digest for digest in session.exec(select(Record.import_digest)) if digest}


def _file_text(sha256: str, media_type: str, extraction: Extraction, now: datetime) -> FileText:
    return FileText(
        sha256=sha256,
        media_type=media_type,
        status=extraction.status.value,
        reason=extraction.reason,
        pages=extraction.pages,
        truncated=extraction.truncated,
        blocks=[{"text": one.text, "heading": one.heading, "page": one.page} for one in extraction.blocks],
        updated_at=now,
    )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _title(name: str, body: str) -> str:
    """The first heading of a text, or what the file name says."""
    heading = next((section.place.label for section in _headed(body)), "")
    stem = Path(name).stem
    title = heading or " ".join(SEPARATOR.sub(" ", stem).split())
    return title[:200] if len(title) >= 4 else f"Document {title}"


def _headed(body: str) -> Iterator[Section]:
    return (section for section in sections(body[:20_000]) if section.place.label and " > " not in section.place.label)
