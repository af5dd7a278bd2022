"""A person's own recent searches: shown to nobody else, deletable, at most twenty."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, UniqueConstraint, col, select

from core.db import UtcDateTime
from core.uow import UnitOfWork

KEPT = 20
MAX_TEXT = 300


class RecentSearch(SQLModel, table=True):
    """One thing a person searched for."""

    __tablename__ = "recent_search"
    __table_args__ = (UniqueConstraint("user_id", "text"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    text: str
    at: datetime = Field(sa_type=UtcDateTime)


def remember(work: UnitOfWork, user_id: int, text: str) -> None:
    """Put a search on top of the person's list."""
    text = " ".join(text.split())[:MAX_TEXT]
    if not text:
        return
    mine = select(RecentSearch).where(RecentSearch.user_id == user_id)
    same = work.session.exec(mine.where(RecentSearch.text == text)).one_or_none()
    if same is None:
        same = RecentSearch(user_id=user_id, text=text, at=work.now)
    same.at = work.now
    work.session.add(same)
    work.session.flush()
    for old in work.session.exec(mine.order_by(col(RecentSearch.at).desc()).offset(KEPT)).all():
        work.session.delete(old)


def list_recent(session: Session, user_id: int, limit: int = 8) -> list[str]:
    """Own searches, newest first."""
    mine = select(RecentSearch.text).where(RecentSearch.user_id == user_id)
    return list(session.exec(mine.order_by(col(RecentSearch.at).desc()).limit(limit)))


def forget(work: UnitOfWork, user_id: int) -> None:
    """Delete all of a person's recent searches."""
    work.session.execute(delete(RecentSearch).where(col(RecentSearch.user_id) == user_id))
