"""Recipients, topics and tags of threads: rows that belong to a thread and are replaced as a whole."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import delete
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.errors import Invalid, Message
from core.people import Organisation, User
from forums.models import ThreadRecipient, ThreadTag, ThreadTopic


class Recipients(NamedTuple):
    """Further recipients of a thread."""

    organisations: frozenset[int] = frozenset()
    users: frozenset[int] = frozenset()


def set_recipients(session: Session, thread_id: int, organisations: Iterable[int], users: Iterable[int]) -> None:
    """Replace the further recipients. Raises Invalid for one that does not exist."""
    listed, named = set(organisations), set(users)
    if len(session.exec(select(Organisation.id).where(col(Organisation.id).in_(listed))).all()) != len(listed):
        raise Invalid(
            "One of the organisations does not exist.",
            {"listed_organisations": Message("An organisation chosen here does not exist.")},
        )
    if len(session.exec(select(User.id).where(col(User.id).in_(named))).all()) != len(named):
        raise Invalid(
            "One of the named persons does not exist.", {"named_users": Message("A person named here does not exist.")}
        )
    _clear(session, ThreadRecipient, thread_id)
    session.add_all(ThreadRecipient(thread_id=thread_id, organisation_id=one) for one in sorted(listed))
    session.add_all(ThreadRecipient(thread_id=thread_id, user_id=one) for one in sorted(named))
    session.flush()


def recipients_of(session: Session, thread_id: int) -> Recipients:
    """Further recipients of a thread."""
    rows = session.exec(select(ThreadRecipient).where(ThreadRecipient.thread_id == thread_id)).all()
    return Recipients(
        frozenset(one.organisation_id for one in rows if one.organisation_id is not None),
        frozenset(one.user_id for one in rows if one.user_id is not None),
    )


def shared_with(organisation_id: int) -> SelectOfScalar[int]:
    """Ids of the threads that list the organisation, for `.in_()`."""
    return select(ThreadRecipient.thread_id).where(ThreadRecipient.organisation_id == organisation_id)


def set_labels(session: Session, thread_id: int, topics: Iterable[str], tags: Iterable[str]) -> None:
    """Replace topics and tags."""
    _clear(session, ThreadTopic, thread_id)
    _clear(session, ThreadTag, thread_id)
    session.add_all(ThreadTopic(thread_id=thread_id, topic=one) for one in dict.fromkeys(topics))
    session.add_all(ThreadTag(thread_id=thread_id, tag=one) for one in dict.fromkeys(tags))
    session.flush()


def topics_of(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """Topics by thread, in alphabetical order."""
    found: dict[int, list[str]] = {}
    rows = select(ThreadTopic).where(col(ThreadTopic.thread_id).in_(ids)).order_by(ThreadTopic.topic)
    for row in session.exec(rows):
        found.setdefault(row.thread_id, []).append(row.topic)
    return found


def tags_of(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """Tags by thread, in alphabetical order."""
    found: dict[int, list[str]] = {}
    for row in session.exec(select(ThreadTag).where(col(ThreadTag.thread_id).in_(ids)).order_by(ThreadTag.tag)):
        found.setdefault(row.thread_id, []).append(row.tag)
    return found


def _clear(
    session: Session, table: type[ThreadRecipient] | type[ThreadTopic] | type[ThreadTag], thread_id: int
) -> None:
    session.flush()
    mine = delete(table).where(col(table.thread_id) == thread_id)
    session.execute(mine.execution_options(synchronize_session="fetch"))
