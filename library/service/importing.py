"""One document of a folder becomes one published record."""

from dataclasses import dataclass

from sqlmodel import select

from core.access import Viewer
from core.attachments import attach
from core.errors import require
from core.files import StoredFile
from core.uow import UnitOfWork
from library import policy
from library.drafts import RecordDraft
from library.models import Record
from library.service.attachments import RECORD_HOST
from library.service.records import create_record, release_record


@dataclass(frozen=True, slots=True)
class ImportedDocument:
    """A file and what is known of it."""

    draft: RecordDraft
    digest: str
    """SHA-256 of the file as found: the identity of the import."""
    filename: str
    media_type: str
    stored: StoredFile | None
    """The file to attach; None when its whole text is the body."""


def import_document(work: UnitOfWork, viewer: Viewer, document: ImportedDocument) -> Record | None:
    """Bring in a document and publish it. None when it was imported before."""
    require(policy.can_import(viewer), "Importing is for librarians and administrators.")
    if work.session.exec(select(Record).where(Record.import_digest == document.digest)).first():
        return None
    record = create_record(work, viewer, document.draft)
    record.import_digest = document.digest
    if document.stored is not None:
        attach(
            work,
            viewer,
            RECORD_HOST,
            record.ref.id,
            filename=document.filename,
            stored=document.stored,
            media_type=document.media_type,
        )
    release_record(work, record, publisher_id=viewer.user_id)
    work.audit("record.imported", record.ref, digest=document.digest)
    return record
