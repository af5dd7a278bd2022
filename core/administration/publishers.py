"""Who can publish a draft: every draft must have somebody who can."""

from sqlmodel import Session, col, select

from core.access import Marked, Marking, tokens_in, viewer_of
from core.people import Organisation, Role, User, ancestors_of, get_organisation, list_users_with_role


def publishers_of(session: Session, marked: Marked) -> list[User]:
    """Who can publish a draft with these facts, by name: never its author.

    TLP:RED is published by a named second person. Everything else by the librarians of the source and of the organisations
    above it, by those of the organisation the source lets review, and by any librarian whom the marking reaches anyhow.
    """
    if marked.marking is Marking.RED:
        named = select(User).where(col(User.id).in_(marked.named_users), User.is_active, User.is_verified)
        return [one for one in session.exec(named.order_by(User.name)) if one.id != marked.author_id]
    source = get_organisation(session, marked.organisation_id)
    trusted = {*ancestors_of(session, marked.organisation_id), source.reviewed_by_id}
    tokens = tokens_in(session, marked)
    return [
        one
        for one in list_users_with_role(session, Role.LIBRARIAN)
        if one.id != marked.author_id
        and one.is_verified
        and (one.organisation_id in trusted or viewer_of(session, one).sees(tokens))
    ]


def has_publisher(session: Session, organisation: Organisation) -> bool:
    """True when somebody can publish a draft of it that has its default marking."""
    assert organisation.id is not None
    marked = Marked(Marking(organisation.default_marking), organisation.id, author_id=0)
    return marked.marking is Marking.RED or bool(publishers_of(session, marked))
