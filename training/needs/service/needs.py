"""Needs: written, changed, and moved through their life cycle."""

from typing import Any

from sqlmodel import Session

from core.access import Tokens, Viewer, load_tokens
from core.content import ContentRef
from core.errors import Conflict, Forbidden, Invalid, Message, require
from core.links import LinkState, decide_link
from core.marking import Recipients, check_recipients, check_space, is_wider, keep_own_access, mark
from core.people import Role, User, list_users_with_role, roles_of
from core.uow import UnitOfWork
from training.needs import policy, queries
from training.needs.drafts import NeedDraft, StepDraft
from training.needs.lifecycle import Transition, steps_from
from training.needs.models import HANDED_TO, KIND, Cause, Need, Status

REASON_LENGTH = 5
_FIELDS = (
    "title",
    "statement",
    "topic",
    "cross_cutting",
    "incidents",
    "profile",
    "officers",
    "level_now",
    "level_wanted",
    "urgency",
    "owner_id",
    "language",
    "space_id",
)


def create_need(work: UnitOfWork, viewer: Viewer, draft: NeedDraft) -> Need:
    """A new draft. The staff who may see it are told."""
    require(policy.can_create(viewer))
    _check_source(viewer, draft)
    _check_references(work.session, viewer, draft, None)
    need = Need(
        organisation_id=draft.organisation_id,
        author_id=viewer.user_id,
        created_at=work.now,
        changed_at=work.now,
        **_values(draft),
    )
    work.session.add(need)
    work.session.flush()
    keep_own_access(viewer, _mark(work.session, need, draft))
    work.mark_dirty(need.ref, "create")
    work.audit("need.created", need.ref)
    tell_staff(work, viewer, need.ref, "need.proposed")
    return need


def edit_need(work: UnitOfWork, viewer: Viewer, need_id: int, draft: NeedDraft) -> Need:
    """Change a need. Raises Conflict when somebody changed it since the editor was opened."""
    need = queries.get_need(work.session, viewer, need_id)
    require(policy.can_edit(viewer, need), "You may not change this need.")
    if draft.revision is not None and draft.revision != need.revision:
        raise Conflict("Somebody has changed this need since you opened it. Compare before you save.")
    if draft.organisation_id != need.organisation_id:
        _check_source(viewer, draft)
    _check_references(work.session, viewer, draft, need)
    old = load_tokens(work.session, KIND, [need_id])[need_id]
    may_widen = policy.can_widen(viewer, need)
    is_moved = draft.organisation_id != need.organisation_id
    for name, value in _values(draft).items():
        setattr(need, name, value)
    need.organisation_id = draft.organisation_id
    new = _mark(work.session, need, draft)
    if (is_moved or is_wider(work.session, new, old)) and not may_widen:
        raise Forbidden("Only the organisation a need comes from may let more people see it.")
    keep_own_access(viewer, new)
    _touch(work, need, "edit")
    work.audit("need.edited", need.ref, revision=need.revision)
    return need


def move_need(work: UnitOfWork, viewer: Viewer, need_id: int, step: StepDraft) -> Need:
    """Take a step of the life cycle. Raises Conflict for one that the need cannot take from where it stands now."""
    need = queries.get_need(work.session, viewer, need_id)
    require(policy.can_move(viewer), "Needs are moved by the staff of the unit.")
    transition = _transition(need, step)
    _apply(work, need, transition, step.reason)
    _tell_keepers(work, viewer, need)
    return need


def refer_need(work: UnitOfWork, viewer: Viewer, need_id: int, step: StepDraft, task: ContentRef | None) -> Need:
    """Hand a need to who can remove its cause (METHODS section 1, cause gate).

    A missing procedure becomes a task of the library, which the caller has made in this unit of work and passes as `task`;
    for equipment and staffing the reason says to whom it goes.
    """
    if step.verb != "refer":
        raise Invalid("This is not how a need is referred.")
    need = move_need(work, viewer, need_id, step)
    if Cause(need.cause) is Cause.PROCEDURE and task is None:
        raise Invalid(
            "A missing procedure needs a task for the library.", {"question": Message("Please fill this in.")}
        )
    if task is not None:
        decide_link(work, viewer.user_id, need.ref, HANDED_TO, task, LinkState.CONFIRMED)
    return need


def release_need(work: UnitOfWork, need: Need) -> None:
    """Open a draft without asking who does it: for the demo and for tests."""
    need.status = Status.OPEN.value
    _touch(work, need, "open")
    work.audit("need.opened", need.ref)


def tell_staff(work: UnitOfWork, viewer: Viewer, ref: ContentRef, event: str) -> None:
    """Notify the unit's staff. A notice shows the title only to who may see it, at the moment of reading."""
    for person in list_users_with_role(work.session, Role.IPCU_STAFF):
        if person.id is not None and person.id != viewer.user_id:
            work.notify(person.id, event, ref, {})


def _transition(need: Need, step: StepDraft) -> Transition:
    if step.status is not None and step.status != need.status:
        raise Conflict("Somebody has moved this need since you opened the page.")
    possible = {one.verb: one for one in steps_from(Status(need.status), Cause(need.cause))}
    if step.verb not in possible:
        raise Conflict("A need with this state and cause cannot take that step.")
    transition = possible[step.verb]
    if transition.wants_reason and len(step.reason) < REASON_LENGTH:
        raise Invalid("This step needs a reason.", {"reason": Message("Please say why, in some words.")})
    return transition


def _apply(work: UnitOfWork, need: Need, transition: Transition, reason: str) -> None:
    need.status = transition.target.value
    need.reason = reason if transition.wants_reason else ""
    _touch(work, need, transition.verb)
    # The reason stands on the need, under its marking; the audit keeps no text of restricted content.
    work.audit(f"need.{transition.target.value}", need.ref, verb=transition.verb)


def _tell_keepers(work: UnitOfWork, viewer: Viewer, need: Need) -> None:
    for person in {need.author_id, need.owner_id} - {viewer.user_id, None}:
        assert person is not None
        work.notify(person, f"need.{need.status}", need.ref, {})


def _touch(work: UnitOfWork, need: Need, reason: str) -> None:
    need.revision += 1
    need.changed_at = work.now
    work.session.add(need)
    work.mark_dirty(need.ref, reason)


def _values(draft: NeedDraft) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(draft, name) for name in _FIELDS}
    return values | {
        "rank_band": draft.rank_band.value,
        "cause": draft.cause.value,
        "marking": draft.marking.value,
    }


def _mark(session: Session, need: Need, draft: NeedDraft) -> Tokens:
    listed, named = frozenset(draft.listed_organisations), frozenset(draft.named_users)
    return mark(session, need.ref, policy.audience_of(need, Recipients(listed, named)))


def _check_source(viewer: Viewer, draft: NeedDraft) -> None:
    if not policy.can_write_for(viewer, draft.organisation_id):
        message = Message("You can write for your own organisation and those above it.")
        raise Invalid(message, {"organisation_id": message})


def _check_references(session: Session, viewer: Viewer, draft: NeedDraft, known: Need | None) -> None:
    check_recipients(session, {draft.organisation_id, *draft.listed_organisations}, draft.named_users)
    check_space(viewer, draft.space_id, known.space_id if known else None)
    if draft.owner_id is None or (known is not None and known.owner_id == draft.owner_id):
        return
    owner = session.get(User, draft.owner_id)
    if owner is None or not owner.is_active or Role.IPCU_STAFF not in roles_of(session, draft.owner_id):
        raise Invalid(
            "The owner is one of the staff of the unit.", {"owner_id": Message("Please choose one of the staff.")}
        )
