"""Tables of attached files. Their text and extraction status are in `core.files.FileText`."""

from datetime import date, datetime

from sqlmodel import BigInteger, Column, Field, Index, SQLModel

from core.content import ContentRef
from core.db import UtcDateTime


class Attachment(SQLModel, table=True):
    """A file of an object, or an earlier version of one."""

    __tablename__ = "attachment"
    __table_args__ = (Index(None, "kind", "object_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    object_id: int
    filename: str
    sha256: str = Field(index=True)
    size: int
    media_type: str
    added_by: int = Field(foreign_key="user.id")
    added_at: datetime = Field(sa_type=UtcDateTime)
    replaced_by: int | None = Field(default=None, foreign_key="attachment.id", index=True)
    """The newest version, of which this is an earlier one; None for the newest itself, the only one that is indexed."""

    @property
    def ref(self) -> ContentRef:
        """The object it belongs to."""
        return ContentRef(self.kind, self.object_id)


class UploadDay(SQLModel, table=True):
    """How much a person has uploaded on the last day he uploaded anything: what the quota is checked against."""

    __tablename__ = "upload_day"

    user_id: int = Field(foreign_key="user.id", primary_key=True)
    day: date
    """In UTC."""
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Bytes."""


class UnusedFile(SQLModel, table=True):
    """A stored file that no object uses, since when a purge has known it; removed when that is long enough ago."""

    __tablename__ = "unused_file"

    sha256: str = Field(primary_key=True)
    since: datetime = Field(sa_type=UtcDateTime)
