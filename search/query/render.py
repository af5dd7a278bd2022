"""Writing a parsed query again, for links such as "without this filter" and "did you mean"."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from search.engine import Phrase, Prefix
from search.query.model import FieldFilter, Negation, ParsedQuery

_BARE_VALUE = re.compile(r"[\w.+:/-]+")


def rendered_phrase(words: tuple[str, ...]) -> str:
    """A phrase as `parse` reads it."""
    return f'"{" ".join(words)}"'


def rendered_negation(negation: Negation) -> str:
    """A negation as `parse` reads it."""
    if isinstance(negation, Phrase):
        return "-" + rendered_phrase(negation.words)
    return f"-{negation.text}{'*' if isinstance(negation, Prefix) else ''}"


def rendered_filter(wanted: FieldFilter) -> str:
    """A filter as `parse` reads it, the value quoted where it must be."""
    value = wanted.value if _BARE_VALUE.fullmatch(wanted.value) else f'"{wanted.value}"'
    return f"{'-' if wanted.excluded else ''}{wanted.field}:{value}"


def _parts(parsed: ParsedQuery) -> Iterator[str]:
    yield from parsed.words
    yield from map(rendered_phrase, parsed.phrases)
    yield from (f"{prefix}*" for prefix in parsed.prefixes)
    yield from map(rendered_negation, parsed.negations)
    yield from map(rendered_filter, parsed.filters)
    if parsed.after:
        yield f"after:{parsed.after}"
    if parsed.before:
        yield f"before:{parsed.before}"


def without_quotes(parsed: ParsedQuery) -> str:
    """The query with the words of its phrases as free words, in the order in which they were typed."""
    return render(replace(parsed, words=tuple(parsed.plain.split()), phrases=()))


def render(parsed: ParsedQuery) -> str:
    """The query in the query language, in a fixed order, to be read by `parse` to an equal one."""
    return " ".join(_parts(parsed))


def corrected_query(parsed: ParsedQuery, corrections: Mapping[str, str]) -> str:
    """The query with free words, as typed, put right; what is quoted, starred, negated or a filter stays."""
    return render(replace(parsed, words=tuple(corrections.get(word, word) for word in parsed.words)))
