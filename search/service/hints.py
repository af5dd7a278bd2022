"""What may lead on after a short or empty list: another spelling, one of the words, no quotation marks, one filter less."""

from dataclasses import replace

from search.disclosure import Disclosure
from search.engine import Filters
from search.query import ParsedQuery, build_lexical, parse, without_quotes
from search.reference import Reference
from search.results import NO_HINTS, DropHint, Hints
from search.service.question import Question, QuestionReader
from search.service.retrieval import Retrieval
from search.text import STOP_WORDS
from search.text.synonyms import SynonymTable

FEW_RESULTS = 3
"""With so many results or fewer a spelling is suggested."""
MOST_WORDS = 8
"""Of a longer question only the first are tried alone: each costs a search."""


class HintFinder:
    """Finds hints. Thread-safe. Everything it counts and says goes through the `Disclosure` of who asked."""

    def __init__(self, reader: QuestionReader, reference: Reference, retrieval: Retrieval) -> None:
        self._reader = reader
        self._reference = reference
        self._retrieval = retrieval

    def find(self, told: Disclosure, question: Question, total: int, *, is_unreliable: bool) -> Hints:
        """Hints for a list of `total` results; `is_unreliable`: it is empty because nothing in it was reliable."""
        if total > FEW_RESULTS:
            return replace(NO_HINTS, corrected=question.corrected)
        hints, parsed = Hints(corrected=question.corrected), question.parsed
        if not question.corrected:
            dictionary = self._reference.dictionary(told.session)
            spelling = told.did_you_mean(self._reader.slips, parsed, dictionary)
            if spelling and (total or self._finds(told, spelling)):
                hints = replace(hints, did_you_mean=spelling)
        if total:
            return hints
        if not is_unreliable:
            alone = self._found_alone(question, self._reference.synonyms(told.session))
            hints = replace(hints, drop_hints=tuple(self._drop_hints(question)), found_alone=alone)
        free = without_quotes(parsed) if parsed.phrases else ""
        return replace(hints, without_quotes=free) if free and self._finds(told, free) else hints

    def _finds(self, told: Disclosure, text: str) -> bool:
        """Whether this text, by its words and without filters, finds anything for who asked."""
        return self._retrieval.total(told.query(lexical=build_lexical(parse(text)), depth=1, pool=1)) > 0

    def _found_alone(self, question: Question, synonyms: SynonymTable) -> tuple[str, ...]:
        """Words of a question of several, each of which finds something alone under the same filters: the rarest first.

        None of a question in operators, which say what belongs together.
        """
        lexical = question.query.lexical
        if lexical is None or lexical.must or lexical.must_not:
            return ()
        tried = _tried_alone(question.parsed)
        if len(tried) < 2:
            return ()
        found = {word: self._total_of(question, parse(word), synonyms) for word in tried}
        return tuple(sorted(filter(found.get, tried), key=found.__getitem__))

    def _total_of(self, question: Question, parsed: ParsedQuery, synonyms: SynonymTable) -> int:
        lexical = build_lexical(parsed, synonyms)
        return self._retrieval.total(replace(question.query, lexical=lexical, vector=None, facets=()))

    def _drop_hints(self, question: Question) -> list[DropHint]:
        """For each filter without which there is something: how much."""
        filters, hints = question.query.filters, []

        def add(field: str, value: str, rest: Filters) -> None:
            if found := self._retrieval.total(replace(question.query, filters=rest, facets=())):
                hints.append(DropHint(field, value, found))

        for field, values in filters.fields.items():
            rest = {name: chosen for name, chosen in filters.fields.items() if name != field}
            # Values of one field widen each other: only without all of them there is more.
            add(field, next(iter(values)) if len(values) == 1 else "", replace(filters, fields=rest))
        if filters.after or filters.before:
            add("date", "", replace(filters, after=None, before=None))
        return hints


def _tried_alone(parsed: ParsedQuery) -> list[str]:
    return list(dict.fromkeys(word for word in parsed.words if word.lower() not in STOP_WORDS))[:MOST_WORDS]
