"""What a domain offers to be searched: the contract, and the registry of a running system."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from sqlmodel import Session

from core.access import Viewer
from core.content import Card, SourceDocument


class ContentSource(Protocol):
    """One kind of searchable content. All methods read; none commits."""

    kind: str

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, SourceDocument]:
        """The documents of those ids that belong in the index now; an id left out does not belong there."""

    def ids(self, session: Session) -> Iterator[int]:
        """Every id that belongs in the index, ascending."""

    def cards(self, session: Session, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Card]:
        """Cards of those ids the viewer may see now: the database's word, which overrides the index.

        Each has the revision that `load` gives: passages stored of another revision are not shown with it.
        """

    def unsettled(self, session: Session, viewer: Viewer) -> frozenset[int]:
        """Ids whose change waits to be indexed and that the viewer may not see now: the index may still count them."""


class Sources:
    """The content sources of a running system, by kind."""

    def __init__(self, sources: Iterable[ContentSource] = ()) -> None:
        self._by_kind = {source.kind: source for source in sources}

    def __iter__(self) -> Iterator[ContentSource]:
        return iter(self._by_kind.values())

    def get(self, kind: str) -> ContentSource | None:
        """The source of a kind; None for a kind no domain claims any more."""
        return self._by_kind.get(kind)
