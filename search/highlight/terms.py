"""Where the terms of a question stand in a text: words by stem, phrases by the stems of adjacent words, prefixes by letters."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Self

from search.engine import AnyOf, LexicalQuery, Phrase, Prefix, Word
from search.query.model import ParsedQuery
from search.query.steps import build_lexical
from search.text import Token, stem, tokens
from search.text.synonyms import NO_SYNONYMS, SynonymTable


class Match(NamedTuple):
    """A term in the text; a phrase from its first word to its last."""

    start: int
    end: int
    group: int


@dataclass(slots=True)
class _Collector:
    """Sorts the leaves of a lexical tree by how they match."""

    words: dict[str, int] = field(default_factory=dict)
    phrases: dict[tuple[str, ...], int] = field(default_factory=dict)
    prefixes: dict[str, int] = field(default_factory=dict)

    def add(self, leaf: Word | Phrase | Prefix, group: int) -> None:
        if isinstance(leaf, Word):
            self.words.setdefault(stem(leaf.text), group)
        elif isinstance(leaf, Prefix):
            self.prefixes.setdefault(leaf.text, group)
        else:
            self.phrases.setdefault(tuple(map(stem, leaf.words)), group)


@dataclass(frozen=True, slots=True)
class HighlightTerms:
    """What to mark. Leaves of one group, a term and its synonyms, count as one term."""

    words: dict[str, int]
    """Stem to group."""
    phrases: dict[str, tuple[tuple[tuple[str, ...], int], ...]]
    """First stem to the phrases that begin with it, longest first, each with its group."""
    prefixes: tuple[tuple[str, int], ...]
    needles: tuple[tuple[str, ...], ...]
    """By group: letters a text that has the term nearly always contains."""
    starts: frozenset[str]
    """One or two first letters of everything. A stem keeps the first letter of its word, and one of more than three letters the second."""
    _found: dict[str, tuple[Match, ...]] = field(default_factory=dict, repr=False, compare=False)
    """What `find_matches` found in each text: a search looks at the same passages to judge, to choose and to mark."""

    @classmethod
    def from_query(cls, parsed: ParsedQuery, synonyms: SynonymTable = NO_SYNONYMS) -> Self:
        """The positive terms of a question with their synonyms, function words left out."""
        return cls.from_lexical(build_lexical(parsed, synonyms))

    @classmethod
    def from_lexical(cls, query: LexicalQuery) -> Self:
        """The leaves of a lexical tree; each node of it is one group."""
        nodes = dict.fromkeys((*query.should, *query.must))
        found = _Collector()
        needles = []
        for group, node in enumerate(nodes):
            leaves = node.options if isinstance(node, AnyOf) else (node,)
            for leaf in leaves:
                found.add(leaf, group)
            needles.append(tuple(dict.fromkeys(map(_needle, leaves))))
        by_first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for stems, group in sorted(found.phrases.items(), key=lambda item: -len(item[0])):
            by_first.setdefault(stems[0], []).append((stems, group))
        starts = (*found.words, *by_first, *found.prefixes)
        return cls(
            words=found.words,
            phrases={first: tuple(same) for first, same in by_first.items()},
            prefixes=tuple(found.prefixes.items()),
            needles=tuple(needles),
            starts=frozenset(start[: 2 if len(start) > 3 else 1] for start in starts if start),
        )


def _needle(leaf: Word | Phrase | Prefix) -> str:
    """Letters that every spelling of the term nearly always has.

    They are its stem without the ending Snowball rewrites: "party" is "parti", "hoping" "hope".
    """
    if isinstance(leaf, Prefix):
        return leaf.text
    word = leaf.text if isinstance(leaf, Word) else max(leaf.words, key=len)
    stemmed = stem(word)
    return stemmed[:-1] if len(stemmed) > 3 and stemmed[-1] in "iey" else stemmed


@lru_cache(maxsize=256)
def _beginning_with(starts: frozenset[str]) -> re.Pattern[str]:
    """Words of lowercase ASCII text that begin with one of those."""
    known = "|".join(sorted(one for one in starts if one.isascii() and one.isalnum()))
    return re.compile(rf"(?<![a-z0-9])(?:{known})[a-z0-9]*" if known else r"(?!)")


def _candidates(text: str, terms: HighlightTerms) -> list[Token]:
    """The words of the text that may match: all of them where a phrase has to see what follows."""
    if terms.phrases or not text.isascii():
        return list(tokens(text))
    # Most words are passed over inside the regular expression: tokens alone took half of a search.
    found = _beginning_with(terms.starts).finditer(text.lower())
    return [Token(match.start(), match.end(), match.group()) for match in found]


def find_matches(text: str, terms: HighlightTerms) -> tuple[Match, ...]:
    """Every occurrence of every term, by start. A phrase is one match from first word to last."""
    known = terms._found.get(text)
    if known is None:
        known = terms._found[text] = _find(text, terms)
    return known


def _find(text: str, terms: HighlightTerms) -> tuple[Match, ...]:
    cut = _candidates(text, terms)
    starts, known, phrases = terms.starts, terms.words, terms.phrases
    found = []
    for index, (start, end, word) in enumerate(cut):
        if word[:2] not in starts and word[0] not in starts:
            continue
        stemmed = stem(word)
        for stems, group in phrases.get(stemmed, ()):
            following = cut[index : index + len(stems)]
            if tuple(stem(token.text) for token in following) == stems:
                found.append(Match(start, following[-1].end, group))
        if stemmed in known:
            found.append(Match(start, end, known[stemmed]))
        for prefix, group in terms.prefixes:
            if word.startswith(prefix):
                found.append(Match(start, end, group))
    return tuple(found)
