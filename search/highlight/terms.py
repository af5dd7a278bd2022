"""Where the terms of a question stand in a text: words by stem, phrases by the stems of adjacent words, prefixes by letters."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, Self

from search.engine import AnyOf, LexicalQuery, Phrase, Prefix, Word
from search.query.model import ParsedQuery
from search.query.steps import build_lexical
from search.text import Token, parted, stem, tokens
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
    starts: tuple[str, ...]
    """What a word that may match begins with."""
    following: int
    """Words after the first in the longest phrase."""
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
        starts = {*map(_start, (*found.words, *by_first)), *found.prefixes} - {""}
        return cls(
            words=found.words,
            phrases={first: tuple(same) for first, same in by_first.items()},
            prefixes=tuple(found.prefixes.items()),
            needles=tuple(needles),
            starts=tuple(sorted(starts)),
            following=max(map(len, found.phrases), default=1) - 1,
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


def _start(stemmed: str) -> str:
    """What all words of a stem begin with: Snowball rewrites its last letter at most, of two none; but "dying" is "die"."""
    return stemmed[:1] if stemmed[1:] == "ie" else stemmed[: max(2, len(stemmed) - 1)]


@lru_cache(maxsize=256)
def _beginning_with(starts: tuple[str, ...]) -> re.Pattern[str]:
    """Words of lowercase ASCII text that begin with one of those."""
    known = "|".join(one for one in starts if one.isascii() and one.isalnum())
    return re.compile(rf"(?<![a-z0-9])(?:{known})[a-z0-9]*" if known else r"(?!)")


def _candidates(text: str, terms: HighlightTerms) -> Iterator[tuple[Token, Sequence[Token]]]:
    """The words of the text that may match, each with as many of those that follow as a phrase may have."""
    plain, more = parted(text).lower(), terms.following
    if not plain.isascii():
        cut = list(tokens(text))
        for index, token in enumerate(cut):
            if token.text.startswith(terms.starts):
                yield token, cut[index + 1 : index + 1 + more]
        return
    # Most words are passed over inside the regular expression: tokens alone took half of a search.
    for match in _beginning_with(terms.starts).finditer(plain):
        token = Token(match.start(), match.end(), match.group())
        yield token, list(islice(tokens(plain, token.end), more)) if more else ()


def find_matches(text: str, terms: HighlightTerms) -> tuple[Match, ...]:
    """Every occurrence of every term, by start. A phrase is one match from first word to last."""
    known = terms._found.get(text)
    if known is None:
        known = terms._found[text] = _find(text, terms)
    return known


def _find(text: str, terms: HighlightTerms) -> tuple[Match, ...]:
    known, phrases = terms.words, terms.phrases
    found = []
    for (start, end, word), following in _candidates(text, terms):
        stemmed = stem(word)
        for stems, group in phrases.get(stemmed, ()):
            rest = following[: len(stems) - 1]
            if (stemmed, *(stem(token.text) for token in rest)) == stems:
                found.append(Match(start, rest[-1].end if rest else end, group))
        if stemmed in known:
            found.append(Match(start, end, known[stemmed]))
        for prefix, group in terms.prefixes:
            if word.startswith(prefix):
                found.append(Match(start, end, group))
    return tuple(found)
