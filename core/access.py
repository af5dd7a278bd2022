"""Who sees what: TLP 2.0 markings and spaces turned into positive tokens, and one rule in three shapes.

Visible = the viewer holds one of the object's audience tokens and one of its space tokens. `Viewer.sees` is the rule in
Python, `visible_clause` in SQL, and `Viewer.audience`/`Viewer.spaces` feed the engine filter; a contract test proves
the three equal. Markings and their meaning: FIRST, Traffic Light Protocol 2.0 (2022).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists
from sqlmodel import Field, Session, SQLModel, col, select

from core.content import ContentRef
from core.people import Role, User, ancestors_of, clients_of, is_open_space, roles_of, space_ids_of

MEMBER = "member"
OPEN = "open"


class Marking(StrEnum):
    """TLP 2.0 labels; never translated, never abbreviated."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER+STRICT"
    RED = "RED"

    @property
    def label(self) -> str:
        """The label exactly as the standard writes it."""
        return f"TLP:{self.value}"

    @property
    def strictness(self) -> int:
        """0 (CLEAR) to 4 (RED). For combining markings only: it says nothing about who sees what."""
        return list(Marking).index(self)


def strictest(markings: Iterable[Marking]) -> Marking:
    """The marking of something made from several things. Raises ValueError for none."""
    return max(markings, key=lambda marking: marking.strictness)


@dataclass(frozen=True, slots=True)
class Marked:
    """The facts of one object that decide who sees it."""

    marking: Marking
    organisation_id: int
    author_id: int
    listed_organisations: frozenset[int] = frozenset()
    named_users: frozenset[int] = frozenset()
    space_id: int | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """The two token sets of an object."""

    audience: frozenset[str]
    space: frozenset[str]


def tokens_of(marked: Marked, clients: Iterable[int] = ()) -> Tokens:
    """Audience and space tokens. `clients` are the declared clients of the source and listed organisations."""
    organisations = {marked.organisation_id} | marked.listed_organisations
    match marked.marking:
        case Marking.CLEAR | Marking.GREEN:
            audience = {MEMBER}
        case Marking.AMBER:
            audience = {f"org:{one}" for one in organisations | set(clients)}
        case Marking.AMBER_STRICT:
            audience = {f"org:{one}" for one in organisations}
        case Marking.RED:
            audience = {f"user:{one}" for one in marked.named_users | {marked.author_id}}
    space = OPEN if marked.space_id is None else f"space:{marked.space_id}"
    return Tokens(frozenset(audience), frozenset({space}))


