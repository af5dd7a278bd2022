"""Calling people with `@`: resolved when a post is shown, and only for those who may read it."""

import re

from sqlmodel import Session, col, func, select

from core.access import Tokens
from core.people import Organisation, Role, User, UserRole, list_users_with_role
from core.uow import UnitOfWork
from forums.models import Post, PostMention
from forums.queries.categories import list_moderators
from forums.queries.people import MODERATORS, readers
from forums.queries.posts import tokens_for
from forums.queries.threads import Opened

CALL = re.compile(r"(?<![\w@/.`])@([\w][\w.+-]{0,60}[\w])")
CODE = re.compile(r"```[\s\S]*?```|`[^`\n]*`|^>.*$", re.MULTILINE)
"""What is quoted or shown as code calls nobody."""
MOST = 20


def names_in(source: str) -> list[str]:
    """Names after an `@`, each once, in their order."""
    return list(dict.fromkeys(CALL.findall(CODE.sub(" ", source))))[:MOST]


def call_people(work: UnitOfWork, opened: Opened, post: Post) -> list[str]:
    """Store whom the post calls and tell them. Names that call nobody come back.

    Unknown, disabled and shut out are one answer: nobody learns from it who exists or who may read what.
    """
    assert post.id is not None
    session, uncalled = work.session, []
    tokens = tokens_for(session, post)
    known = set(session.exec(select(PostMention.target).where(PostMention.post_id == post.id)))
    told: set[int] = {post.author_id}
    for name in names_in(post.body_source):
        target, people = _resolve(session, opened, tokens, name)
        if not target:
            uncalled.append(name)
        elif target not in known:
            known.add(target)
            session.add(PostMention(post_id=post.id, target=target))
            for person in people - told:
                work.notify(person, "post.mentioned", post.ref, {})
            told |= people
    session.flush()
    return uncalled


def _resolve(session: Session, opened: Opened, tokens: Tokens, name: str) -> tuple[str, set[int]]:
    if name.casefold() == MODERATORS:
        return MODERATORS, _moderators(session, opened, tokens)
    body = session.exec(
        select(Organisation).where(
            (func.lower(Organisation.acronym) == name.casefold()) | (col(Organisation.key) == name.casefold())
        )
    ).first()
    if body is not None:
        return _call_body(session, tokens, body)
    local = name.casefold().replace("%", "").replace("_", r"\_")
    rows = select(User.id).where(readers(session, tokens), col(User.email).like(f"{local}@%", escape="\\")).limit(2)
    found = [one for one in session.exec(rows) if one is not None]
    return (f"user:{found[0]}", {found[0]}) if len(found) == 1 else ("", set())


def _call_body(session: Session, tokens: Tokens, body: Organisation) -> tuple[str, set[int]]:
    """An organisation is called through its focal points, of whom one at least must be able to read it."""
    holders = select(UserRole.user_id).where(UserRole.role == Role.FOCAL_POINT.value)
    rows = select(User.id).where(readers(session, tokens), User.organisation_id == body.id, col(User.id).in_(holders))
    people = {one for one in session.exec(rows) if one is not None}
    return (f"org:{body.id}", people) if people else ("", set())


def _moderators(session: Session, opened: Opened, tokens: Tokens) -> set[int]:
    assert opened.category.id is not None
    people = [*list_moderators(session, opened.category.id), *list_users_with_role(session, Role.MODERATOR)]
    ids = {one.id for one in people if one.id is not None}
    rows = select(User.id).where(readers(session, tokens), col(User.id).in_(ids))
    return {one for one in session.exec(rows) if one is not None}
