"""The query language: what a person types, read into a `ParsedQuery`, built for the engines."""

from search.query.model import (
    FIELDS,
    MAX_CHARACTERS,
    MAX_TERMS,
    FieldFilter,
    ParsedQuery,
)
from search.query.narrow import Resolver, resolver_from, to_filters
from search.query.parser import parse
from search.query.render import corrected_query, render, without_quotes
from search.query.slips import Slips
from search.query.steps import build_lexical, corrected, minimum_should_match

__all__ = [
    "FIELDS",
    "MAX_CHARACTERS",
    "MAX_TERMS",
    "FieldFilter",
    "ParsedQuery",
    "Resolver",
    "Slips",
    "build_lexical",
    "corrected",
    "corrected_query",
    "minimum_should_match",
    "parse",
    "render",
    "resolver_from",
    "to_filters",
    "without_quotes",
]
