"""From the engine-neutral query to OpenSearch's JSON. Nothing a person types makes a request that is refused."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from search.engine import SATURATION, AccessFilter, AnyOf, Filters, LexicalQuery, Node, Phrase, Prefix, Word
from search.engines.common import EXACT, FIELD_WEIGHTS, LONGEST_WORD, PHRASE_FIELDS, clean, exact_field, value_term
from search.engines.opensearch.mapping import PLAIN
from search.text import words

Clause = dict[str, Any]

NOTHING: Clause = {"match_none": {}}
_MOST_CLAUSES = 800
"""Servers refuse a query of more than 1024, filters included."""
_MOST_ENDINGS = 1000
"""Words that the last, unfinished word of a prefix phrase may stand for."""


# --- words --------------------------------------------------------------------------------------------------------------


MOST_TERMS = 50_000
"""Of one clause; OpenSearch takes 65,536 (`index.max_terms_count`)."""


def lexical(query: LexicalQuery) -> Clause:
    """What `must`, `must_not` and `minimum` of `should` say; with nothing positive, every document but `must_not`."""
    minimum = max(query.minimum, 0) if query.should else 0
    if minimum > len(query.should) and not query.sufficient:
        return NOTHING
    must = [node(one) for one in query.must]
    fitting = list(_fitting(query.should))
    if len(fitting) < len(query.should):
        minimum = min(minimum, len(fitting))
    # One that suffices counts as often as it takes, and scores once.
    repeated = [one for one in query.sufficient for _ in range(minimum - 1)]
    counting = list(_fitting(repeated, sum(map(_weight, fitting))))
    bool_query: Clause = {
        "should": [*map(node, fitting), *({"constant_score": {"filter": node(one), "boost": 0}} for one in counting)],
        "must": must,
        "must_not": [node(one) for one in query.must_not],
        "minimum_should_match": minimum,
    }
    if not must and not minimum:
        bool_query["filter"] = [{"match_all": {}}]
    return {"bool": bool_query}


def _fitting(nodes: Iterable[Node], total: int = 0) -> Iterator[Node]:
    """As many of the nodes as a server takes that has `total` clauses. The question's own limit is far below, unless each word has ten
    synonyms.
    """
    for one in nodes:
        total += _weight(one)
        if total > _MOST_CLAUSES:
            return
        yield one


def _weight(one: Node) -> int:
    if isinstance(one, AnyOf):
        return sum(map(_weight, one.options))
    return len(FIELD_WEIGHTS) if isinstance(one, Word) else len(PHRASE_FIELDS)


def required(query: LexicalQuery) -> list[Clause]:
    """`must` and `must_not` as filters."""
    found = [node(one) for one in query.must]
    if query.must_not:
        found.append({"bool": {"must_not": [node(one) for one in query.must_not]}})
    return found


def node(one: Node) -> Clause:
    """One node of the tree. What has no letters or digits matches nothing."""
    match one:
        case Word(text):
            return _next_to_each_other(text, tuple(FIELD_WEIGHTS))
        case Phrase(parts):
            return _next_to_each_other(" ".join(parts), PHRASE_FIELDS)
        case Prefix(text):
            return _prefix(words(clean(text)))
        case AnyOf(options):
            return {"dis_max": {"queries": [node(option) for option in options]}} if options else NOTHING


def _next_to_each_other(text: str, fields: Iterable[str]) -> Clause:
    """The words of the text, cut and stemmed by the index, in any of the fields, whose weighted scores add up."""
    # A phrase of one word is that word, and of no word nothing: both as the contract has it.
    parts = [{"match_phrase": {field: {"query": text, "boost": FIELD_WEIGHTS[field]}}} for field in fields]
    return {"bool": {"should": parts, "minimum_should_match": 1}}


def _prefix(terms: list[str]) -> Clause:
    if not terms or any(len(term) >= LONGEST_WORD for term in terms):
        return NOTHING
    fields = [f"{field}.{PLAIN}" for field in PHRASE_FIELDS]
    if len(terms) == 1:
        parts: list[Clause] = [{"prefix": {field: {"value": terms[0]}}} for field in fields]
    else:
        ask = {"query": " ".join(terms), "max_expansions": _MOST_ENDINGS}
        parts = [{"match_phrase_prefix": {field: ask}} for field in fields]
    # One in the contract's units, as in the embedded engine.
    any_of = {"bool": {"should": parts, "minimum_should_match": 1}}
    return {"constant_score": {"filter": any_of, "boost": 1 / SATURATION}}


# --- filters ------------------------------------------------------------------------------------------------------------


def access(holder: AccessFilter) -> list[Clause]:
    """What the viewer may see. Someone without tokens sees nothing."""
    return [_any_value("audience", holder.audience), _any_value("space", holder.spaces)]


def without(refs: Iterable[object]) -> list[Clause]:
    """Everything but those documents."""
    left_out = sorted(map(str, refs))
    clauses = [{"terms": {"ref": left_out[at : at + MOST_TERMS]}} for at in range(0, len(left_out), MOST_TERMS)]
    return [{"bool": {"must_not": clauses}}] if clauses else []


def chosen(filters: Filters) -> dict[str, Clause]:
    """By field, the reader's choice of values; none chosen means not narrowed."""
    return {name: _any_exact(name, values) for name, values in filters.fields.items() if values}


def other_filters(filters: Filters) -> list[Clause]:
    """The reader's narrowing that is no choice of a facet's values."""
    banned = [_any_exact(name, values) for name, values in filters.excluded.items() if values]
    clauses: list[Clause] = [{"bool": {"must_not": banned}}] if banned else []
    days: Mapping[str, int] = {
        **({"gte": filters.after.toordinal()} if filters.after else {}),
        **({"lt": filters.before.toordinal()} if filters.before else {}),
    }
    if days:
        clauses.append({"range": {"day": days}})
    return clauses


def all_of(clauses: Iterable[Clause]) -> Clause:
    """All clauses as one condition."""
    return {"bool": {"filter": list(clauses)}}


def _any_exact(name: str, values: Iterable[str]) -> Clause:
    return _any_value(exact_field(name), values) if name in EXACT else NOTHING


def _any_value(field: str, values: Iterable[str]) -> Clause:
    return {"terms": {field: sorted(map(value_term, values))}}
