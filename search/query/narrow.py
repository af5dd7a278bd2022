"""From typed and clicked narrowing to the `Filters` an engine takes."""

from collections.abc import Callable, Collection, Iterable, Mapping

from search.engine import Filters
from search.query.model import FIELDS, ParsedQuery
from search.text import title_key

Resolver = Callable[[str, str], Collection[str]]
"""Facet name and typed value to the stored values that are meant."""


def as_typed(_facet: str, value: str) -> Collection[str]:
    """The resolver that takes everything literally."""
    return (value,)


def resolver_from(known: Mapping[str, Mapping[str, str] | Iterable[str]]) -> Resolver:
    """A resolver that forgives case, accents, punctuation and the keyboard.

    `known` maps a facet to its stored values, or to labels with the stored value of each. What
    matches none of them is kept as typed, so that it honestly finds nothing. Several labels that
    read the same mean all their values.
    """
    by_key: dict[str, dict[str, list[str]]] = {}
    for facet, values in known.items():
        pairs = values.items() if isinstance(values, Mapping) else ((each, each) for each in values)
        keys = by_key.setdefault(facet, {})
        for label, stored in pairs:
            for key in {title_key(label), title_key(stored)}:
                keys.setdefault(key, []).append(stored)

    def resolve(facet: str, value: str) -> Collection[str]:
        return by_key.get(facet, {}).get(title_key(value)) or (value,)

    return resolve


def to_filters(
    parsed: ParsedQuery,
    *,
    selected: Mapping[str, Collection[str]] | None = None,
    resolve: Resolver = as_typed,
) -> Filters:
    """The filters of a question: what was typed, joined with `selected`, the facet values clicked.

    Typed names become facet names (`FIELDS`), typed values go through `resolve`, selected ones are
    stored values already. Values of one facet add up to "any of them".
    """
    wanted: dict[str, set[str]] = {facet: set(values) for facet, values in (selected or {}).items() if values}
    excluded: dict[str, set[str]] = {}
    for one in parsed.filters:
        facet = FIELDS[one.field]
        side = excluded if one.excluded else wanted
        side.setdefault(facet, set()).update(resolve(facet, one.value))
    return Filters(
        fields={facet: frozenset(values) for facet, values in wanted.items()},
        excluded={facet: frozenset(values) for facet, values in excluded.items()},
        after=parsed.after,
        before=parsed.before,
    )
