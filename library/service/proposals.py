"""Changes of published records by somebody who may not publish them: proposed, accepted, sent back, taken back."""

from core.access import Tokens, Viewer, tokens_in, viewer_of
from core.errors import Conflict, Invalid, Message, require
from core.marking import is_wider
from core.people import get_user
from core.uow import UnitOfWork
from library import policy
from library.content import GRADE, MARKING, RecordContent
from library.drafts import AcceptDraft, RecordDraft, ReturnDraft
from library.models import Effect, Record, RecordRevision, RevisionState
from library.reviewing import Proposal, find_own_proposal, find_publishers, get_proposal
from library.service.storing import keep_first_version, keep_version, store_content, touch_record

DECIDED = Message("Somebody has decided on this proposal already.")
CHANGED = Message("This proposal, or the record, was changed since you opened it. Compare again, then decide.")
NOT_YOURS = Message("A second person decides on a proposed change: a librarian who did not write it.")


def propose_revision(
    work: UnitOfWork, viewer: Viewer, record: Record, content: RecordContent, draft: RecordDraft
) -> tuple[RecordRevision | None, bool]:
    """Keep what the viewer, who may edit the record, wants it to say; a tighter marking takes effect at once.

    Returns the proposal, None when nothing is left to propose, and whether the marking took effect. Raises Conflict when he
    went on with his earlier proposal in another window.
    """
    earlier = find_own_proposal(work.session, viewer, record.ref.id)
    if earlier is not None and draft.stamp != earlier.stamp:
        raise Conflict("You have proposed a change of this record already. Compare, then save again.")
    current = RecordContent.of_record(work.session, record)
    is_tightened = _tighten(work, viewer, record, current, content)
    if is_tightened:
        current = current.taking(content, MARKING)
    if content.says_the_same(current):
        if earlier is not None:
            _close(work, earlier, RevisionState.TAKEN_BACK, viewer)
        return None, is_tightened
    proposal = earlier or RecordRevision(
        record_id=record.ref.id,
        state=RevisionState.OPEN.value,
        content={},
        base_revision=0,
        stamp=0,
        writer_id=viewer.user_id,
        written_at=work.now,
    )
    proposal.content, proposal.note, proposal.is_minor = content.as_json(), draft.note, draft.is_minor
    proposal.base_revision, proposal.written_at = record.revision, work.now
    proposal.stamp += 1
    work.session.add(proposal)
    work.session.flush()
    work.audit("record.proposed", record.ref, proposal=proposal.id, stamp=proposal.stamp)
    if earlier is None:
        for person in find_publishers(work.session, record).people:
            work.notify(person.id or 0, "revision.proposed", proposal.ref, {})
    return proposal, is_tightened


def accept_revision(work: UnitOfWork, viewer: Viewer, revision_id: int, draft: AcceptDraft) -> Record:
    """Make a proposal the current version, with the evidence and review dates that its reviewer sets.

    Raises Conflict when the proposal or the record is not what the reviewer has read. The marking of a proposal that was
    written before the record changed never widens it.
    """
    proposal = _to_decide(work, viewer, revision_id, draft.stamp)
    record, revision = proposal.record, proposal.revision
    if draft.revision != record.revision:
        raise Conflict(CHANGED)
    content, old_marking = _acceptable(work, viewer, proposal, draft), record.marking
    keep_first_version(work, record)
    record.published_by, record.changed_at = viewer.user_id, work.now
    store_content(work.session, record, content)
    touch_record(work, record, "revision")
    revision.content, revision.revision = content.as_json(), record.revision
    _close(work, revision, RevisionState.ACCEPTED, viewer)
    work.audit("record.revised", record.ref, revision=record.revision, proposal=revision.id, writer=revision.writer_id)
    if old_marking != record.marking:
        work.audit("record.marked", record.ref, before=old_marking, after=record.marking)
    work.notify(revision.writer_id, "revision.accepted", record.ref, {})
    return record


