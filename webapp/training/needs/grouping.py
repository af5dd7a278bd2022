"""Knowledge requests that nobody answered, put together by meaning (FEATURES 2, item 2): suggested here, confirmed by the staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlmodel import Session

from core.access import Viewer
from core.content import ContentRef
from core.errors import Unavailable
from core.links import LinkState, links_from
from library import queries as library
from library.models import KnowledgeRequest, RequestStatus
from search.embedding import Embedder
from search.text import STOP_WORDS, words
from training.needs import queries
from training.needs.models import SAME
from webapp.runtime import Runtime

KIND = "request"
"""Kind of a knowledge request in `ContentRef`."""
ALIKE = 0.6
"""Least cosine of two questions that are suggested to mean the same. A suggestion costs a glance, a missed one a need."""
SHARED_WORDS = 0.5
"""The same without the model: least share of words in common."""
ENOUGH_REQUESTS = 3
ENOUGH_ORGANISATIONS = 2
"""As many requests, from as many organisations, are proposed as a need."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with the name of who asked."""

    request: KnowledgeRequest
    organisation: str

    @property
    def ref(self) -> ContentRef:
        """Its name for the rest of the platform."""
        assert self.request.id is not None
        return ContentRef(KIND, self.request.id)


@dataclass(frozen=True, slots=True)
class Group:
    """Requests that mean the same, or may."""

    members: tuple[Asked, ...]
    is_confirmed: bool
    need_id: int | None = None
    """The need they are evidence of already."""

    @property
    def organisations(self) -> int:
        """From how many organisations they come."""
        return len({one.request.organisation_id for one in self.members})

    @property
    def is_enough(self) -> bool:
        """True when they are proposed as a need."""
        return len(self.members) >= ENOUGH_REQUESTS and self.organisations >= ENOUGH_ORGANISATIONS


def groups_of(runtime: Runtime, session: Session, viewer: Viewer) -> list[Group]:
    """Groups of two and more among the open requests the viewer may see: those confirmed first, then the larger ones."""
    asked = [
        Asked(row.request, row.organisation.name)
        for row in library.list_requests(session, viewer)
        if row.request.status == RequestStatus.OPEN and row.request.id is not None
    ]
    by_ref = {one.ref: one for one in asked}
    confirmed, rejected = _decided(session, by_ref)
    firm = _clusters(by_ref, confirmed)
    alike = _alike(runtime.embedder, asked) - confirmed - rejected
    found = [
        _group(session, [by_ref[ref] for ref in cluster], is_confirmed=True) for cluster in firm if len(cluster) > 1
    ]
    for cluster in _clusters(by_ref, confirmed | alike):
        is_new = len(cluster) > 1 and not any(set(cluster) <= set(one) for one in firm)
        if is_new and not any(pair in rejected for pair in _pairs(cluster)):
            found.append(_group(session, [by_ref[ref] for ref in cluster], is_confirmed=False))
    return sorted(found, key=lambda one: (not one.is_confirmed, -len(one.members), one.members[0].ref))


def _decided(session: Session, by_ref: Mapping[ContentRef, Asked]) -> tuple[set[tuple[ContentRef, ContentRef]], ...]:
    links = links_from(session, KIND, [ref.id for ref in by_ref], SAME)
    chosen: dict[str, set[tuple[ContentRef, ContentRef]]] = {LinkState.CONFIRMED: set(), LinkState.REJECTED: set()}
    for link in links:
        if link.target in by_ref and link.state in chosen:
            chosen[link.state].add((link.source, link.target))
    return chosen[LinkState.CONFIRMED], chosen[LinkState.REJECTED]


def _alike(embedder: Embedder, asked: Sequence[Asked]) -> set[tuple[ContentRef, ContentRef]]:
    """Pairs that are near: in meaning where the model is there and knows the script, in words otherwise."""
    return {
        (first.ref, second.ref)
        for (first, second), near in zip(
            combinations(sorted(asked, key=lambda one: one.ref), 2), _nearness(embedder, asked), strict=True
        )
        if near
    }


def _nearness(embedder: Embedder, asked: Sequence[Asked]) -> Iterable[bool]:
    ordered = sorted(asked, key=lambda one: one.ref)
    texts = [one.request.question for one in ordered]
    vectors = None
    if texts and embedder.dimension and embedder.ready:
        try:
            vectors = embedder.embed(texts)
        except Unavailable:
            vectors = None
    for first, second in combinations(range(len(texts)), 2):
        by_words = _share(texts[first], texts[second]) >= SHARED_WORDS
        knows = vectors is not None and embedder.knows(texts[first]) and embedder.knows(texts[second])
        yield by_words or (vectors is not None and knows and float(vectors[first] @ vectors[second]) >= ALIKE)


def _share(first: str, second: str) -> float:
    one, other = (set(words(text)) - STOP_WORDS for text in (first, second))
    return len(one & other) / len(one | other) if one | other else 0.0


def _clusters(
    refs: Iterable[ContentRef], pairs: Iterable[tuple[ContentRef, ContentRef]]
) -> list[tuple[ContentRef, ...]]:
    """What hangs together by the pairs."""
    home = {ref: ref for ref in refs}

    def root(ref: ContentRef) -> ContentRef:
        while home[ref] != ref:
            ref = home[ref]
        return ref

    for first, second in pairs:
        low, high = sorted((root(first), root(second)))
        home[high] = low
    found: dict[ContentRef, list[ContentRef]] = {}
    for ref in sorted(home):
        found.setdefault(root(ref), []).append(ref)
    return [tuple(members) for members in found.values()]


def _pairs(cluster: Sequence[ContentRef]) -> Iterable[tuple[ContentRef, ContentRef]]:
    return combinations(sorted(cluster), 2)


def _group(session: Session, members: list[Asked], *, is_confirmed: bool) -> Group:
    needs = queries.needs_shown_by(session, [one.ref for one in members])
    return Group(tuple(members), is_confirmed, min(needs, default=None))
