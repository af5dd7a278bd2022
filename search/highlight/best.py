"""Which passage of a document answers best: the one with most of the terms, and the one nearest in meaning."""

from collections.abc import Sequence
from heapq import nlargest

from search.engine import StoredPassage
from search.highlight.terms import HighlightTerms, find_matches
from search.text import normalise

_EXAMINED = 12
"""How many promising passages are looked at closely in a long document."""


def coverage(text: str, terms: HighlightTerms) -> float:
    """Share of the distinct terms that occur in the text, 0 to 1; 0 when there are no terms."""
    if not terms.needles:
        return 0.0
    return len({match.group for match in find_matches(text, terms)}) / len(terms.needles)


def _quick(lowered: str, terms: HighlightTerms) -> float:
    hits = 0
    for needles in terms.needles:
        for needle in needles:
            if needle in lowered:
                hits += 1
                break
    return hits / len(terms.needles) if terms.needles else 0.0


def quick_score(text: str, terms: HighlightTerms) -> float:
    """A guess at `coverage` without cutting the text: wrong where letters stand inside other words,
    and where text is written otherwise than its normal form.
    """
    return _quick(text.lower(), terms)


def _promising(passages: Sequence[StoredPassage], terms: HighlightTerms) -> list[int]:
    """Indexes of the few passages worth a close look: all are skimmed with `quick_score`."""
    scores = [quick_score(passage.text, terms) for passage in passages]
    if not any(scores) and terms.needles:
        scores = [_quick(normalise(passage.text).lower(), terms) for passage in passages]
    best = nlargest(_EXAMINED, range(len(scores)), key=lambda index: (scores[index], -index))
    return [index for index in best if scores[index]]


def _closely(text: str, terms: HighlightTerms) -> tuple[int, int]:
    """Distinct terms, and how often any of them occurs."""
    found = find_matches(text, terms)
    return len({match.group for match in found}), len(found)


def best_passage(passages: Sequence[StoredPassage], terms: HighlightTerms) -> int:
    """Index of the passage with most of the distinct terms, then most occurrences, then the first.

    0 when none has any. Raises ValueError when there are no passages.
    """
    if not passages:
        raise ValueError("no passages")
    if len(passages) == 1:
        return 0
    return max(
        _promising(passages, terms),
        key=lambda index: (*_closely(passages[index].text, terms), -index),
        default=0,
    )


def largest_share(
    title: str, passages: Sequence[StoredPassage], terms: HighlightTerms, weights: Sequence[float]
) -> float:
    """The largest share, by weight, of the terms that one passage has together with the title and the first passage, where a
    document says what it is about; `weights` are by group.

    1 exactly when all are there; 0 when the terms weigh nothing.
    """
    total = sum(weights)
    if not total:
        return 0.0
    over = {match.group for text in (title, *(one.text for one in passages[:1])) for match in find_matches(text, terms)}
    best = sum(weights[group] for group in over) / total
    for index in _promising(passages, terms):
        found = over | {match.group for match in find_matches(passages[index].text, terms)}
        if len(found) == len(weights):
            return 1.0
        best = max(best, sum(weights[group] for group in found) / total)
    return best


def best_passages(
    passages: Sequence[StoredPassage], terms: HighlightTerms, *, nearest: int | None = None
) -> tuple[int, ...]:
    """Indexes of what to show of a document: the passage with most of the words, and that nearest
    in meaning (`nearest` is its ordinal, as `Candidate.passage`) where it is another.

    One that has all the words of the other is shown alone. Never empty, except for no passages.
    """
    if not passages:
        return ()
    by_words = best_passage(passages, terms)
    by_meaning = next((i for i, each in enumerate(passages) if each.ordinal == nearest), None)
    if by_meaning is None or by_meaning == by_words:
        return (by_words,)
    terms_there = _closely(passages[by_meaning].text, terms)[0]
    if terms_there >= _closely(passages[by_words].text, terms)[0]:
        return (by_meaning,)
    return (by_words, by_meaning)
