"""Files of records."""

import unicodedata

from sqlmodel import select

from core.access import Viewer
from core.content import ContentRef
from core.errors import Conflict, Invalid, Message, require
from core.files import StoredFile, release_file, use_file
from core.uow import UnitOfWork
from library import policy, queries
from library.models import Attachment, Record
from library.service.records import touch_record

MAX_ATTACHMENTS = 20
MAX_FILENAME = 150


def add_attachment(
    work: UnitOfWork, viewer: Viewer, record_id: int, *, filename: str, stored: StoredFile, media_type: str
) -> Attachment:
    """Attach a stored file; its text becomes searchable when it has been extracted. Raises Conflict for a second copy."""
    record = queries.get_record(work.session, viewer, record_id)
    require(policy.can_edit(viewer, record), "You can read this record but not change it.")
    if len(queries.list_attachments(work.session, record_id)) >= MAX_ATTACHMENTS:
        message = Message("A record takes at most %(count)s files.", count=MAX_ATTACHMENTS)
        raise Invalid(message, {"file": message})
    return attach(work, viewer, record, filename=filename, stored=stored, media_type=media_type)


def attach(
    work: UnitOfWork, viewer: Viewer, record: Record, *, filename: str, stored: StoredFile, media_type: str
) -> Attachment:
    """The step that uploading and importing share."""
    mine = select(Attachment).where(Attachment.record_id == record.id, Attachment.sha256 == stored.sha256)
    if work.session.exec(mine).first():
        raise Conflict("This file is already attached to the record.")
    assert record.id is not None
    attachment = Attachment(
        record_id=record.id,
        filename=clean_filename(filename),
        sha256=stored.sha256,
        size=stored.size,
        media_type=media_type,
        added_by=viewer.user_id,
        added_at=work.now,
    )
    work.session.add(attachment)
    use_file(work.session, record.ref, stored.sha256, media_type, work.now)
    touch_record(work, record, "attachment")
    work.audit("attachment.added", record.ref, attachment=attachment.id, sha256=stored.sha256)
    return attachment


def remove_attachment(work: UnitOfWork, viewer: Viewer, attachment_id: int) -> Record:
    """Take a file off its record. Raises NotFound."""
    attachment = queries.get_attachment(work.session, viewer, attachment_id)
    record = queries.get_record(work.session, viewer, attachment.record_id)
    require(policy.can_edit(viewer, record), "You can read this record but not change it.")
    work.session.delete(attachment)
    work.session.flush()
    release_file(work.session, ContentRef(record.ref.kind, record.ref.id), attachment.sha256)
    touch_record(work, record, "attachment")
    work.audit("attachment.removed", record.ref, attachment=attachment_id, sha256=attachment.sha256)
    return record


def clean_filename(name: str) -> str:
    """A file name that is only a name: no path, no control or direction characters, never empty."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if dot and len(ending) <= 10:
        kept = f"{stem[: MAX_FILENAME - len(ending) - 1]}.{ending}"
    return kept[:MAX_FILENAME] or "file"
