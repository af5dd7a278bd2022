"""From a parsed question to the lexical tree, in small steps that each do one thing.

The order is that of `_STEPS`: synonyms are looked up before function words go, because terms such
as "chain of custody" contain them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from search.engine import AnyOf, LexicalQuery, Node, Phrase, Prefix, Word
from search.query.model import ParsedQuery
from search.text import STOP_WORDS, normalise
from search.text.synonyms import NO_SYNONYMS, SynonymTable, Term

ALL_UP_TO = 2
"""Of so many words or fewer all are asked for: who types two words means both."""
MINIMUM_SHARE = 0.34
"""Of more words, this share. Questions in own words carry words no answer repeats: a half finds too little by words alone (nDCG@10
.302 against .373 on cranfield, .770 against .829 on the demo), a quarter finds 200 or more of cranfield's 1,398 documents at the median (a third: 74),
and totals and facets mean less."""
NO_CORRECTIONS: Mapping[str, str] = MappingProxyType({})
_OPERATOR_WORDS = frozenset({"and", "or", "not"})
"""Written in capitals they are habits from other engines, not acronyms."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """The tree on its way. `function` tells of each node of `query.should` if it is a stop word."""

    parsed: ParsedQuery
    synonyms: SynonymTable
    corrections: Mapping[str, str]
    query: LexicalQuery
    function: tuple[bool, ...] = ()


def minimum_should_match(count: int) -> int:
    """How many of `count` free words (or synonym groups) a document must have."""
    if count <= ALL_UP_TO:
        return count
    return int(-(-count * MINIMUM_SHARE // 1))


def as_node(term: Term) -> Word | Phrase:
    """One word as a word, several as a phrase."""
    return Word(term[0]) if len(term) == 1 else Phrase(term)


def _function_words(words: tuple[str, ...]) -> list[bool]:
    """Which words only carry the sentence. Capitals amid lower case are an acronym: WHO, IT, US."""
    shouted = all(word.isupper() for word in words if word.isalpha())
    return [
        word.lower() in STOP_WORDS
        and (shouted or len(word) < 2 or not word.isupper() or word.lower() in _OPERATOR_WORDS)
        for word in words
    ]


def _add_free_words(draft: _Draft) -> _Draft:
    """Words in order, the longest known terms among them with all their readings; a slip may have been one of those."""
    lowered = tuple(word.lower() for word in draft.parsed.words)
    meant = tuple(draft.corrections.get(word, word.lower()) for word in draft.parsed.words)
    function = _function_words(draft.parsed.words)
    nodes: list[Node] = []
    flags: list[bool] = []
    position = 0
    while position < len(lowered):
        length, options = draft.synonyms.lookup(meant, position)
        is_term = length > 1 or (length == 1 and not function[position])
        end = position + (length if is_term else 1)
        nodes.append(_node(lowered[position:end], meant[position:end], options[1:] if is_term else ()))
        flags.append(function[position] and not is_term)
        position = end
    return replace(draft, query=replace(draft.query, should=tuple(nodes)), function=tuple(flags))


def _node(typed: Term, meant: Term, others: tuple[Term, ...]) -> Node:
    """The term as typed, what it was taken for, and what means the same (the table's first option is the term itself)."""
    nodes = tuple(dict.fromkeys(map(as_node, (typed, meant, *others))))
    return nodes[0] if len(nodes) == 1 else AnyOf(nodes)


def _require_phrases_and_prefixes(draft: _Draft) -> _Draft:
    """Who quotes or stars a term wants it there."""
    phrases = map(as_node, draft.parsed.phrases)
    prefixes = map(Prefix, draft.parsed.prefixes)
    return replace(draft, query=replace(draft.query, must=(*phrases, *prefixes)))


def _drop_function_words(draft: _Draft) -> _Draft:
    """Unless there is nothing else: "to be or not to be" is a question too."""
    if all(draft.function) and not draft.query.must:
        return draft
    kept = (node for node, is_function in zip(draft.query.should, draft.function, strict=True) if not is_function)
    return replace(draft, query=replace(draft.query, should=tuple(kept)))


def _drop_repeats(draft: _Draft) -> _Draft:
    """A word typed twice counts once, in the score and in the minimum."""
    return replace(draft, query=replace(draft.query, should=tuple(dict.fromkeys(draft.query.should))))


def _exclude_negations(draft: _Draft) -> _Draft:
    return replace(draft, query=replace(draft.query, must_not=draft.parsed.negations))


def _set_minimum(draft: _Draft) -> _Draft:
    minimum = minimum_should_match(len(draft.query.should))
    return replace(draft, query=replace(draft.query, minimum=minimum))


_STEPS: tuple[Callable[[_Draft], _Draft], ...] = (
    _add_free_words,
    _require_phrases_and_prefixes,
    _drop_function_words,
    _drop_repeats,
    _exclude_negations,
    _set_minimum,
)


def build_lexical(
    parsed: ParsedQuery, synonyms: SynonymTable = NO_SYNONYMS, corrections: Mapping[str, str] = NO_CORRECTIONS
) -> LexicalQuery:
    """What the words of a question ask an engine for; `is_empty` when it has no positive words.

    `corrections` are free words as typed, each with one that counts as well.
    Free words are `should` with `minimum_should_match` of them needed, quoted phrases and prefixes
    `must`, negations `must_not`. `minimum` is 0 when there are no free words.
    """
    draft = _Draft(parsed, synonyms, corrections, LexicalQuery(minimum=0))
    for step in _STEPS:
        draft = step(draft)
    return draft.query


def corrected(text: str, corrections: Mapping[str, str]) -> str:
    """The text with every whole word that was taken for another put right."""
    if not corrections:
        return text
    typed = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in corrections))
    return typed.sub(lambda match: corrections[match.group()], normalise(text))
