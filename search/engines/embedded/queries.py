"""From the engine-neutral query to tantivy's."""

from collections.abc import Iterable, Sequence

from tantivy import Occur, Query, Schema

from search.engine import AnyOf, LexicalQuery, Node, Phrase, Prefix, Word
from search.engines.common import FIELD_WEIGHTS, PHRASE_FIELDS, value_term
from search.engines.embedded.analysis import PLAIN, Analysers

Clauses = list[tuple[Occur, Query]]

_REGEX_SPECIAL = frozenset(r"\.+*?()|[]{}^$#&-~/@<>\"")


class QueryBuilder:
    """Emits tantivy queries for one schema. Nothing a person types makes it raise."""

    def __init__(self, schema: Schema, analysers: Analysers) -> None:
        self._schema = schema
        self._analysers = analysers

    # --- words ------------------------------------------------------------------------------------------------------

    def lexical(self, lexical: LexicalQuery) -> Query:
        """What `must`, `must_not` and `minimum` of `should` say; with nothing positive, every document but `must_not`."""
        should = [(Occur.Should, self.node(node)) for node in lexical.should]
        must = [(Occur.Must, self.node(node)) for node in lexical.must]
        minimum = max(lexical.minimum, 0) if should else 0
        # One that suffices counts as often as it takes, and scores once.
        for node in lexical.sufficient:
            should += [(Occur.Should, silent(self.node(node)))] * (minimum - 1)
        if not must and not minimum:
            must = [(Occur.Must, silent(Query.all_query()))]
        return Query.boolean_query([*should, *must, *self.must_not(lexical)], minimum)

    def must_not(self, lexical: LexicalQuery) -> Clauses:
        """What must not match, as clauses."""
        return [(Occur.MustNot, self.node(node)) for node in lexical.must_not]

    def required(self, lexical: LexicalQuery) -> Clauses:
        """What must match, without scores, as clauses."""
        return [(Occur.Must, silent(self.node(node))) for node in lexical.must]

    def node(self, node: Node) -> Query:
        """One node of the tree. What has no letters or digits matches nothing."""
        match node:
            case Word(text):
                terms = self._analysers.terms(self._analysers.stemmed, text)
                return self._terms(terms, tuple(FIELD_WEIGHTS))
            case Phrase(words):
                terms = self._analysers.terms(self._analysers.stemmed, " ".join(words))
                return self._terms(terms, PHRASE_FIELDS)
            case Prefix(text):
                return self._prefix(self._analysers.terms(self._analysers.plain, text))
            case AnyOf(options):
                return Query.disjunction_max_query([self.node(option) for option in options])

    def _terms(self, terms: Sequence[str], fields: Sequence[str]) -> Query:
        """The terms next to each other, in any of the fields, whose weighted scores add up."""
        if not terms:
            return Query.empty_query()
        parts = []
        for field in fields:
            if len(terms) == 1:
                query = Query.term_query(self._schema, field, terms[0], "freq")
            else:
                query = Query.phrase_query(self._schema, field, list(terms))
            weight = FIELD_WEIGHTS[field]
            parts.append((Occur.Should, query if weight == 1.0 else Query.boost_query(query, weight)))
        return Query.boolean_query(parts)

    def _prefix(self, terms: Sequence[str]) -> Query:
        if not terms:
            return Query.empty_query()
        patterns = [_escaped(term) for term in terms]
        patterns[-1] += ".*"
        if len(patterns) == 1:
            return Query.regex_query(self._schema, PLAIN, patterns[0])
        return Query.regex_phrase_query(self._schema, PLAIN, list(patterns))

    def ids(self, refs: Iterable[object]) -> Query:
        """Those documents, without scores."""
        # A disjunction of terms: twice as fast as a term set for two hundred of them.
        terms = [Query.term_query(self._schema, "id", value_term(str(ref)), "basic") for ref in refs]
        return silent(Query.boolean_query([(Occur.Should, term) for term in terms]))


def silent(query: Query) -> Query:
    """The query as a condition: it filters and adds nothing to the score."""
    return Query.const_score_query(query, 0.0)


def everything(clauses: Clauses) -> Query:
    """All of the clauses together, where at least one of them is positive."""
    return Query.boolean_query(clauses)


def _escaped(term: str) -> str:
    return "".join(f"\\{letter}" if letter in _REGEX_SPECIAL else letter for letter in term)
