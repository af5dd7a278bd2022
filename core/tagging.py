"""Topics and tags of any object, by kind and id."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from core.content import ContentRef


class ObjectTopic(SQLModel, table=True):
    """An object belongs to a topic."""

    __tablename__ = "object_topic"

    kind: str = Field(primary_key=True)
    object_id: int = Field(primary_key=True)
    topic: str = Field(primary_key=True, index=True)


class ObjectTag(SQLModel, table=True):
    """An object carries a tag."""

    __tablename__ = "object_tag"

    kind: str = Field(primary_key=True)
    object_id: int = Field(primary_key=True)
    tag: str = Field(primary_key=True, index=True)


def set_topics(session: Session, ref: ContentRef, topics: Iterable[str]) -> None:
    """Replace the topics of an object; they are checked by the draft (`core.fields.Topics`)."""
    _clear(session, ObjectTopic, ref)
    session.add_all(ObjectTopic(kind=ref.kind, object_id=ref.id, topic=one) for one in dict.fromkeys(topics))
    session.flush()


def set_tags(session: Session, ref: ContentRef, tags: Iterable[str]) -> None:
    """Replace the tags of an object; they are cleaned by the draft (`core.fields.Tags`)."""
    _clear(session, ObjectTag, ref)
    session.add_all(ObjectTag(kind=ref.kind, object_id=ref.id, tag=one) for one in dict.fromkeys(tags))
    session.flush()


def topics_of(session: Session, kind: str, ids: Sequence[int]) -> dict[int, list[str]]:
    """Topics by object id, in alphabetical order; objects without any are left out."""
    rows = select(ObjectTopic.object_id, ObjectTopic.topic).where(ObjectTopic.kind == kind)
    return _grouped(session.exec(rows.where(col(ObjectTopic.object_id).in_(ids)).order_by(ObjectTopic.topic)))


def tags_of(session: Session, kind: str, ids: Sequence[int]) -> dict[int, list[str]]:
    """Tags by object id, in alphabetical order; objects without any are left out."""
    rows = select(ObjectTag.object_id, ObjectTag.tag).where(ObjectTag.kind == kind)
    return _grouped(session.exec(rows.where(col(ObjectTag.object_id).in_(ids)).order_by(ObjectTag.tag)))


def with_topic(kind: str, *topics: str) -> SelectOfScalar[int]:
    """Ids of the objects of a kind that belong to one of the topics, for `.in_()`."""
    return select(ObjectTopic.object_id).where(ObjectTopic.kind == kind, col(ObjectTopic.topic).in_(topics))


def _clear(session: Session, table: type[ObjectTopic | ObjectTag], ref: ContentRef) -> None:
    session.flush()
    mine = delete(table).where(col(table.kind) == ref.kind, col(table.object_id) == ref.id)
    session.execute(mine.execution_options(synchronize_session="fetch"))


def _grouped(rows: Iterable[tuple[int, Any]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for object_id, value in rows:
        found.setdefault(object_id, []).append(value)
    return found
