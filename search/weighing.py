"""How much each word of a question says, and how much of it the model cannot know."""

import math
from collections.abc import Callable, Sequence

from search.engine import AnyOf, LexicalQuery, Node, Phrase, Prefix
from search.text.spelling import Dictionary

SPELLED = 3
"""Tokens of a word from which on its vector says little of it. Words of two, many of them technical, are known well enough:
counting them costs 0.02 of nDCG@10 on stackfaq."""


def word_weights(query: LexicalQuery, dictionary: Dictionary) -> tuple[float, ...]:
    """The weight of each group of `HighlightTerms.from_lexical(query)`: its inverse document frequency (BM25's).

    Of synonyms the most frequent counts, of a phrase its rarest word. A word nobody knows weighs most.
    """
    total = dictionary.most
    counts = [min(total, _count(node, dictionary)) for node in dict.fromkeys((*query.should, *query.must))]
    return tuple(math.log(1 + (total - count + 0.5) / (count + 0.5)) for count in counts)


def spelled_share(query: LexicalQuery, weights: Sequence[float], pieces: Callable[[str], int]) -> float:
    """The share of the weights that is carried by words the model has to spell: names, numbers of cases, made-up words.

    `pieces` tells into how many tokens it cuts a word. Of synonyms the one it knows best counts, of a phrase as well.
    """
    nodes = dict.fromkeys((*query.should, *query.must))
    spelled = sum(weight for node, weight in zip(nodes, weights, strict=True) if _pieces(node, pieces) >= SPELLED)
    return spelled / total if (total := sum(weights)) else 0.0


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
