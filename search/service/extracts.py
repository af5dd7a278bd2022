"""What a hit shows of its document."""

from core.content import Card, Place
from search.engine import StoredPassage, StoredPassages
from search.fusion import Ranked
from search.highlight import HighlightTerms, best_passages, highlight, mark_all
from search.results import Extract, Mode


def extracts_of(
    one: Ranked, stored: StoredPassages | None, card: Card, terms: HighlightTerms, mode: Mode
) -> tuple[Extract, ...]:
    """The passage nearest in meaning and the one with most of the words; the card's summary when nothing was asked.

    The summary stands there too when the passages are not those of the card's revision: what they say may be deleted by now.
    """
    if stored is None or stored.revision != card.revision:
        return (Extract(mark_all(card.summary, terms), Place()),) if card.summary else ()
    if mode is Mode.BROWSE or not stored:
        return (Extract(mark_all(card.summary, terms), stored[0].place),) if stored else ()
    chosen = best_passages(stored, terms, nearest=one.candidate.passage)
    return tuple(Extract(_cut(_below_heading(stored[i]), terms), stored[i].place) for i in chosen)


def _below_heading(passage: StoredPassage) -> str:
    """The text without the heading in front: the link to the place shows it, and run into a sentence it confuses."""
    heading = passage.place.label.rpartition(" > ")[2]
    return passage.text.removeprefix(f"{heading}\n").lstrip("\n") or passage.text


def _cut(text: str, terms: HighlightTerms) -> str:
    snippet = highlight(text, terms)
    return f"{'… ' if snippet.cut_before else ''}{snippet.html}{' …' if snippet.cut_after else ''}"
