"""What may lead on after an empty list: without one of the filters, by one of the words, or asked otherwise."""

from collections.abc import Callable
from dataclasses import replace

from search.engine import EngineQuery, Filters
from search.query import ParsedQuery, build_lexical, parse
from search.results import DropHint
from search.text import STOP_WORDS
from search.text.synonyms import SynonymTable

MOST_WORDS = 8
"""Of a longer question only the first are tried alone: each costs a search."""
Total = Callable[[EngineQuery], int]
"""How many documents a query finds."""


def finds(text: str, asked: EngineQuery, total: Total) -> bool:
    """Whether this text, by its words and without filters, finds anything for who asked."""
    query = EngineQuery(access=asked.access, lexical=build_lexical(parse(text)), depth=1, pool=1, exclude=asked.exclude)
    return total(query) > 0


def found_alone(parsed: ParsedQuery, synonyms: SynonymTable, asked: EngineQuery, total: Total) -> tuple[str, ...]:
    """Words of a question of several, each of which finds something alone under the same filters: the rarest first.

    None of a question in operators, which say what belongs together.
    """
    if asked.lexical is None or asked.lexical.must or asked.lexical.must_not:
        return ()
    tried = list(dict.fromkeys(word for word in parsed.words if word.lower() not in STOP_WORDS))[:MOST_WORDS]
    if len(tried) < 2:
        return ()
    alone = {
        word: replace(asked, lexical=build_lexical(parse(word), synonyms), vector=None, facets=()) for word in tried
    }
    found = {word: total(query) for word, query in alone.items()}
    return tuple(sorted(filter(found.get, tried), key=found.__getitem__))


def drop_hints(asked: EngineQuery, total: Total) -> list[DropHint]:
    """For each filter without which there is something: how much."""
    filters, hints = asked.filters, []

    def add(field: str, value: str, rest: Filters) -> None:
        if found := total(replace(asked, filters=rest, facets=())):
            hints.append(DropHint(field, value, found))

    for field, values in filters.fields.items():
        rest = {name: chosen for name, chosen in filters.fields.items() if name != field}
        # Values of one field widen each other: only without all of them there is more.
        add(field, next(iter(values)) if len(values) == 1 else "", replace(filters, fields=rest))
    if filters.after or filters.before:
        add("date", "", replace(filters, after=None, before=None))
    return hints
