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
KEPT_TIMES = 100.0
"""What was read is kept for so many times as long as reading took, so reading costs at most a hundredth of the time ..."""
KEPT_SECONDS = 30.0
"""... and for no longer than this."""
MAX_WORDS = 100_000


class Reference:
    """Cached reference data. Another process's change shows after thirty seconds at most, and nearly at once while there is little."""

    def __init__(self, labels: Callable[[Session], Labels], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._synonyms = _Cached(_load_synonyms, monotonic)
        self._dictionary = _Cached(_load_dictionary, monotonic)
        self._resolver = _Cached(lambda session: resolver_from(labels(session)), monotonic)

    def synonyms(self, session: Session) -> SynonymTable:
        """The librarians' table."""
        return self._synonyms.get(session)

    def dictionary(self, session: Session) -> Dictionary:
        """Words of what every member may read, and, as words that are right, those of the librarians' table."""
        return self._dictionary.get(session)

    def resolver(self, session: Session) -> Resolver:
        """Turns what people type after `field:` into stored values."""
        return self._resolver.get(session)

    def forget(self) -> None:
        """Read everything again on next use."""
        for cached in (self._synonyms, self._dictionary, self._resolver):
            cached.forget()


class _Cached(Generic[T]):
    def __init__(self, load: Callable[[Session], T], monotonic: Callable[[], float]) -> None:
        self._load = load
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._value: T | None = None
        self._until = 0.0

    def get(self, session: Session) -> T:
        value = self._value
        if value is not None and self._monotonic() < self._until:
            return value
        # One thread reads; the others go on with the former value, if there is one.
        if not self._lock.acquire(blocking=value is None):
            assert value is not None
            return value
        try:
            began = self._monotonic()
            if self._value is None or began >= self._until:
                self._value = self._load(session)
                ended = self._monotonic()
                self._until = ended + min(KEPT_SECONDS, KEPT_TIMES * (ended - began))
            return self._value
        finally:
            self._lock.release()

    def forget(self) -> None:
        self._until = 0.0


def _load_synonyms(session: Session) -> SynonymTable:
    return SynonymTable(one.terms for one in session.exec(select(SynonymSet)))


def _load_dictionary(session: Session) -> Dictionary:
    # Columns, not rows of the mapper: those take five times as long, and some search waits for it.
    counted = select(DictionaryWord.word, DictionaryWord.documents).where(col(DictionaryWord.documents) > 0)
    common = counted.order_by(col(DictionaryWord.documents).desc(), col(DictionaryWord.word)).limit(MAX_WORDS)
    terms = (term for one in session.exec(select(SynonymSet)) for term in one.terms)
    return Dictionary(session.exec(common), known=terms)
