"""Threads with what belongs to a thread as a whole: recipients, topics, tags, a poll."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from core.access import Marking
from core.content import ContentRef
from core.db import UtcDateTime

KIND = "thread"
"""Kind of a thread in `ContentRef`."""


class ThreadKind(StrEnum):
    """What a thread is for."""

    QUESTION = "question"
    DISCUSSION = "discussion"
    ANNOUNCEMENT = "announcement"


class ThreadState(StrEnum):
    """Where a thread stands. Open and locked ones are listed and indexed."""

    OPEN = "open"
    LOCKED = "locked"
    HELD = "held"
    """Its first post waits for a moderator."""
    MERGED = "merged"
    """A stub that leads to another thread."""
    DELETED = "deleted"


class Thread(SQLModel, table=True):
    """One conversation. Counts and last activity are of the posts that all its readers may see."""

    __tablename__ = "thread"
    __table_args__ = (
        Index("ix_thread_category_activity", "category_id", "last_at", "id"),
        Index("ix_thread_activity", "last_at", "id"),
        Index("ix_thread_about", "about_kind", "about_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    title: str
    excerpt: str = ""
    """The beginning of the first post without its marks, for cards."""
    category_id: int = Field(foreign_key="forum_category.id")
    author_id: int = Field(foreign_key="user.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    country: str = ""
    language: str = "en"
    marking: str
    """The label: the strictest of what was chosen and of what the thread discusses."""
    chosen_marking: str
    """What decides who sees it, among the readers of what it discusses."""
    audience: str = ""
    """Its audience tokens in order, parted by spaces: the row of `ThreadCount` that counts it."""
    is_unnamed: bool = False
    """Asked without showing the name: peers see rank and function, no name, no organisation."""
    asker_rank: str = ""
    asker_function: str = ""
    state: str = ThreadState.OPEN.value
    state_reason: str = ""
    merged_into: int | None = Field(default=None, foreign_key="thread.id")
    is_pinned: bool = False
    solved_post_id: int | None = None
    about_kind: str = ""
    about_id: int | None = None
    """What of the platform it discusses; empty for a thread about nothing in particular."""
    post_count: int = 0
    """Posts shown to every reader: not held, not deleted, not marked stricter than the thread."""
    stricter_count: int = 0
    """Posts with a marking of their own."""
    last_position: int = 0
    last_at: datetime = Field(sa_type=UtcDateTime)
    last_post_id: int | None = None
    revision: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def ref(self) -> ContentRef:
        """Its name for the rest of the platform. Only for stored rows."""
        assert self.id is not None
        return ContentRef(KIND, self.id)

    @property
    def tlp(self) -> Marking:
        """The marking as the enum."""
        return Marking(self.marking)

    @property
    def is_listed(self) -> bool:
        """True for what lists, counts and search show."""
        return self.state in (ThreadState.OPEN, ThreadState.LOCKED)

    @property
    def about(self) -> ContentRef | None:
        """What it discusses."""
        return ContentRef(self.about_kind, self.about_id) if self.about_id is not None else None

    @property
    def answers(self) -> int:
        """Posts after the first."""
        return max(self.post_count - 1, 0)


class ThreadRecipient(SQLModel, table=True):
    """A further recipient: an organisation (AMBER, AMBER+STRICT) or a named person (RED)."""

    __tablename__ = "thread_recipient"
    __table_args__ = (UniqueConstraint("thread_id", "organisation_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    thread_id: int = Field(foreign_key="thread.id", index=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    user_id: int | None = Field(default=None, foreign_key="user.id")


class ThreadTopic(SQLModel, table=True):
    """A thread belongs to a topic."""

    __tablename__ = "thread_topic"

    thread_id: int = Field(foreign_key="thread.id", primary_key=True)
    topic: str = Field(primary_key=True, index=True)


class ThreadTag(SQLModel, table=True):
    """A thread carries a tag."""

    __tablename__ = "thread_tag"

    thread_id: int = Field(foreign_key="thread.id", primary_key=True)
    tag: str = Field(primary_key=True, index=True)


class Poll(SQLModel, table=True):
    """A vote in a thread."""

    __tablename__ = "thread_poll"

    id: int | None = Field(default=None, primary_key=True)
    thread_id: int = Field(foreign_key="thread.id", unique=True)
    question: str
    is_multiple: bool = False
    closes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PollOption(SQLModel, table=True):
    """One answer that a poll offers."""

    __tablename__ = "thread_poll_option"

    id: int | None = Field(default=None, primary_key=True)
    poll_id: int = Field(foreign_key="thread_poll.id", index=True)
    position: int
    text: str
    votes: int = 0


class PollVote(SQLModel, table=True):
    """A person chose an option. Who chose what is shown to nobody."""

    __tablename__ = "thread_poll_vote"

    option_id: int = Field(foreign_key="thread_poll_option.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True)
    poll_id: int = Field(foreign_key="thread_poll.id", index=True)
