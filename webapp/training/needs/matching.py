"""What may answer a need: hybrid search with its words, trimmed for the viewer (METHODS section 2), and the coverage of needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from core.access import Viewer
from core.content import Card, ContentRef
from core.errors import Unavailable
from core.links import Link, LinkState, links_from
from core.paging import Page
from core.tagging import topics_of
from search.fusion import MOST_WORDS, WEIGHT_OF_MEANING
from search.results import Hit, SearchRequest
from search.text import words
from training.needs import queries
from training.needs.models import ANSWERED_BY, KIND, Extent, Need
from webapp.part import Parts
from webapp.runtime import Runtime

MEANING, WORDS, THEME = 0.6, 0.25, 0.15
"""How much a shared meaning, shared words and a shared theme count; our own design (METHODS section 2)."""
EXAMINED = 30
SHOWN = 8
LEAST = 0.15
"""What is less alike is no suggestion."""
LONGEST = 400
"""Characters of a need that are asked for; a question of hundreds of words finds everything."""
NO_ANSWERS = frozenset({KIND})
"""Kinds that answer no need: another need is no answer."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that may answer a need, and how well it fits."""

    card: Card
    match: float
    shares_theme: bool
    rejected_by: int
    """Needs of the same theme for which it was rejected: it counts for less."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Something a person decided on, which the viewer may see."""

    link: Link
    title: str

    @property
    def ref(self) -> ContentRef:
        """The object."""
        return self.link.target


@dataclass(frozen=True, slots=True)
class Coverage:
    """What covers a need, as far as the viewer may see it."""

    state: str
    """`fully`, `partly` or `nothing`."""
    judged: tuple[Judged, ...] = ()


def suggestions(runtime: Runtime, session: Session, viewer: Viewer, need: Need) -> list[Suggestion]:
    """The best of what nobody has decided on, best first; what was rejected for this need does not come back.

    Raises Unavailable when search is down.
    """
    text = " ".join(words(f"{need.title} {need.statement}"[:LONGEST]))
    request = SearchRequest(text=text, page=Page(1, EXAMINED), as_typed=True, closest=True)
    decided = {link.target for link in links_from(session, KIND, [need.ref.id], ANSWERED_BY)}
    hits = [hit for hit in runtime.search.search(session, viewer, request).hits if hit.ref.kind not in NO_ANSWERS]
    hits = [hit for hit in hits if hit.ref not in decided]
    themes = _themes(session, [hit.ref for hit in hits])
    rejected = queries.rejections_of_like(session, need)
    found = [_weighed(hit, need, themes.get(hit.ref, []), rejected.get(hit.ref, 0)) for hit in hits]
    found.sort(key=lambda one: (-one.match, one.card.ref))
    return [one for one in found if one.match >= LEAST][:SHOWN]


def suggestions_if_up(runtime: Runtime, session: Session, viewer: Viewer, need: Need) -> list[Suggestion] | None:
    """The same; None when search is down, as the page does not depend on it."""
    try:
        return suggestions(runtime, session, viewer, need)
    except Unavailable:
        return None


def judged_by_need(
    parts: Parts, session: Session, viewer: Viewer, needs: Iterable[Need], *states: LinkState
) -> Mapping[int, tuple[Judged, ...]]:
    """What was decided, by need; objects the viewer may not see are left out."""
    links = links_from(session, KIND, [one.ref.id for one in needs], ANSWERED_BY, *states)
    titles = parts.titles(session, viewer, {link.target for link in links})
    found: dict[int, tuple[Judged, ...]] = {}
    for link in links:
        if link.target in titles:
            found[link.from_id] = (*found.get(link.from_id, ()), Judged(link, titles[link.target]))
    return found


def coverage_of(parts: Parts, session: Session, viewer: Viewer, needs: Iterable[Need]) -> Mapping[int, Coverage]:
    """What covers each of the needs, for this viewer."""
    rows = list(needs)
    judged = judged_by_need(parts, session, viewer, rows, LinkState.CONFIRMED)
    return {one.ref.id: _coverage(judged.get(one.ref.id, ())) for one in rows}


def _coverage(judged: tuple[Judged, ...]) -> Coverage:
    if not judged:
        return Coverage("nothing")
    is_full = any(one.link.extent == Extent.FULLY for one in judged)
    return Coverage(Extent.FULLY.value if is_full else Extent.PARTLY.value, judged)


def _weighed(hit: Hit, need: Need, topics: list[str], rejected: int) -> Suggestion:
    shares = need.topic in topics or (need.cross_cutting != "" and need.cross_cutting in topics)
    meaning = min(1.0, hit.meaning_part / WEIGHT_OF_MEANING)
    named = min(1.0, hit.words_part / ((1 - WEIGHT_OF_MEANING) * MOST_WORDS))
    match = MEANING * meaning + WORDS * named + THEME * shares
    return Suggestion(hit.card, match / (1 + rejected), shares, rejected)


def _themes(session: Session, refs: Iterable[ContentRef]) -> dict[ContentRef, list[str]]:
    by_kind: dict[str, list[int]] = {}
    for ref in refs:
        by_kind.setdefault(ref.kind, []).append(ref.id)
    return {
        ContentRef(kind, number): topics
        for kind, ids in by_kind.items()
        for number, topics in topics_of(session, kind, ids).items()
    }
