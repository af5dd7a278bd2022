"""The synonym table: sets of equivalent terms that librarians keep."""

from pydantic import BaseModel, field_validator
from sqlmodel import Session, col, select

from core.access import Viewer
from core.content import ContentRef
from core.errors import InvalidValue, NotFound, require
from core.people import Role
from core.uow import UnitOfWork
from search.models import SynonymSet
from search.text import words

MAX_TERMS = 12
MAX_LENGTH = 80


class SynonymDraft(BaseModel):
    """One set, typed as a comma-separated line."""

    terms: list[str]

    @field_validator("terms", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return list(dict.fromkeys(" ".join(part.split()) for part in value.split(",") if words(part)))

    @field_validator("terms")
    @classmethod
    def _usable(cls, value: list[str]) -> list[str]:
        if not 2 <= len(value) <= MAX_TERMS:
            raise InvalidValue("A set needs 2 to %(count)s terms, parted by commas.", count=MAX_TERMS)
        if any(len(term) > MAX_LENGTH for term in value):
            raise InvalidValue("A term has at most %(count)s characters.", count=MAX_LENGTH)
        return value


def can_edit_synonyms(viewer: Viewer) -> bool:
    """Librarians keep the table."""
    return viewer.has(Role.LIBRARIAN)


def list_synonyms(session: Session) -> list[SynonymSet]:
    """All sets, newest first."""
    return list(session.exec(select(SynonymSet).order_by(col(SynonymSet.id).desc())))


def add_synonyms(work: UnitOfWork, viewer: Viewer, draft: SynonymDraft) -> SynonymSet:
    """Add a set; searches use it within half a minute."""
    require(can_edit_synonyms(viewer), "The synonym table is kept by librarians.")
    entry = SynonymSet(terms=draft.terms, created_at=work.now, created_by=viewer.user_id)
    work.session.add(entry)
    work.session.flush()
    work.audit("synonyms.added", ContentRef("synonyms", entry.id or 0), terms=draft.terms)
    return entry


def remove_synonyms(work: UnitOfWork, viewer: Viewer, set_id: int) -> None:
    """Take a set out. Raises NotFound."""
    require(can_edit_synonyms(viewer), "The synonym table is kept by librarians.")
    entry = work.session.get(SynonymSet, set_id)
    if entry is None:
        raise NotFound
    work.session.delete(entry)
    work.audit("synonyms.removed", ContentRef("synonyms", set_id), terms=entry.terms)
