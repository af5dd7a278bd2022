"""Posts with their history, quotes, mentions and thanks."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, SQLModel, Text, UniqueConstraint

from core.access import Marking
from core.content import ContentRef
from core.db import UtcDateTime

POST = "post"
"""Kind of a post in `ContentRef`; only one that is stricter than its thread has access tokens of its own."""


class PostState(StrEnum):
    """Where a post stands."""

    SHOWN = "shown"
    HELD = "held"
    """It waits for a moderator; its author and the moderators see it."""
    DELETED = "deleted"
    """The place stays, the text is for moderators and its author."""


class Post(SQLModel, table=True):
    """One contribution. Positions 1, 2, 3 ... are of posts for all readers of the thread.

    A held post, and one that is stricter than its thread, stands after the last of these and takes no number, so that
    the numbers tell nobody of it.
    """

    __tablename__ = "post"
    __table_args__ = (
        Index("ix_post_thread_position", "thread_id", "position", "id"),
        Index("ix_post_author", "author_id", "created_at"),
        UniqueConstraint("author_id", "submit_key"),
    )

    id: int | None = Field(default=None, primary_key=True)
    thread_id: int = Field(foreign_key="thread.id")
    position: int
    author_id: int = Field(foreign_key="user.id")
    organisation_id: int = Field(foreign_key="organisation.id")
    is_unnamed: bool = False
    """By the asker of a thread that does not show him."""
    body_source: str = Field(sa_type=Text)
    body_html: str = Field(sa_type=Text)
    rendered_by: int
    marking: str
    """The label: the strictest of what was chosen and of what the post quotes."""
    chosen_marking: str
    """What its writer or a moderator chose."""
    is_stricter: bool = False
    """Fewer may read it than the thread: it has access tokens of its own and stays out of the index."""
    reply_to_id: int | None = Field(default=None, foreign_key="post.id")
    state: str = PostState.SHOWN.value
    submit_key: str | None = None
    """What the form that sent it called itself: the same form twice is one post."""
    thanks: int = 0
    revision: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    edited_by: int | None = Field(default=None, foreign_key="user.id")
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_by: int | None = Field(default=None, foreign_key="user.id")
    deleted_why: str = ""

    @property
    def ref(self) -> ContentRef:
        """Its name for the rest of the platform. Only for stored rows."""
        assert self.id is not None
        return ContentRef(POST, self.id)

    @property
    def tlp(self) -> Marking:
        """The marking as the enum."""
        return Marking(self.marking)

    @property
    def is_counted(self) -> bool:
        """True for what every reader of the thread sees."""
        return self.state == PostState.SHOWN and not self.is_stricter


class PostRevision(SQLModel, table=True):
    """What a post said before an edit."""

    __tablename__ = "post_revision"
    __table_args__ = (UniqueConstraint("post_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    number: int
    body_source: str = Field(sa_type=Text)
    written_by: int = Field(foreign_key="user.id")
    written_at: datetime = Field(sa_type=UtcDateTime)
    is_hidden: bool = False
    hidden_by: int | None = Field(default=None, foreign_key="user.id")
    hidden_why: str = ""


class PostQuote(SQLModel, table=True):
    """A post carries words of another one, and so the marking of both."""

    __tablename__ = "post_quote"

    post_id: int = Field(foreign_key="post.id", primary_key=True)
    quoted_id: int = Field(foreign_key="post.id", primary_key=True, index=True)


class PostMention(SQLModel, table=True):
    """A post calls a person, an organisation or the moderators."""

    __tablename__ = "post_mention"

    post_id: int = Field(foreign_key="post.id", primary_key=True)
    target: str = Field(primary_key=True, index=True)
    """`user:<id>`, `org:<id>` or `moderators`."""


class PostThanks(SQLModel, table=True):
    """A person thanked for a post."""

    __tablename__ = "post_thanks"

    post_id: int = Field(foreign_key="post.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
