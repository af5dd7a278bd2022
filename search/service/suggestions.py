"""Type-ahead: words and titles that continue what is being typed."""

from collections.abc import Sequence

from core.content import Card
from search.disclosure import Disclosure
from search.engine import LexicalQuery, Prefix, Word
from search.service.retrieval import Retrieval
from search.text import words
from search.text.spelling import Dictionary


def suggestions(
    told: Disclosure, retrieval: Retrieval, dictionary: Dictionary, text: str, limit: int
) -> tuple[list[str], list[Card]]:
    """The text with its last word completed, and cards whose titles have all its words; only from what every member may read."""
    typed = words(text)
    if not told.is_member or not typed or len(typed[-1]) < 2 or text[-1:].isspace():
        return [], []
    completions = told.completions(dictionary, typed[-1], limit)
    head = text[: len(text.rstrip()) - len(text.rsplit(maxsplit=1)[-1])]
    query = told.public_query(
        lexical=LexicalQuery(must=(*(Word(word) for word in typed[:-1]), Prefix(typed[-1]))),
        pool=limit,
        depth=limit * 3,
    )
    candidates = sorted(
        retrieval.run_optional(query).candidates,
        key=lambda one: (not _starts(one.title_key, typed), -(one.lexical or 0), one.ref),
    )
    cards = told.cards([one.ref for one in candidates[: limit * 2]])
    titles = [cards[one.ref] for one in candidates if one.ref in cards and _starts(one.title_key, typed)]
    return [head + word for word in completions if word != typed[-1]][:limit], titles[:limit]


def _starts(key: str, typed: Sequence[str]) -> bool:
    """True when the title holds all typed words, the last one as a beginning."""
    have = key.split()
    return all(word in have for word in typed[:-1]) and any(word.startswith(typed[-1]) for word in have)
