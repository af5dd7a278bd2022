"""What a person has read, and what he has begun to write."""

from datetime import datetime

from sqlmodel import Field, SQLModel, Text, UniqueConstraint

from core.db import UtcDateTime


class ThreadRead(SQLModel, table=True):
    """How far a person has read a thread."""

    __tablename__ = "thread_read"

    user_id: int = Field(foreign_key="user.id", primary_key=True)
    thread_id: int = Field(foreign_key="thread.id", primary_key=True)
    position: int = 0
    """Position of the last post seen."""
    post_id: int = 0
    """The highest id seen: tells which of the posts without a position of their own are new."""
    at: datetime = Field(sa_type=UtcDateTime)


class CategoryRead(SQLModel, table=True):
    """Everything in a category up to a time counts as read."""

    __tablename__ = "forum_category_read"

    user_id: int = Field(foreign_key="user.id", primary_key=True)
    category_id: int = Field(foreign_key="forum_category.id", primary_key=True)
    read_at: datetime = Field(sa_type=UtcDateTime)


class Receipt(SQLModel, table=True):
    """A person confirmed that he has read an announcement."""

    __tablename__ = "thread_receipt"

    thread_id: int = Field(foreign_key="thread.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)


class PostDraft(SQLModel, table=True):
    """What somebody is writing: one for each thread, and one for a new thread in each category."""

    __tablename__ = "post_draft"
    __table_args__ = (UniqueConstraint("user_id", "scope"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id")
    scope: str
    """`thread:<id>` for a reply, `category:<id>` for a new thread."""
    title: str = ""
    body: str = Field(sa_type=Text)
    changed_at: datetime = Field(sa_type=UtcDateTime)
