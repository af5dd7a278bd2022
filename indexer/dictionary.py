"""Keeps the dictionary of suggestions in step with the documents every member may read, by differences."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from core.access import EVERY_MEMBER, Tokens
from core.content import ContentRef, SourceDocument
from search.documents import texts_of
from search.models import DictionaryEntry, DictionaryWord
from search.text import words

MAX_WORD_LENGTH = 40
MAX_WORDS = 20_000
"""Distinct words one document may give."""
LOOKUP_BATCH = 400


def update_dictionary(session: Session, documents: Iterable[SourceDocument], absent: Iterable[ContentRef] = ()) -> None:
    """Count the words of these documents, and no longer those of absent ones or of ones that are no longer for everybody."""
    changes: Counter[str] = Counter()
    for ref in absent:
        _drop(session, ref, changes)
    for document in documents:
        if is_for_everybody(document):
            _put(session, document, changes)
        else:
            _drop(session, document.ref, changes)
    _count(session, changes)


def is_for_everybody(document: SourceDocument) -> bool:
    """True when every verified member may read it."""
    return EVERY_MEMBER.sees(Tokens(document.audience, document.space))


def list_entries(session: Session) -> list[ContentRef]:
    """What the dictionary was made from."""
    rows = session.exec(select(DictionaryEntry.kind, DictionaryEntry.object_id))
    return [ContentRef(kind, one) for kind, one in rows]


def _put(session: Session, document: SourceDocument, changes: Counter[str]) -> None:
    texts = texts_of(document)
    digest = hashlib.blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    entry = session.get(DictionaryEntry, tuple(document.ref), with_for_update=True)
    if entry is not None and entry.digest == digest:
        return
    # The order of first appearance decides what a limit leaves out, the same on every run.
    distinct = dict.fromkeys(word for text in texts for word in words(text) if _is_wanted(word))
    kept = sorted(list(distinct)[:MAX_WORDS])
    changes.update(kept)
    if entry is None:
        entry = DictionaryEntry(kind=document.ref.kind, object_id=document.ref.id, digest="", title="", words="")
    changes.subtract(entry.words.split())
    entry.digest, entry.title, entry.words = digest, document.title, " ".join(kept)
    session.add(entry)


def _drop(session: Session, ref: ContentRef, changes: Counter[str]) -> None:
    entry = session.get(DictionaryEntry, tuple(ref), with_for_update=True)
    if entry is not None:
        changes.subtract(entry.words.split())
        session.delete(entry)


def _is_wanted(word: str) -> bool:
    return 1 < len(word) <= MAX_WORD_LENGTH and not word.isdigit() and any(letter.isalpha() for letter in word)


def _count(session: Session, changes: Counter[str]) -> None:
    session.flush()
    # In one order everywhere, so that two drains on PostgreSQL wait for each other instead of dead-locking.
    rows = [{"word": word, "documents": by} for word, by in sorted(changes.items()) if by]
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = DictionaryWord.__table__  # type: ignore[attr-defined]
    insert = dialect.insert(table)
    add = table.c.documents + insert.excluded.documents
    session.execute(insert.on_conflict_do_update(index_elements=["word"], set_={"documents": add}), rows)
    fewer = [word for word, by in changes.items() if by < 0]
    for start in range(0, len(fewer), LOOKUP_BATCH):
        some = col(DictionaryWord.word).in_(fewer[start : start + LOOKUP_BATCH])
        session.execute(delete(DictionaryWord).where(some, col(DictionaryWord.documents) <= 0))