def tokens_in(session: Session, marked: Marked) -> Tokens:
    """`tokens_of` with the clients declared in the database now; an open space closes nothing."""
    serving = {marked.organisation_id} | marked.listed_organisations
    if marked.space_id is not None and is_open_space(session, marked.space_id):
        marked = replace(marked, space_id=None)
    return tokens_of(marked, clients_of(session, serving) if marked.marking is Marking.AMBER else ())


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person as the access rule and the policies see him, computed afresh for every request."""

    user_id: int
    organisation_id: int
    roles: frozenset[Role] = frozenset()
    audience: frozenset[str] = field(default_factory=frozenset)
    spaces: frozenset[str] = field(default_factory=lambda: frozenset({OPEN}))
    is_system: bool = False
    """The program itself, at the command line of the machine it runs on: it may administer and reads nothing."""

    def sees(self, tokens: Tokens) -> bool:
        """The rule. No role widens it."""
        return bool(self.audience & tokens.audience) and bool(self.spaces & tokens.space)

    def has(self, *roles: Role) -> bool:
        """True when he holds one of the roles."""
        return bool(self.roles.intersection(roles))


EVERY_MEMBER = Viewer(user_id=0, organisation_id=0, audience=frozenset({MEMBER}))
"""What every verified member may see and no more: the reader that dictionaries and type-ahead are made for."""
SYSTEM = Viewer(user_id=0, organisation_id=0, spaces=frozenset(), is_system=True)
"""Who acts when a command names nobody: audited without a person, and without any token."""


def viewer_of(session: Session, user: User) -> Viewer:
    """The viewer for an account. An inactive or unverified one holds no audience token, no space and no role."""
    assert user.id is not None
    if not (user.is_active and user.is_verified):
        return Viewer(user_id=user.id, organisation_id=user.organisation_id)
    organisations = {f"org:{one}" for one in ancestors_of(session, user.organisation_id)}
    return Viewer(
        user_id=user.id,
        organisation_id=user.organisation_id,
        roles=roles_of(session, user.id),
        audience=frozenset({MEMBER, f"user:{user.id}"} | organisations),
        spaces=frozenset({OPEN} | {f"space:{one}" for one in space_ids_of(session, user.id)}),
    )


_AUDIENCE, _SPACES = "asker_audience", "asker_spaces"


class Scope(StrEnum):
    """Which of the two sets a token belongs to."""

    AUDIENCE = "audience"
    SPACE = "space"


class AccessToken(SQLModel, table=True):
    """One token of one object."""

    __tablename__ = "access_token"

    kind: str = Field(primary_key=True)
    object_id: int = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    token: str = Field(primary_key=True, index=True)


def store_tokens(session: Session, ref: ContentRef, tokens: Tokens) -> None:
    """Replace the tokens of an object."""
    drop_tokens(session, ref)
    for scope, values in ((Scope.AUDIENCE, tokens.audience), (Scope.SPACE, tokens.space)):
        for token in sorted(values):
            session.add(AccessToken(kind=ref.kind, object_id=ref.id, scope=scope.value, token=token))
    session.flush()


def drop_tokens(session: Session, ref: ContentRef) -> None:
    """An object without tokens is seen by nobody."""
    session.flush()
    mine = and_(col(AccessToken.kind) == ref.kind, col(AccessToken.object_id) == ref.id)
    session.execute(delete(AccessToken).where(mine).execution_options(synchronize_session="fetch"))


def load_tokens(session: Session, kind: str, ids: Sequence[int]) -> dict[int, Tokens]:
    """Tokens by object id; objects without any are left out."""
    rows = session.exec(select(AccessToken).where(AccessToken.kind == kind, col(AccessToken.object_id).in_(ids)))
    found: dict[int, dict[str, set[str]]] = {}
    for row in rows:
        found.setdefault(row.object_id, {}).setdefault(row.scope, set()).add(row.token)
    return {
        key: Tokens(frozenset(sets.get(Scope.AUDIENCE, ())), frozenset(sets.get(Scope.SPACE, ())))
        for key, sets in found.items()
    }


def visible_clause(viewer: Viewer, kind: str, object_id: Any) -> ColumnElement[bool]:
    """The rule as SQL: two EXISTS against `access_token` for the object whose id column is given."""
    return _visible(kind, object_id, sorted(viewer.audience), sorted(viewer.spaces))


def visible_to_asker(kind: str, object_id: Any) -> ColumnElement[bool]:
    """The same in a statement that is built once, which takes longer than running it: run it with what `asker` gives."""
    return _visible(kind, object_id, bindparam(_AUDIENCE, expanding=True), bindparam(_SPACES, expanding=True))


def asker(viewer: Viewer) -> dict[str, list[str]]:
    """The parameters of `visible_to_asker`."""
    return {_AUDIENCE: sorted(viewer.audience), _SPACES: sorted(viewer.spaces)}


def _visible(kind: str, object_id: Any, audience: Any, spaces: Any) -> ColumnElement[bool]:
    def holds(scope: Scope, tokens: Any) -> ColumnElement[bool]:
        return exists().where(
            col(AccessToken.kind) == kind,
            col(AccessToken.object_id) == object_id,
            col(AccessToken.scope) == scope.value,
            col(AccessToken.token).in_(tokens),
        )

    return and_(holds(Scope.AUDIENCE, audience), holds(Scope.SPACE, spaces))
