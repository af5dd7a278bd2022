"""How much each word of a question says, which of them the model cannot know, and which of those name something."""

import math
from collections.abc import Callable, Sequence
from itertools import compress, islice

from search.engine import AnyOf, LexicalQuery, Node, Phrase, Prefix
from search.text.spelling import Dictionary

SPELLED = 3
"""Tokens of a word from which on its vector says little of it. Words of two, many of them technical, are known well enough:
counting them costs 0.02 of nDCG@10 on stackfaq."""
RARE_UP_TO = 10
"""Documents that have a name, at most: as many as one page shows."""
LEAST_SHARE = 0.2
"""Share of a question from which on what nothing has is left to meaning alone. Of less the words may decide: without this bound
nDCG@10 on vaswani_npl is .492 instead of .494."""
MOST_RARE_TERMS = 4
"""Taken from one question: a pasted text of strange words is not to cost more than one of known ones."""


def word_weights(query: LexicalQuery, dictionary: Dictionary) -> tuple[float, ...]:
    """The weight of each group of `HighlightTerms.from_lexical(query)`: its inverse document frequency (BM25's).

    Of synonyms the most frequent counts, of a phrase its rarest word. A word nobody knows weighs most.
    """
    total = dictionary.most
    counts = [min(total, _count(node, dictionary)) for node in query_terms(query)]
    return tuple(math.log(1 + (total - count + 0.5) / (count + 0.5)) for count in counts)


def spelled(query: LexicalQuery, pieces: Callable[[str], int]) -> tuple[bool, ...]:
    """Of each such group whether the model has to spell it: names, numbers of cases, made-up words.

    `pieces` tells into how many tokens it cuts a word. Of synonyms the one it knows best counts, of a phrase as well.
    """
    return tuple(_pieces(node, pieces) >= SPELLED for node in query_terms(query))


def share_of(flags: Sequence[bool], weights: Sequence[float]) -> float:
    """The share of the weights that the flagged groups carry; 0 when there are none."""
    return sum(compress(weights, flags)) / total if (total := sum(weights)) else 0.0


def rare_terms(query: LexicalQuery, flags: Sequence[bool], dictionary: Dictionary) -> tuple[Node, ...]:
    """The first `MOST_RARE_TERMS` free words that are spelled (`flags`) and that hardly any document has: what has one was asked for."""
    strange = compress(query_terms(query), flags)
    rare = (node for node in strange if node in query.should and _count(node, dictionary) <= RARE_UP_TO)
    return tuple(islice(rare, MOST_RARE_TERMS))


def out_of_vocabulary(
    query: LexicalQuery, flags: Sequence[bool], weights: Sequence[float], dictionary: Dictionary
) -> tuple[Node, ...]:
    """The groups that are spelled (`flags`) and that no document for everybody has; none where they carry too little weight to matter."""
    found = [flag and not _count(node, dictionary) for node, flag in zip(query_terms(query), flags, strict=True)]
    return tuple(compress(query_terms(query), found)) if share_of(found, weights) >= LEAST_SHARE else ()


def query_terms(query: LexicalQuery) -> tuple[Node, ...]:
    """What weights and flags are of, in the order of `HighlightTerms.from_lexical(query)`."""
    return tuple(dict.fromkeys((*query.should, *query.must)))


def _pieces(node: Node, pieces: Callable[[str], int]) -> int:
    match node:
        case AnyOf(options):
            return min((_pieces(option, pieces) for option in options), default=0)
        case Phrase(words):
            return min(map(pieces, words), default=0)
        case Prefix():
            return 0  # the beginning of words, not one
        case _:
            return pieces(node.text)


def _count(node: Node, dictionary: Dictionary) -> int:
    match node:
        case AnyOf(options):
            return max((_count(option, dictionary) for option in options), default=0)
        case Phrase(words):
            return min((dictionary.frequency(word) for word in words), default=0)
        case _:
            return dictionary.frequency(node.text)
