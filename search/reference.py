"""Slow-changing things every search needs, read from the database now and then: synonyms, dictionary, facet labels."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from sqlmodel import Session, col, select

from search.models import DictionaryWord, SynonymSet
from search.query import Resolver, resolver_from
from search.text.spelling import Dictionary
from search.text.synonyms import SynonymTable

T = TypeVar("T")
Labels = Mapping[str, Mapping[str, str]]
"""Facet name to reader's label to stored value."""
KEPT_SECONDS = 30.0
MAX_WORDS = 100_000


class Reference:
    """Cached reference data; another process's change shows after at most thirty seconds."""

    def __init__(self, labels: Callable[[Session], Labels]) -> None:
        self._synonyms = _Cached(_load_synonyms)
        self._dictionary = _Cached(_load_dictionary)
        self._resolver = _Cached(lambda session: resolver_from(labels(session)))

    def synonyms(self, session: Session) -> SynonymTable:
        """The librarians' table."""
        return self._synonyms.get(session)

    def dictionary(self, session: Session) -> Dictionary:
        """Words of what every member may read."""
        return self._dictionary.get(session)

    def resolver(self, session: Session) -> Resolver:
        """Turns what people type after `field:` into stored values."""
        return self._resolver.get(session)

    def forget(self) -> None:
        """Read everything again on next use."""
        for cached in (self._synonyms, self._dictionary, self._resolver):
            cached.forget()


class _Cached(Generic[T]):
    def __init__(self, load: Callable[[Session], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._value: T | None = None
        self._until = 0.0

    def get(self, session: Session) -> T:
        now = time.monotonic()
        value = self._value
        if value is not None and now < self._until:
            return value
        # One thread reads; the others go on with the former value, if there is one.
        if not self._lock.acquire(blocking=value is None):
            assert value is not None
            return value
        try:
            if self._value is None or time.monotonic() >= self._until:
                self._value = self._load(session)
                self._until = time.monotonic() + KEPT_SECONDS
            return self._value
        finally:
            self._lock.release()

    def forget(self) -> None:
        self._until = 0.0


def _load_synonyms(session: Session) -> SynonymTable:
    return SynonymTable(one.terms for one in session.exec(select(SynonymSet)))


def _load_dictionary(session: Session) -> Dictionary:
    rows = select(DictionaryWord).where(col(DictionaryWord.documents) > 0)
    common = rows.order_by(col(DictionaryWord.documents).desc(), col(DictionaryWord.word)).limit(MAX_WORDS)
    return Dictionary((row.word, row.documents) for row in session.exec(common))
