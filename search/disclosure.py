"""The one gate between what search holds and what a person is told: it asks the database.

The index follows the database by seconds, or by hours while it cannot be written, and the dictionary in memory by half a minute more.
So whatever a search shows beside what was typed comes through a `Disclosure`: it makes every query for the engine, with the viewer's
access and without what is no longer for him; it reads every card; and it lets no word of the dictionary pass that the
database does not have now in something every member may read. tests/architecture holds the rest of search to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from sqlalchemy import ColumnElement, case, literal
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from core import outbox
from core.access import EVERY_MEMBER, Tokens, Viewer
from core.content import Card, ContentRef
from core.sources import ContentSource, Sources
from search.documents import texts_of
from search.engine import AccessFilter, EngineQuery
from search.models import DictionaryEntry, DictionaryWord, SynonymSet
from search.query import ParsedQuery, Slips, corrected_query
from search.text import words
from search.text.spelling import Dictionary

EXAMINED = 20
"""Changed documents that wait to be indexed and are read for one word; in more of them it counts as gone until they are indexed."""


class Disclosure:
    """What one viewer may be told at this moment. Made for one answer and thrown away with its session.

    A viewer without an audience, whose account is not verified or not active, is told no word at all.
    """

    def __init__(self, session: Session, viewer: Viewer, sources: Sources) -> None:
        self.session = session
        self._viewer = viewer
        self._sources = sources

    # --- documents ----------------------------------------------------------------------------------------------------

    @cached_property
    def withheld(self) -> frozenset[ContentRef]:
        """Documents the index may still show and count although the viewer may not see them any more."""
        return frozenset(
            ContentRef(source.kind, one)
            for source in self._sources
            for one in source.unsettled(self.session, self._viewer)
        )

    def query(self, *, without: Iterable[ContentRef] = (), is_personal: bool = True, **asked: Any) -> EngineQuery:
        """A query over what the viewer may see now; `asked` are the other fields of `EngineQuery`.

        Not `is_personal`: what is for named persons takes no part.
        """
        audience = self._viewer.audience
        if not is_personal:
            audience = frozenset(token for token in audience if not token.startswith("user:"))
        access = AccessFilter(audience, self._viewer.spaces)
        return EngineQuery(access=access, exclude=self.withheld.union(without), **asked)

    def public_query(self, **asked: Any) -> EngineQuery:
        """The same over what every member may read."""
        return Disclosure(self.session, EVERY_MEMBER, self._sources).query(**asked)

    def cards(self, refs: Iterable[ContentRef]) -> dict[ContentRef, Card]:
        """Cards of those the database lets the viewer see: one query a kind."""
        by_kind: dict[str, list[int]] = {}
        for ref in refs:
            by_kind.setdefault(ref.kind, []).append(ref.id)
        cards: dict[ContentRef, Card] = {}
        for kind, ids in by_kind.items():
            source = self._sources.get(kind)
            if source is not None:
                cards.update((card.ref, card) for card in source.cards(self.session, self._viewer, ids).values())
        return cards

    # --- words --------------------------------------------------------------------------------------------------------

    @property
    def is_member(self) -> bool:
        """False for an account that is not verified or not active: the words are those of what every member may read."""
        return bool(self._viewer.audience)

    def completions(self, dictionary: Dictionary, beginning: str, limit: int) -> list[str]:
        """Words that begin so, the most frequent first."""
        if not self.is_member:
            return []
        known = dictionary.complete(beginning, limit)
        allowed = self._in_public_documents(known)
        return [word for word in known if word in allowed]

    def automatic_corrections(self, slips: Slips, parsed: ParsedQuery, dictionary: Dictionary) -> dict[str, str]:
        """Words as typed with what is searched as well, without being asked."""
        return self._allowed(slips.corrections(parsed, dictionary)) if self.is_member else {}

    def did_you_mean(self, slips: Slips, parsed: ParsedQuery, dictionary: Dictionary) -> str:
        """The question with doubtful words put right, in the query language; empty when there is nothing to put right."""
        proposed = self._allowed(slips.proposals(parsed, dictionary)) if self.is_member else {}
        return corrected_query(parsed, proposed) if proposed else ""

    def _allowed(self, proposed: Mapping[str, str]) -> dict[str, str]:
        wanted = dict.fromkeys(proposed.values())
        allowed = self._in_public_documents(list(wanted))
        if len(allowed) < len(wanted):
            # The librarians' table is for every member, too.
            terms = (term for one in self.session.exec(select(SynonymSet)) for term in one.terms)
            allowed |= wanted.keys() & {word for term in terms for word in words(term)}
        return {typed: better for typed, better in proposed.items() if better in allowed}

    def _in_public_documents(self, wanted: Sequence[str]) -> set[str]:
        """Those of the words that some document has in the database which every member may read there now.

        What is indexed is counted; of what changed since, which the counts do not know, documents are read.
        """
        if not wanted:
            return set()
        counts = select(DictionaryWord.word, DictionaryWord.documents).where(col(DictionaryWord.word).in_(wanted))
        left = dict(self.session.exec(counts).all())
        for source in self._sources:
            if self.session.exec(_any_waiting(source.kind)).first() is None:
                continue  # as nearly always
            sums = (func.coalesce(func.sum(case((_has(word), 1), else_=0)), 0) for word in wanted)
            changed = self.session.execute(_changed(select(*sums), source)).one()
            for word, number in zip(wanted, changed, strict=True):
                left[word] = left.get(word, 0) - number
        return {word for word in wanted if left.get(word, 0) > 0 or self._is_in_a_changed_one(word)}

    def _is_in_a_changed_one(self, word: str) -> bool:
        for source in self._sources:
            having = _changed(select(DictionaryEntry.object_id).where(_has(word)), source).limit(EXAMINED)
            ids = list(self.session.exec(having))
            for document in source.load(self.session, ids).values() if ids else ():
                is_public = EVERY_MEMBER.sees(Tokens(document.audience, document.space))
                if is_public and any(word in words(text) for text in texts_of(document)):
                    return True
        return False


@cache
def _any_waiting(kind: str) -> SelectOfScalar[int]:
    return outbox.marked(kind).limit(1)


def _changed(asked: Any, source: ContentSource) -> Any:
    """Of the entries of the dictionary those whose document may have changed since they were made."""
    waiting = col(DictionaryEntry.object_id).in_(outbox.marked(source.kind))
    return asked.where(DictionaryEntry.kind == source.kind, waiting)


def _has(word: str) -> ColumnElement[bool]:
    return (literal(" ") + col(DictionaryEntry.words) + literal(" ")).contains(f" {word} ", autoescape=True)
