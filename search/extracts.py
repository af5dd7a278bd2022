"""What a hit shows of its document."""

from collections.abc import Sequence

from core.content import Card
from search.engine import StoredPassage
from search.fusion import Ranked
from search.highlight import HighlightTerms, best_passages, highlight, mark_all
from search.results import Extract, Mode


def extracts_of(
    one: Ranked, passages: Sequence[StoredPassage], card: Card, terms: HighlightTerms, mode: Mode
) -> tuple[Extract, ...]:
    """The passage nearest in meaning and the one with most of the words; the summary when nothing was asked."""
    if mode is Mode.BROWSE or not passages:
        return (Extract(mark_all(card.summary, terms), passages[0].place),) if passages else ()
    chosen = best_passages(passages, terms, nearest=one.candidate.passage)
    return tuple(Extract(_cut(_below_heading(passages[i]), terms), passages[i].place) for i in chosen)


def _below_heading(passage: StoredPassage) -> str:
    """The text without the heading in front: the link to the place shows it, and run into a sentence it confuses."""
    heading = passage.place.label.rpartition(" > ")[2]
    return passage.text.removeprefix(f"{heading}\n").lstrip("\n") or passage.text


def _cut(text: str, terms: HighlightTerms) -> str:
    snippet = highlight(text, terms)
    return f"{'… ' if snippet.cut_before else ''}{snippet.html}{' …' if snippet.cut_after else ''}"
