"""Who belongs to a space: members, leaders, requests to join."""

from dataclasses import dataclass

from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from core.access import Viewer
from core.administration import policy
from core.administration.spaces import NOT_YOURS, Text, get_space, leaders_of, leads, led, ref_of
from core.errors import Conflict, Invalid, Message, NotFound, require
from core.people import JoinRequest, JoinState, SpaceKind, SpaceMember, User, find_user_by_email
from core.uow import UnitOfWork


class JoinDraft(BaseModel):
    """Why somebody wants to join."""

    reason: Text = Field(min_length=5, max_length=1000)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a space."""

    user: User
    is_leader: bool


@dataclass(frozen=True, slots=True)
class RequestRow:
    """An open request to join, with who asks."""

    request: JoinRequest
    user: User


def list_members(session: Session, viewer: Viewer, space_id: int) -> list[MemberRow]:
    """Members by name, leaders first: for members and whoever leads. Raises NotFound, Forbidden."""
    row = get_space(session, viewer, space_id)
    require(row.is_member or leads(viewer, row), "Only its members see who belongs to a space.")
    rows = (
        select(User, SpaceMember.is_leader)
        .join(SpaceMember, col(SpaceMember.user_id) == col(User.id))
        .where(SpaceMember.space_id == space_id)
        .order_by(col(SpaceMember.is_leader).desc(), col(User.name), col(User.id))
    )
    return [MemberRow(user, is_leader) for user, is_leader in session.exec(rows)]


def list_join_requests(session: Session, viewer: Viewer, space_id: int) -> list[RequestRow]:
    """Open requests, oldest first. Raises NotFound, Forbidden."""
    require(leads(viewer, get_space(session, viewer, space_id)), NOT_YOURS)
    rows = (
        select(JoinRequest, User)
        .join(User, col(User.id) == col(JoinRequest.user_id))
        .where(JoinRequest.space_id == space_id, JoinRequest.state == JoinState.OPEN.value)
        .order_by(col(JoinRequest.id))
    )
    return [RequestRow(request, user) for request, user in session.exec(rows)]


def find_open_request(session: Session, viewer: Viewer, space_id: int) -> JoinRequest | None:
    """The viewer's own request that nobody has decided yet."""
    return _open_request(session, space_id, viewer.user_id)


def request_to_join(work: UnitOfWork, viewer: Viewer, space_id: int, draft: JoinDraft) -> JoinRequest:
    """Ask to belong to a space; its leaders are told. Raises Conflict for a second request, NotFound, Forbidden."""
    row = get_space(work.session, viewer, space_id)
    require(policy.can_join_space(viewer, SpaceKind(row.space.kind), space_id), "You belong to this space already.")
    if _open_request(work.session, space_id, viewer.user_id):
        raise Conflict("You have asked already. Its leaders will answer.")
    request = JoinRequest(space_id=space_id, user_id=viewer.user_id, reason=draft.reason, created_at=work.now)
    work.session.add(request)
    work.session.flush()
    work.audit("space.join_requested", ref_of(space_id), request=request.id)
    for leader in leaders_of(work.session, space_id):
        work.notify(leader, "space.join_requested", ref_of(space_id), {})
    return request


def join_space(work: UnitOfWork, viewer: Viewer, space_id: int) -> None:
    """Become a member of an open space at once. Raises Conflict for a member, NotFound, Forbidden for a closed one."""
    row = get_space(work.session, viewer, space_id)
    require(row.space.kind == SpaceKind.OPEN and bool(viewer.audience), "Its leaders decide who belongs to this space.")
    if row.is_member:
        raise Conflict("You belong to this space already.")
    _add(work, space_id, viewer.user_id, "space.joined")


def leave_space(work: UnitOfWork, viewer: Viewer, space_id: int) -> None:
    """Stop being a member. Raises Conflict for its last leader, NotFound."""
    row = get_space(work.session, viewer, space_id)
    if not row.is_member:
        raise NotFound
    _remove(work, space_id, viewer.user_id, "space.left")


