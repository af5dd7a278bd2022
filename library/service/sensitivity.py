"""What must not be shared, looked for before others can read a record."""

from core.access import Viewer
from core.errors import require
from core.sensitivity import Checked, Rules, check, only_new, require_shareable
from core.uow import UnitOfWork
from library import policy, queries
from library.drafts import RecordDraft
from library.models import Record, RecordStatus
from library.reviewing import get_proposal
from library.sensitivity import texts_of, texts_of_content, texts_of_draft


def check_record(work: UnitOfWork, viewer: Viewer, record: Record, rules: Rules, *, reason: str = "") -> Checked:
    """Look through a record in the unit of work that publishes it, which has asked whether the viewer may.

    Raises SensitiveText for what stands in the way. With a reason, a librarian who did not write it lets through what needs
    review; the audit chain keeps the reason.
    """
    checked = check(texts_of(record), record.tlp, rules)
    may_accept = policy.can_accept_sensitive(viewer, record)
    require_shareable(work, record.ref, checked, rules, reason=reason, may_accept=may_accept)
    return checked


def check_edit(
    work: UnitOfWork, viewer: Viewer, record_id: int, draft: RecordDraft, rules: Rules, *, reason: str = ""
) -> Checked:
    """The same before an edit is stored. A draft may hold anything; a published record is read the moment it is saved.

    What the published text has already is not asked about again, unless the marking changes.
    """
    record = queries.get_record(work.session, viewer, record_id)
    require(policy.can_edit(viewer, record), "You can read this record but not change it.")
    checked = check(texts_of_draft(draft), draft.marking, rules)
    if record.status != RecordStatus.PUBLISHED:
        return checked
    if draft.marking is record.tlp:
        checked = only_new(checked, check(texts_of(record), record.tlp, rules), draft.marking, rules)
    may_accept = policy.can_accept_sensitive(viewer, record)
    require_shareable(work, record.ref, checked, rules, reason=reason, may_accept=may_accept)
    return checked


def check_proposal(work: UnitOfWork, viewer: Viewer, revision_id: int, rules: Rules, *, reason: str = "") -> Checked:
    """The same before a proposal becomes the current version: the rules may be others since it was written."""
    proposal = get_proposal(work.session, viewer, revision_id)
    marking = proposal.content.marking
    checked = check(texts_of_content(proposal.content), marking, rules)
    if marking is proposal.current.marking:
        known = check(texts_of_content(proposal.current), marking, rules)
        checked = only_new(checked, known, marking, rules)
    may_accept = policy.can_accept_sensitive(viewer, proposal.record)
    require_shareable(work, proposal.record.ref, checked, rules, reason=reason, may_accept=may_accept)
    return checked
