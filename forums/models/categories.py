"""Categories: where threads stand, who may write there, and how many threads each audience sees."""

from datetime import datetime

from sqlmodel import JSON, Column, Field, SQLModel, Text

from core.access import Marking
from core.content import ContentRef
from core.db import UtcDateTime

CATEGORY = "category"
"""Kind of a category in `ContentRef`."""


class Category(SQLModel, table=True):
    """A place for threads of one sort, open to all members or inside a space."""

    __tablename__ = "forum_category"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    """Its name in addresses; never changes."""
    title: str
    description: str = Field(default="", sa_type=Text)
    space_id: int | None = Field(default=None, foreign_key="space.id", index=True)
    position: int = 0
    starters: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Who may start threads: `role:<role>` and `org:<id>`; none: every member."""
    posters: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Who may reply, in the same words."""
    is_premoderated: bool = False
    """Every post waits for a moderator."""
    held_posts: int = 0
    """So many first posts of each person wait for a moderator."""
    allowed_markings: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """None: all."""
    default_marking: str = Marking.AMBER_STRICT.value
    slow_seconds: int = 0
    """Shortest time between two posts of one person; 0: none."""
    is_announcements: bool = False
    """Moderators write, all read."""
    is_archived: bool = False
    """Everything stays readable, nothing is added."""
    revision: int = 1
    created_by: int = Field(foreign_key="user.id")
    created_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def ref(self) -> ContentRef:
        """Its name for the rest of the platform. Only for stored rows."""
        assert self.id is not None
        return ContentRef(CATEGORY, self.id)

    @property
    def markings(self) -> list[Marking]:
        """Markings that its threads may have, the widest first."""
        return [one for one in Marking if not self.allowed_markings or one.value in self.allowed_markings]


class CategoryModerator(SQLModel, table=True):
    """A person who moderates one category, beside those who hold the role."""

    __tablename__ = "forum_category_moderator"

    category_id: int = Field(foreign_key="forum_category.id", primary_key=True)
    user_id: int = Field(foreign_key="user.id", primary_key=True, index=True)


class ThreadCount(SQLModel, table=True):
    """How many listed threads and posts of a category have one audience: exact counts for any reader from a few rows."""

    __tablename__ = "thread_count"

    category_id: int = Field(foreign_key="forum_category.id", primary_key=True)
    audience: str = Field(primary_key=True)
    """Audience tokens in order, parted by spaces, as in `Thread.audience`."""
    threads: int = 0
    posts: int = 0
