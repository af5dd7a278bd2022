"""Spaces: open, restricted and hidden rooms; their members, leaders and requests to join.

Who is in a closed space sees what is in it, within the markings; so every change of membership is a use case with a policy and
an audit event. Of a hidden space nobody else learns that it exists.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, field_validator
from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, func, select

from core.access import Viewer
from core.administration import policy
from core.content import ContentRef
from core.errors import Conflict, Invalid, InvalidValue, Message, NotFound, require
from core.paging import Page
from core.people import Space, SpaceKind, SpaceMember, User
from core.uow import UnitOfWork

KIND = "space"
NOT_YOURS = Message("Only its leaders decide about a space.")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Line = Annotated[str, BeforeValidator(lambda value: " ".join(value.split()) if isinstance(value, str) else value)]
Text = Annotated[str, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)]


class SpaceChanges(BaseModel):
    """What may be said of a space, and changed later."""

    name: Line = Field(min_length=2, max_length=120)
    kind: SpaceKind = SpaceKind.RESTRICTED
    description: Text = Field(default="", max_length=1000)


class SpaceDraft(SpaceChanges):
    """What is needed to open a space."""

    key: str = Field(max_length=40)

    @field_validator("key")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not _KEY.fullmatch(value):
            raise InvalidValue("Lowercase letters, digits and single hyphens only.")
        return value


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """A space as one viewer meets it."""

    space: Space
    members: int
    is_member: bool
    is_leader: bool
    is_led: bool
    """Somebody with an open account leads it."""


def list_spaces(session: Session, viewer: Viewer, page: Page, text: str = "") -> tuple[list[SpaceRow], int]:
    """A page of the spaces this viewer may know of, by name, and how many there are."""
    where = [_knowable(viewer)]
    if text:
        where.append(col(Space.name).icontains(text, autoescape=True))
    total = session.exec(select(func.count()).select_from(Space).where(*where)).one()
    rows = select(Space).where(*where).order_by(Space.name, col(Space.id)).offset(page.offset).limit(page.size)
    return [_row(session, viewer, one) for one in session.exec(rows).all()], total


def get_space(session: Session, viewer: Viewer, space_id: int) -> SpaceRow:
    """A space this viewer may know of. Raises NotFound."""
    space = session.exec(select(Space).where(Space.id == space_id, _knowable(viewer))).one_or_none()
    if space is None:
        raise NotFound
    return _row(session, viewer, space)


def names_of_spaces(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Names of those of the spaces that this viewer may know of."""
    rows = select(Space).where(col(Space.id).in_(ids), _knowable(viewer))
    return {row.id: row.name for row in session.exec(rows) if row.id is not None}


def open_space(work: UnitOfWork, viewer: Viewer, draft: SpaceDraft) -> Space:
    """Make a space; who makes it leads it. Raises Conflict for a key in use, Forbidden."""
    require(policy.can_open_space(viewer), "Spaces are opened by administrators, IPCU staff and moderators.")
    if work.session.exec(select(Space.id).where(Space.key == draft.key)).first():
        raise Conflict("There is a space %(key)s already.", key=draft.key)
    space = Space(key=draft.key, name=draft.name, kind=draft.kind.value, description=draft.description)
    work.session.add(space)
    work.session.flush()
    assert space.id is not None
    if not viewer.is_system:
        work.session.add(SpaceMember(space_id=space.id, user_id=viewer.user_id, is_leader=True))
    work.audit("space.opened", ref_of(space.id), key=draft.key, kind=space.kind)
    return space


def edit_space(work: UnitOfWork, viewer: Viewer, space_id: int, draft: SpaceChanges) -> Space:
    """Change name, description, or whether others know of it. Raises Invalid for an open one that is to be closed or the
    other way round (what is in it was shared on other terms), NotFound, Forbidden.
    """
    space = led(work.session, viewer, space_id).space
    if (draft.kind is SpaceKind.OPEN) != (space.kind == SpaceKind.OPEN):
        message = Message("An open space stays open, and a closed one closed. Open another one instead.")
        raise Invalid(message, {"kind": message})
    before = space.kind
    space.name, space.kind, space.description = draft.name, draft.kind.value, draft.description
    work.session.add(space)
    work.audit("space.edited", ref_of(space_id), before=before, after=space.kind)
    return space


def _knowable(viewer: Viewer) -> ColumnElement[bool]:
    """`policy.can_see_space` as SQL; a test holds the two together."""
    mine = [int(token.partition(":")[2]) for token in viewer.spaces if token.startswith("space:")]
    ways: list[ColumnElement[bool]] = [col(Space.id).in_(mine)]
    if viewer.audience or viewer.is_system:
        ways.append(col(Space.kind) != SpaceKind.HIDDEN.value)
    if policy.can_manage_organisations(viewer):
        ways.append(~_isled())
    return or_(*ways)


def _isled() -> ColumnElement[bool]:
    return exists().where(
        and_(
            col(SpaceMember.space_id) == col(Space.id),
            col(SpaceMember.is_leader),
            col(SpaceMember.user_id) == col(User.id),
            col(User.is_active),
        )
    )


def _row(session: Session, viewer: Viewer, space: Space) -> SpaceRow:
    assert space.id is not None
    members = select(func.count()).select_from(SpaceMember).where(SpaceMember.space_id == space.id)
    mine = session.get(SpaceMember, (space.id, viewer.user_id))
    return SpaceRow(
        space=space,
        members=session.exec(members).one(),
        is_member=mine is not None,
        is_leader=mine is not None and mine.is_leader and bool(viewer.audience),
        is_led=bool(leaders_of(session, space.id)),
    )


def leads(viewer: Viewer, row: SpaceRow) -> bool:
    """Whether this viewer decides about the space."""
    return policy.can_lead_space(viewer, is_leader=row.is_leader, is_led=row.is_led)


def led(session: Session, viewer: Viewer, space_id: int) -> SpaceRow:
    """A space this viewer decides about. Raises NotFound, Forbidden."""
    row = get_space(session, viewer, space_id)
    require(leads(viewer, row), NOT_YOURS)
    return row


def leaders_of(session: Session, space_id: int) -> list[int]:
    """Ids of those with an open account who lead the space."""
    rows = (
        select(SpaceMember.user_id)
        .join(User, col(User.id) == col(SpaceMember.user_id))
        .where(SpaceMember.space_id == space_id, col(SpaceMember.is_leader), col(User.is_active))
    )
    return list(session.exec(rows))


def ref_of(space_id: int) -> ContentRef:
    """The space in audit trail and notices."""
    return ContentRef(KIND, space_id)
