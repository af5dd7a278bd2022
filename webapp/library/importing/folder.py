"""One run over one folder.

Each file is one unit of work, so that a stopped import goes on where it was; the digest of a file is its identity, so that
the same file twice, under whatever name, is one record. A file that cannot be read costs one line of the report.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import select

from core.access import Viewer
from core.content import Section
from core.errors import DomainError, Unavailable, require
from core.fields import body_of
from core.files import FileText
from core.markup import Rendered, TooLarge, sections
from core.people import Organisation
from indexer.extraction import Extraction, ExtractionLimits, ExtractionStatus, Extractor, sniff_file
from library import policy
from library.models import Record
from library.service import ImportedDocument, import_document
from webapp.library.importing.files import Found, name_of
from webapp.library.importing.metadata import ImportOptions, Metadata, draft_for
from webapp.runtime import Runtime

MARKDOWN = "text/markdown"
SEPARATOR = re.compile(r"[_\s]+|(?<=\w)-(?=\w)")


@dataclass(slots=True)
class ImportReport:
    """What became of the files, by path relative to the folder."""

    imported: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    without_text: dict[str, str] = field(default_factory=dict)
    """Imported, but found by title only; with the reason."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Not imported, with the reason."""
    not_found: list[str] = field(default_factory=list)
    """Paths of the metadata that are no file of the folder."""


class FolderImport:
    """One run over one folder. Raises Forbidden for a viewer who may not import, Invalid for wrong metadata."""

    def __init__(
        self,
        runtime: Runtime,
        viewer: Viewer,
        directory: Path,
        options: ImportOptions,
        metadata: Metadata | None = None,
    ) -> None:
        require(policy.can_import(viewer), "Importing is for librarians and administrators.")
        self._runtime = runtime
        self._viewer = viewer
        self._root = directory.resolve()
        self._options = options
        self._metadata = metadata or Metadata()
        with runtime.reading() as session:
            rows = session.exec(select(Organisation)).all()
            self._organisations = {row.key: row.id for row in rows if row.id is not None}
        self._metadata.check(options, self._organisations)

    def run(self, found: Found, progress: Callable[[int, int, str], None]) -> ImportReport:
        """Import the files; `progress` gets the number done, that of all, and the name of the one at hand.

        Raises Unavailable when database or file store are down; what was imported until then stays.
        """
        report = ImportReport(skipped=dict(found.unreadable))
        known, files = self._known_digests(), found.files
        settings = self._runtime.settings
        limits = ExtractionLimits(seconds=settings.extraction_seconds, memory_mb=settings.extraction_memory_mb)
        names = [name_of(path, self._root) for path in files]
        report.not_found = [name for name in self._metadata.rows if name not in set(names)]
        with Extractor(limits) as extractor:
            for done, (path, name) in enumerate(zip(files, names, strict=True)):
                progress(done, len(files), name)
                try:
                    self._import_file(extractor, path, name, known, report)
                except Unavailable:
                    raise
                except DomainError as error:
                    report.skipped[name] = error.message
                except OSError as error:
                    report.skipped[name] = error.strerror or str(error)
        progress(len(files), len(files), "")
        return report

    def _import_file(self, extractor: Extractor, path: Path, name: str, known: set[str], report: ImportReport) -> None:
        size = path.stat().st_size
        if size > self._runtime.settings.upload_mb << 20:
            report.skipped[name] = f"larger than {self._runtime.settings.upload_mb} MB (IPCU_UPLOAD_MB)"
            return
        if not size:
            report.skipped[name] = "The file is empty."
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
        is_new = self._save(path, name, digest, media_type, extraction)
        known.add(digest)
        if not is_new:
            report.known.append(name)
            return
        report.imported.append(name)
        if extraction.status is ExtractionStatus.NO_TEXT:
            report.without_text[name] = extraction.reason

    def _save(self, path: Path, name: str, digest: str, media_type: str, extraction: Extraction) -> bool:
        """Store file and record; False when another import was faster."""
        body = _body(path) if media_type == MARKDOWN else body_of("")
        row, title = self._metadata.of(name), _title(name, body.source)
        draft = draft_for(row, self._options, self._organisations, title=title, body=body)
        self._runtime.scanner.check(path)
        with path.open("rb") as stream:
            stored = self._runtime.files.put(stream, limit=self._runtime.settings.upload_mb << 20)
        with self._runtime.work(self._viewer) as work:
            if not body.source and work.session.get(FileText, stored.sha256) is None:
                work.session.add(_file_text(stored.sha256, media_type, extraction, work.now))
                work.session.flush()
            document = ImportedDocument(
                draft=draft,
                digest=digest,
                filename=Path(name).name,
                media_type=media_type,
                stored=None if body.source else stored,
            )
            return import_document(work, self._viewer, document) is not None

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


def _body(path: Path) -> Rendered:
    """The text of a Markdown file; empty when a page cannot show it, so that the file is attached and read like any other."""
    try:
        return body_of(path.read_text("utf-8", "replace"))
    except TooLarge:
        return body_of("")


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