def decide_request(
    work: UnitOfWork, viewer: Viewer, request_id: int, *, approve: bool, answer: str = ""
) -> JoinRequest:
    """Approve or refuse a request to join; who asked is told. Raises Conflict for a decided one, NotFound, Forbidden."""
    request = work.session.get(JoinRequest, request_id)
    if request is None:
        raise NotFound
    led(work.session, viewer, request.space_id)
    if request.state != JoinState.OPEN:
        raise Conflict("Somebody has decided about this request already.")
    request.state = (JoinState.APPROVED if approve else JoinState.REFUSED).value
    request.answer = " ".join(answer.split())[:500]
    request.decided_by, request.decided_at = viewer.user_id or None, work.now
    work.session.add(request)
    if approve and work.session.get(SpaceMember, (request.space_id, request.user_id)) is None:
        work.session.add(SpaceMember(space_id=request.space_id, user_id=request.user_id))
    event = f"space.join_{request.state}"
    work.audit(event, ref_of(request.space_id), request=request_id, user=request.user_id)
    work.notify(request.user_id, event, ref_of(request.space_id), {})
    return request


def add_member(work: UnitOfWork, viewer: Viewer, space_id: int, email: str, *, is_leader: bool = False) -> None:
    """Let a person belong to a space. Raises Invalid for an unknown address, Conflict for a member, NotFound, Forbidden."""
    led(work.session, viewer, space_id)
    user = find_user_by_email(work.session, email)
    if user is None or user.id is None or not (user.is_active and user.is_verified):
        message = Message("Nobody active has the address %(email)s.", email=email.strip()[:254])
        raise Invalid(message, {"email": message})
    if work.session.get(SpaceMember, (space_id, user.id)):
        raise Conflict("%(name)s belongs to this space already.", name=user.name)
    waiting = _open_request(work.session, space_id, user.id)
    if waiting is not None:
        waiting.state, waiting.decided_by, waiting.decided_at = (
            JoinState.APPROVED.value,
            viewer.user_id or None,
            work.now,
        )
        work.session.add(waiting)
    _add(work, space_id, user.id, "space.member_added", is_leader=is_leader)


def remove_member(work: UnitOfWork, viewer: Viewer, space_id: int, user_id: int) -> None:
    """Take a person out of a space. Raises Conflict for its last leader, NotFound, Forbidden."""
    led(work.session, viewer, space_id)
    _remove(work, space_id, user_id, "space.member_removed")


def set_leader(work: UnitOfWork, viewer: Viewer, space_id: int, user_id: int, *, is_leader: bool) -> None:
    """Let a member lead, or lead no more. Raises Conflict for the last leader, NotFound, Forbidden."""
    led(work.session, viewer, space_id)
    member = work.session.get(SpaceMember, (space_id, user_id))
    if member is None:
        raise NotFound
    if not is_leader:
        _keep_a_leader(work.session, space_id, user_id)
    member.is_leader = is_leader
    work.session.add(member)
    work.audit("space.leader_changed", ref_of(space_id), user=user_id, is_leader=is_leader)


def _open_request(session: Session, space_id: int, user_id: int) -> JoinRequest | None:
    mine = select(JoinRequest).where(JoinRequest.space_id == space_id, JoinRequest.user_id == user_id)
    return session.exec(mine.where(JoinRequest.state == JoinState.OPEN.value)).first()


def _add(work: UnitOfWork, space_id: int, user_id: int, action: str, *, is_leader: bool = False) -> None:
    work.session.add(SpaceMember(space_id=space_id, user_id=user_id, is_leader=is_leader))
    work.session.flush()
    work.audit(action, ref_of(space_id), user=user_id, is_leader=is_leader)


def _remove(work: UnitOfWork, space_id: int, user_id: int, action: str) -> None:
    member = work.session.get(SpaceMember, (space_id, user_id))
    if member is None:
        raise NotFound
    if member.is_leader:
        _keep_a_leader(work.session, space_id, user_id)
    work.session.delete(member)
    work.session.flush()
    work.audit(action, ref_of(space_id), user=user_id)


def _keep_a_leader(session: Session, space_id: int, user_id: int) -> None:
    if not set(leaders_of(session, space_id)) - {user_id}:
        raise Conflict("A space needs somebody who leads it. Name another leader first.")
