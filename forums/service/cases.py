"""From a flag to a decision, and from there to the appeal: another moderator decides it."""

from sqlmodel import Session, col, select

from core.access import Viewer
from core.content import ContentRef
from core.errors import Conflict, Forbidden, require
from core.uow import UnitOfWork
from forums import policy
from forums.drafts import DecisionDraft, FlagDraft, ReasonDraft
from forums.models import Case, CaseState, Decision, Flag, Post, PostState
from forums.queries import cases, posts
from forums.queries.threads import Opened
from forums.service.editing import bring_back, remove

CASE = "case"
"""Kind of a moderation case in `ContentRef`."""


def flag_post(work: UnitOfWork, viewer: Viewer, post_id: int, draft: FlagDraft) -> Case:
    """Bring a post before the moderators. One open case holds all flags of a post; each person flags once."""
    opened, post = posts.open_post(work.session, viewer, post_id)
    require(policy.can_flag(opened.rights, opened.thread, post), "You cannot flag this post.")
    open_one = select(Case).where(Case.post_id == post_id, Case.state == CaseState.OPEN.value)
    case = work.session.exec(open_one).first()
    if case is None:
        case = Case(post_id=post_id, category_id=opened.thread.category_id, opened_at=work.now)
        work.session.add(case)
        work.session.flush()
    assert case.id is not None
    mine = select(Flag.id).where(Flag.case_id == case.id, Flag.user_id == viewer.user_id)
    if work.session.exec(mine).first() is not None:
        raise Conflict("You have flagged this post already. The moderators will look at it.")
    work.session.add(
        Flag(case_id=case.id, user_id=viewer.user_id, reason=draft.reason.value, note=draft.note, at=work.now)
    )
    case.flags += 1
    work.session.add(case)
    work.session.flush()
    work.audit("post.flagged", post.ref, reason=draft.reason.value)
    return case


def claim_case(work: UnitOfWork, viewer: Viewer, case_id: int) -> Case:
    """Take a case to decide it. Raises Conflict when another moderator has it."""
    case, _, post = _opened(work.session, viewer, case_id)
    if case.state not in (CaseState.OPEN, CaseState.APPEALED):
        raise Conflict("This case is decided.")
    if case.assignee_id not in (None, viewer.user_id):
        raise Conflict("Another moderator has taken this case.")
    _check_impartial(case, viewer, post)
    case.assignee_id = viewer.user_id
    _save(work, case)
    work.audit("case.claimed", _ref(case))
    return case


def release_case(work: UnitOfWork, viewer: Viewer, case_id: int) -> Case:
    """Give a case back to the queue."""
    case, _, _ = _opened(work.session, viewer, case_id)
    if case.assignee_id != viewer.user_id:
        raise Conflict("You have not taken this case.")
    case.assignee_id = None
    _save(work, case)
    work.audit("case.returned", _ref(case))
    return case


def decide_case(work: UnitOfWork, viewer: Viewer, case_id: int, draft: DecisionDraft) -> Case:
    """Decide about a flagged post. Author and flaggers read the reason."""
    case, opened, post = _opened(work.session, viewer, case_id)
    if case.state != CaseState.OPEN:
        raise Conflict("This case is decided.")
    _check_taken(case, viewer, post)
    if draft.decision is Decision.REMOVED and post.state == PostState.SHOWN:
        if post.id == posts.first_post(work.session, post.thread_id).id:
            raise Conflict("A thread stands on its first post: remove the thread, then decide that the post stays.")
        remove(work, opened, post, draft.reason)
    case.state, case.decision, case.reason = CaseState.DECIDED.value, draft.decision.value, draft.reason
    case.decided_by, case.decided_at, case.assignee_id = viewer.user_id, work.now, None
    _save(work, case)
    work.audit("case.decided", _ref(case), decision=case.decision)
    _tell_both_sides(work, case, post, "case.decided", viewer)
    return case


def appeal_decision(work: UnitOfWork, viewer: Viewer, case_id: int, draft: ReasonDraft) -> Case:
    """Ask for another moderator: the author of a removed post, or who flagged one that stays. Once for each case."""
    case = cases.get_own_case(work.session, viewer, case_id)
    if case.state != CaseState.DECIDED:
        raise Conflict("There is no decision to appeal against, or an appeal was made already.")
    is_author = cases.author_of(work.session, case) == viewer.user_id
    if is_author != (case.decision == Decision.REMOVED):
        raise Forbidden("This decision is not against you.")
    case.state, case.appeal = CaseState.APPEALED.value, draft.reason
    case.appealed_by, case.appealed_at = viewer.user_id, work.now
    _save(work, case)
    work.audit("case.appealed", _ref(case))
    return case


def decide_appeal(work: UnitOfWork, viewer: Viewer, case_id: int, draft: DecisionDraft) -> Case:
    """Decide an appeal. Only by another moderator than the first time; nothing follows after that."""
    case, opened, post = _opened(work.session, viewer, case_id)
    if case.state != CaseState.APPEALED:
        raise Conflict("There is no appeal to decide.")
    _check_taken(case, viewer, post)
    if draft.decision is Decision.REMOVED and post.state == PostState.SHOWN:
        remove(work, opened, post, draft.reason)
    elif draft.decision is Decision.KEPT and post.state == PostState.DELETED:
        bring_back(work, opened, post)
    case.state, case.appeal_decision, case.appeal_reason = CaseState.CLOSED.value, draft.decision.value, draft.reason
    case.appeal_decided_by, case.closed_at, case.assignee_id = viewer.user_id, work.now, None
    _save(work, case)
    work.audit("case.closed", _ref(case), decision=case.appeal_decision)
    _tell_both_sides(work, case, post, "case.closed", viewer)
    return case


def _opened(session: Session, viewer: Viewer, case_id: int) -> tuple[Case, Opened, Post]:
    case = cases.get_case(session, viewer, case_id)
    opened, post = posts.open_post(session, viewer, case.post_id)
    return case, opened, post


def _check_taken(case: Case, viewer: Viewer, post: Post) -> None:
    _check_impartial(case, viewer, post)
    if case.assignee_id != viewer.user_id:
        raise Conflict("Take the case first, so that no two decide it.")


def _check_impartial(case: Case, viewer: Viewer, post: Post) -> None:
    if post.author_id == viewer.user_id:
        raise Forbidden("Nobody decides about his own post.")
    if case.state == CaseState.APPEALED and viewer.user_id in (case.decided_by, case.appealed_by):
        raise Forbidden("Another moderator decides an appeal.")


def _tell_both_sides(work: UnitOfWork, case: Case, post: Post, event: str, decider: Viewer) -> None:
    flaggers = work.session.exec(select(Flag.user_id).where(col(Flag.case_id) == case.id)).all()
    for person in dict.fromkeys([post.author_id, *flaggers]):
        if person != decider.user_id:
            work.notify(person, event, _ref(case), {})


def _save(work: UnitOfWork, case: Case) -> None:
    case.revision += 1
    work.session.add(case)
    work.session.flush()


def _ref(case: Case) -> ContentRef:
    assert case.id is not None
    return ContentRef(CASE, case.id)
