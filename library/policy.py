"""Who may do what in the library. Pure: no session, no HTTP. Seeing is decided by `core.access` alone."""

from core.access import Marked, Marking, Tokens, Viewer
from core.marking import Recipients
from core.people import Role
from library.models import Record, RecordRevision, RecordStatus


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


def can_read(viewer: Viewer, record: Record, tokens: Tokens, *, is_trusted: bool = False) -> bool:
    """The access rule; what is not published is for those who work on it or can publish it.

    `is_trusted`: the viewer's organisation reviews drafts of the record's source.
    """
    match record.status:
        case RecordStatus.DELETED:
            return False
        case RecordStatus.PUBLISHED:
            return viewer.sees(tokens)
        case RecordStatus.DRAFT if reviews_unseen(viewer, record, is_trusted=is_trusted):
            return True
        case RecordStatus.DRAFT if record.tlp is Marking.RED:
            return viewer.sees(tokens)
    return viewer.sees(tokens) and _works_on(viewer, record)


def reviews_unseen(viewer: Viewer, record: Record, *, is_trusted: bool) -> bool:
    """True for what waits for review of an organisation that consented to the viewer's librarians: never TLP:RED."""
    return is_trusted and viewer.has(Role.LIBRARIAN) and record.tlp is not Marking.RED


def is_second_person(viewer: Viewer, record: Record) -> bool:
    """Two-person rule, of somebody who can open it: a librarian other than its author; of TLP:RED any other named person."""
    return viewer.user_id != record.author_id and (viewer.has(Role.LIBRARIAN) or record.tlp is Marking.RED)


def can_create(viewer: Viewer) -> bool:
    """Every verified member may share what worked."""
    return bool(viewer.audience)


def can_write_for(viewer: Viewer, organisation_id: int) -> bool:
    """A record speaks for the author's own organisation or one above it; IPCU staff and librarians for any."""
    return f"org:{organisation_id}" in viewer.audience or viewer.has(Role.IPCU_STAFF, Role.LIBRARIAN)


def can_edit(viewer: Viewer, record: Record) -> bool:
    """The author and the librarians, as long as they see it; what is withdrawn or deleted stays as it is."""
    return record.status in (RecordStatus.DRAFT, RecordStatus.PUBLISHED) and _works_on(viewer, record)


def can_publish(viewer: Viewer, record: Record) -> bool:
    """Two-person rule, for drafts."""
    return record.status == RecordStatus.DRAFT and is_second_person(viewer, record)


def changes_at_once(viewer: Viewer, record: Record) -> bool:
    """Drafts are their writers'. A change of what is published takes effect at once when its writer is the second person."""
    return record.status != RecordStatus.PUBLISHED or (
        viewer.has(Role.LIBRARIAN) and viewer.user_id != record.author_id
    )


def can_review(viewer: Viewer, record: Record, revision: RecordRevision) -> bool:
    """Two-person rule, for proposed revisions of what he can open."""
    return viewer.user_id != revision.writer_id and is_second_person(viewer, record)


def can_grade(viewer: Viewer) -> bool:
    """Evidence and review dates are set by librarians (METHODS section 7)."""
    return viewer.has(Role.LIBRARIAN)


def can_delete(viewer: Viewer, record: Record) -> bool:
    """A draft is its author's to throw away."""
    return record.status == RecordStatus.DRAFT and viewer.user_id == record.author_id


def can_see_history(viewer: Viewer, record: Record) -> bool:
    """Earlier texts may hold what was taken out on purpose: they are for those who work on the record."""
    return _works_on(viewer, record)


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
