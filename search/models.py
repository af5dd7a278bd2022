"""Tables of search: vectors kept for reuse, the dictionary of what every member may read, the librarians' synonyms."""

from datetime import datetime

from sqlmodel import JSON, Column, Field, LargeBinary, SQLModel

from core.db import UtcDateTime


class PassageVector(SQLModel, table=True):
    """The vector of one embedded text, found again by what was embedded and by what."""

    __tablename__ = "passage_vector"

    text_digest: str = Field(primary_key=True)
    model_digest: str = Field(primary_key=True)
    vector: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """`(d,) float16`, little-endian: the precision the engines keep."""


class DictionaryEntry(SQLModel, table=True):
    """The words one document gives to the dictionary. Only documents that every member may read have one."""

    __tablename__ = "dictionary_entry"

    kind: str = Field(primary_key=True)
    object_id: int = Field(primary_key=True)
    digest: str
    """Of what the entry was made from: equal means nothing to do."""
    title: str
    words: str
    """Distinct words in order, with single spaces."""


class DictionaryWord(SQLModel, table=True):
    """A word and how many entries have it."""

    __tablename__ = "dictionary_word"

    word: str = Field(primary_key=True)
    documents: int = 0


class SynonymSet(SQLModel, table=True):
    """Terms that mean the same, one word or several each."""

    __tablename__ = "synonym_set"

    id: int | None = Field(default=None, primary_key=True)
    terms: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: int | None = Field(default=None, foreign_key="user.id")
