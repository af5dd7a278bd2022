"""Reads of attached files. Who may see them is asked of the object's `Host` by whoever shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from core.attachments.models import Attachment
from core.content import Place, Section
from core.errors import Message, NotFound
from core.files import FileText, texts_of

NOT_HERE = Message("There is nothing like this here, or it is not shared with you.")
"""One sentence for objects and their files: a different one for each would tell that a hidden one exists."""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of an object as a list shows it."""

    attachment: Attachment
    text: FileText | None
    """What became of reading its text."""
    earlier: tuple[Attachment, ...] = ()
    """Versions it replaced, newest first."""


def get_attachment(session: Session, attachment_id: int) -> Attachment:
    """Raises NotFound. The caller asks the host whether the viewer may know of it."""
    attachment = session.get(Attachment, attachment_id)
    if attachment is None:
        raise NotFound(NOT_HERE)
    return attachment


def list_attachments(session: Session, kind: str, ids: Sequence[int]) -> dict[int, list[Attachment]]:
    """The files of each object, newest versions only, in the order they were added; objects without any are left out."""
    newest = select(Attachment).where(col(Attachment.replaced_by).is_(None), Attachment.kind == kind)
    found: dict[int, list[Attachment]] = {}
    for row in session.exec(newest.where(col(Attachment.object_id).in_(ids)).order_by(col(Attachment.id))):
        found.setdefault(row.object_id, []).append(row)
    return found


def list_files(session: Session, kind: str, object_id: int) -> list[AttachedFile]:
    """The files of one object with their state and their earlier versions."""
    newest = list_attachments(session, kind, [object_id]).get(object_id, [])
    replaced = select(Attachment).where(col(Attachment.replaced_by).in_([one.id for one in newest]))
    earlier: dict[int | None, list[Attachment]] = {}
    for row in session.exec(replaced.order_by(col(Attachment.id).desc())):
        earlier.setdefault(row.replaced_by, []).append(row)
    texts = texts_of(session, (one.sha256 for one in newest))
    return [AttachedFile(one, texts.get(one.sha256), tuple(earlier.get(one.id, ()))) for one in newest]


def sections_of(session: Session, kind: str, ids: Sequence[int]) -> dict[int, list[Section]]:
    """The texts of each object's files, page by page where they have pages: what a content source adds to its own text."""
    files = list_attachments(session, kind, ids)
    texts = texts_of(session, (one.sha256 for group in files.values() for one in group))
    return {
        object_id: [section for one in group if one.sha256 in texts for section in _sections(one, texts[one.sha256])]
        for object_id, group in files.items()
    }


def _sections(attachment: Attachment, text: FileText) -> Iterator[Section]:
    for block in text.blocks:
        page = block.get("page")
        place = Place("attachment", attachment.filename, "", page if isinstance(page, int) else None, attachment.id)
        heading, body = str(block.get("heading") or ""), str(block.get("text") or "")
        yield Section(f"{heading}\n{body}" if heading and heading not in body[:200] else body, place)
