"""The marking of any object: its further recipients, its access tokens, and the rules for changing who sees it.

An object is named by its `ContentRef`; what its domain stores of the marking comes as `Marked`. Nobody else writes tokens.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import CheckConstraint, Field, Index, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.access import MEMBER, OPEN, Marked, Tokens, Viewer, load_tokens, store_tokens, tokens_in
from core.content import ContentRef
from core.errors import Invalid, Message
from core.people import Organisation, User, ancestors_of
from core.uow import UnitOfWork


class Recipient(SQLModel, table=True):
    """A further recipient of an object: an organisation (AMBER, AMBER+STRICT) or a named person (RED)."""

    __tablename__ = "recipient"
    __table_args__ = (
        Index(None, "kind", "object_id"),
        CheckConstraint("(organisation_id IS NULL) <> (user_id IS NULL)", name="one_of_the_two"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    object_id: int
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    user_id: int | None = Field(default=None, foreign_key="user.id", index=True)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Further recipients of one object."""

    organisations: frozenset[int] = frozenset()
    users: frozenset[int] = frozenset()


def set_recipients(session: Session, ref: ContentRef, organisations: Iterable[int], users: Iterable[int]) -> None:
    """Replace the further recipients of an object."""
    session.flush()
    mine = delete(Recipient).where(col(Recipient.kind) == ref.kind, col(Recipient.object_id) == ref.id)
    session.execute(mine.execution_options(synchronize_session="fetch"))
    rows = [Recipient(kind=ref.kind, object_id=ref.id, organisation_id=one) for one in sorted(set(organisations))]
    rows += [Recipient(kind=ref.kind, object_id=ref.id, user_id=one) for one in sorted(set(users))]
    session.add_all(rows)
    session.flush()


def recipients_of(session: Session, ref: ContentRef) -> Recipients:
    """Further recipients of an object."""
    rows = session.exec(select(Recipient).where(Recipient.kind == ref.kind, Recipient.object_id == ref.id)).all()
    return Recipients(
        organisations=frozenset(one.organisation_id for one in rows if one.organisation_id is not None),
        users=frozenset(one.user_id for one in rows if one.user_id is not None),
    )


def shared_with(kind: str, organisation_id: int) -> SelectOfScalar[int]:
    """Ids of the objects that list the organisation as a recipient, for `.in_()`."""
    return select(Recipient.object_id).where(Recipient.kind == kind, Recipient.organisation_id == organisation_id)


def mark(session: Session, ref: ContentRef, marked: Marked) -> Tokens:
    """Store who sees the object: its recipients and its access tokens, which are returned."""
    set_recipients(session, ref, marked.listed_organisations, marked.named_users)
    tokens = tokens_in(session, marked)
    store_tokens(session, ref, tokens)
    return tokens


def renew(work: UnitOfWork, ref: ContentRef, marked: Marked) -> bool:
    """Work out the tokens of an object anew, after clients, spaces or recipients changed; True when they are others now.

    A change is marked for the index.
    """
    tokens = tokens_in(work.session, marked)
    if load_tokens(work.session, ref.kind, [ref.id]).get(ref.id) == tokens:
        return False
    store_tokens(work.session, ref, tokens)
    work.mark_dirty(ref, "audience")
    return True


def check_recipients(session: Session, organisations: Iterable[int], users: Iterable[int]) -> None:
    """Raise Invalid for an organisation or a person that does not exist."""
    if _has_unknown(session, Organisation, set(organisations)):
        raise Invalid(
            "One of the organisations does not exist.",
            {"listed_organisations": Message("An organisation chosen here does not exist.")},
        )
    if _has_unknown(session, User, set(users)):
        raise Invalid(
            "One of the named persons does not exist.", {"named_users": Message("A person named here does not exist.")}
        )


def check_space(viewer: Viewer, space_id: int | None, known: int | None = None) -> None:
    """Raise Invalid for a space that the viewer does not belong to, unless the object is in it (`known`) already."""
    if space_id is not None and space_id != known and f"space:{space_id}" not in viewer.spaces:
        message = Message("You do not belong to that space.")
        raise Invalid(message, {"space_id": message})


def keep_own_access(viewer: Viewer, tokens: Tokens) -> None:
    """Raise Invalid when who marks an object could then no longer see it."""
    if not viewer.sees(tokens):
        message = "With this marking you could no longer see it yourself."
        raise Invalid(message, {"marking": message})


def is_wider(session: Session, new: Tokens, old: Tokens) -> bool:
    """True when somebody could see the object by the new tokens who could not by the old ones."""
    if old.space not in ({OPEN}, new.space):
        return True
    if MEMBER in old.audience:
        return False
    return any(not _is_covered(session, token, old.audience) for token in new.audience)


def _is_covered(session: Session, token: str, audience: frozenset[str]) -> bool:
    if token in audience:
        return True
    scope, _, number = token.partition(":")
    if scope == "user":
        user = session.get(User, int(number))
        return user is not None and _is_organisation_covered(session, user.organisation_id, audience)
    return scope == "org" and _is_organisation_covered(session, int(number), audience)


def _is_organisation_covered(session: Session, organisation_id: int, audience: frozenset[str]) -> bool:
    # A member of a body holds the tokens of all bodies above it.
    return any(f"org:{one}" in audience for one in ancestors_of(session, organisation_id))


def _has_unknown(session: Session, table: type[Organisation | User], ids: set[int]) -> bool:
    found = session.exec(select(table.id).where(col(table.id).in_(ids))).all() if ids else []
    return len(set(found)) != len(ids)
