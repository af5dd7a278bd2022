"""What may lead on after an empty list: without one of the filters, or asked otherwise."""

from collections.abc import Callable
from dataclasses import replace

from search.engine import EngineQuery, Filters
from search.query import build_lexical, parse
from search.results import DropHint

Total = Callable[[EngineQuery], int]
"""How many documents a query finds."""


def finds(text: str, asked: EngineQuery, total: Total) -> bool:
    """Whether this text, by its words and without filters, finds anything for who asked."""
    query = EngineQuery(access=asked.access, lexical=build_lexical(parse(text)), depth=1, pool=1, exclude=asked.exclude)
    return total(query) > 0


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
