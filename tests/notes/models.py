"""The table of notes: in a metadata of its own, so that the product's migrations do not miss it."""

from datetime import datetime

from sqlalchemy import MetaData
from sqlmodel import Field, SQLModel

from core.content import ContentRef
from core.db import UtcDateTime

KIND = "note"


class NotesTable(SQLModel):
    metadata = MetaData(naming_convention=SQLModel.metadata.naming_convention)


class Note(NotesTable, table=True):
    __tablename__ = "note"

    id: int | None = Field(default=None, primary_key=True)
    text: str
    owner_id: int
    organisation_id: int
    marking: str
    revision: int = 1
    written_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def ref(self) -> ContentRef:
        assert self.id is not None
        return ContentRef(KIND, self.id)
