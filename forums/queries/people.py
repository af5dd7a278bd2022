"""People in the forums: how they are named beside what they wrote, who reads an object, who can be called."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from core.access import MEMBER, OPEN, Tokens
from core.people import Organisation, Role, SpaceMember, User, UserRole

MODERATORS = "moderators"


@dataclass(frozen=True, slots=True)
class Byline:
    """A person as he is named beside a post."""

    name: str
    rank: str
    organisation: str
    is_expert: bool = False
    """He moderates."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who can be called with `@`: a person, an organisation, or the moderators."""

    insert: str
    """What stands after the `@`."""
    name: str
    detail: str


def bylines(session: Session, ids: Iterable[int]) -> dict[int, Byline]:
    """Names by person. The caller leaves out those who are not to be named."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.exec(
        select(User, Organisation)
        .join(Organisation, col(Organisation.id) == col(User.organisation_id))
        .where(col(User.id).in_(wanted))
    ).all()
    holders = select(UserRole.user_id).where(col(UserRole.user_id).in_(wanted), UserRole.role == Role.MODERATOR.value)
    moderators = set(session.exec(holders))
    return {
        user.id: Byline(user.name, user.rank, body.acronym or body.name, user.id in moderators)
        for user, body in rows
        if user.id is not None
    }


def readers(session: Session, tokens: Tokens) -> ColumnElement[bool]:
    """The access rule turned round: active, verified people who may see an object with these tokens."""
    is_in: list[ColumnElement[bool]] = []
    if MEMBER not in tokens.audience:
        people = [int(one.partition(":")[2]) for one in tokens.audience if one.startswith("user:")]
        bodies = {int(one.partition(":")[2]) for one in tokens.audience if one.startswith("org:")}
        is_in.append(or_(col(User.id).in_(people), col(User.organisation_id).in_(_with_descendants(session, bodies))))
    if OPEN not in tokens.space:
        spaces = [int(one.partition(":")[2]) for one in tokens.space]
        members = select(SpaceMember.user_id).where(col(SpaceMember.space_id).in_(spaces))
        is_in.append(col(User.id).in_(members))
    return and_(col(User.is_active), col(User.is_verified), *is_in)


def list_readers(session: Session, tokens: Tokens, limit: int = 2000) -> list[User]:
    """People who may see an object, by name."""
    return list(session.exec(select(User).where(readers(session, tokens)).order_by(User.name).limit(limit)))


def find_candidates(session: Session, tokens: Tokens, typed: str, limit: int = 8) -> list[Candidate]:
    """Whom somebody may mean who has typed `@` and this: only people and bodies that may read what he writes."""
    text = typed.strip().casefold().replace("%", "").replace("_", "")[:60]
    names = or_(func.lower(User.name).like(f"%{text}%"), col(User.email).like(f"{text}%"))
    people = session.exec(
        select(User, Organisation)
        .join(Organisation, col(Organisation.id) == col(User.organisation_id))
        .where(readers(session, tokens), names)
        .order_by(User.name)
        .limit(limit)
    ).all()
    found = [
        Candidate(user.email.partition("@")[0], user.name, f"{user.rank} {body.acronym or body.name}".strip())
        for user, body in people
    ]
    bodies = find_bodies(session, tokens, text, limit)
    found += [Candidate(body.acronym or body.key, body.acronym or body.key, body.name) for body in bodies]
    if MODERATORS.startswith(text):
        found.append(Candidate(MODERATORS, MODERATORS, ""))
    return found[:limit]


def find_bodies(session: Session, tokens: Tokens, text: str, limit: int) -> list[Organisation]:
    """Organisations whose name begins so and some of whose people may read it."""
    has_reader = select(User.organisation_id).where(readers(session, tokens))
    match = or_(func.lower(Organisation.acronym).like(f"{text}%"), func.lower(Organisation.name).like(f"{text}%"))
    rows = select(Organisation).where(match, col(Organisation.id).in_(has_reader)).order_by(Organisation.name)
    return list(session.exec(rows.limit(limit)))


def _with_descendants(session: Session, bodies: set[int]) -> Sequence[int]:
    children: dict[int, list[int]] = {}
    for number, parent in session.exec(select(Organisation.id, Organisation.parent_id)):
        if number is not None and parent is not None:
            children.setdefault(parent, []).append(number)
    found, waiting = set(bodies), list(bodies)
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return sorted(found)
