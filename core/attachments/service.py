"""Attaching files to objects and taking them off again."""

import unicodedata
from typing import Protocol

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from core.access import Viewer
from core.attachments.models import Attachment
from core.attachments.queries import NOT_HERE, get_attachment, list_attachments
from core.content import ContentRef
from core.errors import Conflict, Invalid, Message, NotFound
from core.files import StoredFile, release_file, use_file
from core.uow import UnitOfWork

MAX_ATTACHMENTS = 20
MAX_FILENAME = 150
JOINERS = "\u200c\u200d"
"""Zero-width signs that Urdu and Persian words are spelt with."""


class Host(Protocol):
    """What a domain says about objects of one kind that have files."""

    @property
    def kind(self) -> str:
        """Kind of the objects in `ContentRef`."""

    def require_readable(self, session: Session, viewer: Viewer, object_id: int) -> None:
        """Raise NotFound(NOT_HERE) for an object that is not there or not for this viewer."""

    def require_editable(self, session: Session, viewer: Viewer, object_id: int) -> None:
        """The same, and raise Forbidden when he may read the object but not change its files."""

    def changed(self, work: UnitOfWork, object_id: int) -> None:
        """The object's files are others now: raise its revision, tell search."""


def attach(
    work: UnitOfWork,
    viewer: Viewer,
    host: Host,
    object_id: int,
    *,
    filename: str,
    stored: StoredFile,
    media_type: str,
) -> Attachment:
    """Attach a file; its text becomes searchable when it has been extracted.

    A file of the same name becomes an earlier version of this one. Raises Conflict for a file that is attached already,
    Invalid for one file too many, and what the host raises.
    """
    session, ref = work.session, ContentRef(host.kind, object_id)
    host.require_editable(session, viewer, object_id)
    name = clean_filename(filename)
    others = list_attachments(session, host.kind, [object_id]).get(object_id, [])
    if any(one.sha256 == stored.sha256 for one in others):
        raise Conflict("This file is already attached.")
    replaced = next((one for one in others if one.filename.casefold() == name.casefold()), None)
    if replaced is None and len(others) >= MAX_ATTACHMENTS:
        message = Message("At most %(count)s files can be attached.", count=MAX_ATTACHMENTS)
        raise Invalid(message, {"file": message})
    attachment = Attachment(
        kind=host.kind,
        object_id=object_id,
        filename=name,
        sha256=stored.sha256,
        size=stored.size,
        media_type=media_type,
        added_by=viewer.user_id,
        added_at=work.now,
    )
    session.add(attachment)
    session.flush()
    if replaced is not None:
        _supersede(session, replaced, attachment)
    use_file(session, ref, stored.sha256, media_type, work.now)
    host.changed(work, object_id)
    replaces = {"replaces": replaced.id} if replaced else {}
    work.audit("attachment.added", ref, attachment=attachment.id, sha256=stored.sha256, **replaces)
    return attachment


def detach(work: UnitOfWork, viewer: Viewer, host: Host, attachment_id: int) -> Attachment:
    """Take a file off its object, with its earlier versions; or one earlier version. Raises NotFound, and what the host raises."""
    session = work.session
    attachment = get_attachment(session, attachment_id)
    if attachment.kind != host.kind:
        raise NotFound(NOT_HERE)
    host.require_editable(session, viewer, attachment.object_id)
    earlier = session.exec(select(Attachment).where(Attachment.replaced_by == attachment_id)).all()
    for one in earlier:
        session.delete(one)
    session.flush()
    session.delete(attachment)
    session.flush()
    if attachment.replaced_by is None:
        release_file(session, attachment.ref, attachment.sha256)
    host.changed(work, attachment.object_id)
    work.audit(
        "attachment.removed", attachment.ref, attachment=attachment_id, sha256=attachment.sha256, earlier=len(earlier)
    )
    return attachment


def clean_filename(name: str) -> str:
    """A file name that is only a name: no path, no control or direction characters, one line, never empty."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in name if char in JOINERS or not _is_unseen(char)).strip(" ." + JOINERS)
    stem, dot, ending = kept.rpartition(".")
    if dot and len(ending) <= 10:
        kept = f"{stem[: MAX_FILENAME - len(ending) - 1]}.{ending}"
    return kept[:MAX_FILENAME] or "file"


def _is_unseen(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] == "C" or category in ("Zl", "Zp")


def _supersede(session: Session, old: Attachment, new: Attachment) -> None:
    versions = or_(col(Attachment.id) == old.id, col(Attachment.replaced_by) == old.id)
    session.execute(
        update(Attachment).where(versions).values(replaced_by=new.id).execution_options(synchronize_session="fetch")
    )
    release_file(session, old.ref, old.sha256)
