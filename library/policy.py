"""Who may do what in the library. Pure: no session, no HTTP. Seeing is decided by `core.access` alone."""

from core.access import Marked, Tokens, Viewer
from core.marking import Recipients
from core.people import Role
from library.models import Record, RecordStatus


def audience_of(record: Record, recipients: Recipients) -> Marked:
    """The facts that decide who sees a record."""
    return Marked(
        marking=record.tlp,
        organisation_id=record.organisation_id,
        author_id=record.author_id,
        listed_organisations=recipients.organisations,
        named_users=recipients.users,
        space_id=record.space_id,
    )


def can_read(viewer: Viewer, record: Record, tokens: Tokens) -> bool:
    """The access rule, and for what is not published: its author and the librarians."""
    if not viewer.sees(tokens):
        return False
    return record.status == RecordStatus.PUBLISHED or _works_on(viewer, record)


def can_create(viewer: Viewer) -> bool:
    """Every verified member may share what worked."""
    return bool(viewer.audience)


def can_write_for(viewer: Viewer, organisation_id: int) -> bool:
    """A record speaks for the author's own organisation or one above it; IPCU staff and librarians for any."""
    return f"org:{organisation_id}" in viewer.audience or viewer.has(Role.IPCU_STAFF, Role.LIBRARIAN)


def can_edit(viewer: Viewer, record: Record) -> bool:
    """The author and the librarians, as long as they see it; a withdrawn record stays as it is."""
    return record.status != RecordStatus.WITHDRAWN and _works_on(viewer, record)


def can_publish(viewer: Viewer, record: Record) -> bool:
    """Two-person rule: a librarian who is not the author."""
    return record.status == RecordStatus.DRAFT and viewer.has(Role.LIBRARIAN) and viewer.user_id != record.author_id


def can_accept_sensitive(viewer: Viewer, record: Record) -> bool:
    """Two-person rule again: what a check sends to review is let through by a librarian who did not write it."""
    return viewer.has(Role.LIBRARIAN) and viewer.user_id != record.author_id


def can_withdraw(viewer: Viewer, record: Record) -> bool:
    """Its author or a librarian."""
    return record.status == RecordStatus.PUBLISHED and _works_on(viewer, record)


def can_widen(viewer: Viewer, record: Record) -> bool:
    """Only the source may widen a marking (TLP 2.0): those of its organisation who may edit the record."""
    return _works_on(viewer, record) and viewer.organisation_id == record.organisation_id


def can_import(viewer: Viewer) -> bool:
    """Bringing in whole folders publishes at once, so it is for those who answer for the library."""
    return viewer.has(Role.LIBRARIAN, Role.ADMINISTRATOR)


def can_handle_requests(viewer: Viewer) -> bool:
    """Knowledge requests are worked on by librarians and IPCU staff."""
    return viewer.has(Role.LIBRARIAN, Role.IPCU_STAFF)


def _works_on(viewer: Viewer, record: Record) -> bool:
    return viewer.user_id == record.author_id or viewer.has(Role.LIBRARIAN)
