"""One run over one folder.

Each file is one unit of work, so that a stopped import goes on where it was; the digest of a file is its identity, so that
the same file twice, under whatever name, is one record. A file that cannot be read costs one line of the report.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import select

from core.access import Viewer
from core.content import ContentRef, Section
from core.errors import DomainError, Unavailable, require
from core.files import FileText, FileUse
from core.markup import sections
from core.people import Organisation
from core.uow import UnitOfWork
from indexer.extraction import Extraction, ExtractionLimits, ExtractionStatus, Extractor, sniff_media_type
from library import policy
from library.models import Record
from library.service import ImportedDocument, import_document
from webapp.library.importing.files import Found, name_of
from webapp.library.importing.markdown import EMPTY, propose_draft, read_markdown_source
from webapp.library.importing.metadata import ImportOptions, Metadata
from webapp.runtime import Runtime
from webapp.sharing.remarks import sentences_on

MARKDOWN = "text/markdown"
SEPARATOR = re.compile(r"[_\s]+|(?<=\w)-(?=\w)")


@dataclass(slots=True)
class ImportReport:
    """What became of the files, by path relative to the folder."""

    imported: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    without_text: dict[str, str] = field(default_factory=dict)
    """Imported, but found by title only; with the reason."""
    remarks: dict[str, str] = field(default_factory=dict)
    """Imported, with something to know of it: a guessed encoding, text that the file hides."""
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
        with path.open("rb") as stream:
            media_type = sniff_media_type(stream, path.name)
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
        report.remarks.update({name: " ".join(sentences_on(extraction.remarks))} if extraction.remarks else {})
        if extraction.status is ExtractionStatus.NO_TEXT:
            report.without_text[name] = extraction.reason

    def _save(self, path: Path, name: str, digest: str, media_type: str, extraction: Extraction) -> bool:
        """Store file and record; False when another import was faster."""
        text = read_markdown_source(path) if media_type == MARKDOWN else EMPTY
        row = self._metadata.of(name)
        title = _title(name, text.body.source, text.proposed.get("title", ""))
        draft = propose_draft(row, text.proposed, self._options, self._organisations, title=title, body=text.body)
        self._runtime.scanner.check(path)
        with path.open("rb") as stream:
            stored = self._runtime.files.put(stream, limit=self._runtime.settings.upload_mb << 20)
        with self._runtime.work(self._viewer) as work:
            if not text.is_whole:
                _keep_text(work, stored.sha256, media_type, extraction)
            document = ImportedDocument(
                draft=draft,
                digest=digest,
                filename=Path(name).name,
                media_type=media_type,
                stored=None if text.is_whole else stored,
            )
            return import_document(work, self._viewer, document) is not None

    def _known_digests(self) -> set[str]:
        with self._runtime.reading() as session:
            return {digest for digest in session.exec(select(Record.import_digest)) if digest}


def _keep_text(work: UnitOfWork, sha256: str, media_type: str, extraction: Extraction) -> None:
    """Store what was read, unless somebody read the same bytes before with success: one wrong verdict must not stick."""
    row = work.session.get(FileText, sha256)
    if row is not None and row.status == ExtractionStatus.OK.value:
        return
    row = row or FileText(sha256=sha256, media_type=media_type, updated_at=work.now)
    row.media_type, row.status, row.reason = media_type, extraction.status.value, extraction.reason
    row.pages, row.truncated, row.remarks = extraction.pages, extraction.truncated, list(extraction.remarks)
    row.blocks = [{"text": one.text, "heading": one.heading, "page": one.page} for one in extraction.blocks]
    row.updated_at = work.now
    work.session.add(row)
    work.session.flush()
    for use in work.session.exec(select(FileUse).where(FileUse.sha256 == sha256)):
        work.mark_dirty(ContentRef(use.kind, use.object_id), "text")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _title(name: str, body: str, proposed: str) -> str:
    """The first heading of a text, or what its header says, or the file name."""
    heading = next((section.place.label for section in _headed(body)), "")
    stem = Path(name).stem
    title = heading or proposed or " ".join(SEPARATOR.sub(" ", stem).split())
    return title[:200] if len(title) >= 4 else f"Document {title}"


def _headed(body: str) -> Iterator[Section]:
    return (section for section in sections(body[:20_000]) if section.place.label and " > " not in section.place.label)