def return_revision(work: UnitOfWork, viewer: Viewer, revision_id: int, draft: ReturnDraft) -> RecordRevision:
    """Send a proposal back to its writer, who is told the reason and can go on from it."""
    proposal = _to_decide(work, viewer, revision_id, draft.stamp)
    proposal.revision.reason = draft.reason
    _close(work, proposal.revision, RevisionState.RETURNED, viewer)
    # The reason stands on the proposal, under the record's marking; the audit keeps no text of restricted content.
    work.audit("record.returned", proposal.record.ref, proposal=proposal.revision.id)
    work.notify(proposal.revision.writer_id, "revision.returned", proposal.revision.ref, {})
    return proposal.revision


def take_back_revision(work: UnitOfWork, viewer: Viewer, revision_id: int) -> RecordRevision:
    """Its writer no longer wants it. Raises Conflict when it was decided on."""
    proposal = get_proposal(work.session, viewer, revision_id)
    require(viewer.user_id == proposal.revision.writer_id, "Only who proposed a change may take it back.")
    if proposal.revision.state != RevisionState.OPEN:
        raise Conflict(DECIDED)
    _close(work, proposal.revision, RevisionState.TAKEN_BACK, viewer)
    work.audit("record.taken_back", proposal.record.ref, proposal=proposal.revision.id)
    return proposal.revision


def _to_decide(work: UnitOfWork, viewer: Viewer, revision_id: int, stamp: int) -> Proposal:
    proposal = get_proposal(work.session, viewer, revision_id)
    require(policy.can_review(viewer, proposal.record, proposal.revision), NOT_YOURS)
    if proposal.revision.state != RevisionState.OPEN:
        raise Conflict(DECIDED)
    require(proposal.may_review, NOT_YOURS)
    if proposal.revision.stamp != stamp:
        raise Conflict(CHANGED)
    return proposal


def _acceptable(work: UnitOfWork, viewer: Viewer, proposal: Proposal, draft: AcceptDraft) -> RecordContent:
    content, current, record = proposal.content, proposal.current, proposal.record
    graded: dict[str, object] = {name: getattr(current, name) for name in GRADE}
    if policy.can_grade(viewer):
        given = {name: getattr(draft, name) for name in GRADE}
        graded = {name: getattr(content, name) if value is None else value for name, value in given.items()}
        graded["effect"] = Effect(str(graded["effect"]))
    content = content.model_copy(update=graded)
    if content.reviewed_on and content.review_due and content.review_due <= content.reviewed_on:
        message = Message("The next review must be after the last one.")
        raise Invalid(message, {"review_due": message})
    writer = viewer_of(work.session, get_user(work.session, proposal.revision.writer_id))
    may_widen = policy.can_widen(writer, record) and not proposal.is_outdated
    if not may_widen and _widens(work, record, content, current):
        content = content.taking(current, (*MARKING, "organisation_id"))
    return content


def _tighten(work: UnitOfWork, viewer: Viewer, record: Record, current: RecordContent, content: RecordContent) -> bool:
    tighter = current.taking(content, MARKING)
    if tighter.says_the_same(current) or _widens(work, record, tighter, current):
        return False
    keep_first_version(work, record)
    old_marking, record.changed_at = record.marking, work.now
    store_content(work.session, record, tighter)
    touch_record(work, record, "edit")
    keep_version(work, viewer, record, tighter, note="", is_minor=True)
    work.audit("record.edited", record.ref, revision=record.revision)
    work.audit("record.marked", record.ref, before=old_marking, after=record.marking)
    return True


def _widens(work: UnitOfWork, record: Record, new: RecordContent, old: RecordContent) -> bool:
    """By whom it reaches, or by its label: TLP:CLEAR and TLP:GREEN reach the same here and allow different things."""
    wider = is_wider(work.session, _tokens(work, record, new), _tokens(work, record, old))
    return wider or new.marking.strictness < old.marking.strictness


def _tokens(work: UnitOfWork, record: Record, content: RecordContent) -> Tokens:
    return tokens_in(work.session, content.marked(record.author_id))


def _close(work: UnitOfWork, revision: RecordRevision, state: RevisionState, viewer: Viewer) -> None:
    revision.state, revision.decided_at = state.value, work.now
    revision.reviewer_id = None if state is RevisionState.TAKEN_BACK else viewer.user_id
    work.session.add(revision)
