"""Did-you-mean and type-ahead over a dictionary of words and how many documents have them.

Whoever builds a `Dictionary` puts in only what every member may read: a suggestion shows its words.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from heapq import nlargest

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from search.text import STOP_WORDS, stem, words

MIN_LENGTH = 4
"""Shorter words have too many neighbours, and half of them are acronyms."""
TWO_EDITS_FROM = 6
"""From this length on two slips are forgiven, below it one."""
RARE = 2
"""A known word in so few documents may be a slip that somebody published."""
FAR_RARER = 50
"""It is taken for one when a neighbour is this many times as frequent."""
MAX_CORRECTED = 8
"""Unknown words looked up in one question; a question with more is not in this language."""
_MAX_LENGTH = 40
_LONGEST_ACRONYM = 5


_ENDING = re.compile("(?<=....)(?:e[dr]s?|ors?|ing)$")


def _base(word: str) -> str:
    """The word without an ending, some that Snowball leaves among them: "tester" is no slip for "tested"."""
    return _ENDING.sub("", word)


def _mask(word: str) -> int:
    """A set of letters as 64 bits. One edit changes at most two of them, so words that differ in
    more than two bits per edit need no closer look.
    """
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 63)
    return mask


class Dictionary:
    """Words with the number of documents they occur in. Immutable; safe to share between threads.

    Words are normalised and lowercased; those of more than one token are left out, counts of equal
    words add up, counts below one leave a word out. `known` are words that are right whether a
    document has them or not: they are never doubted and may be meant, but nothing is completed to them.
    """

    __slots__ = ("_counts", "_known", "_lengths", "_masks", "_most", "_words")

    def __init__(self, pairs: Iterable[tuple[str, int]] = (), known: Iterable[str] = ()) -> None:
        counts: dict[str, int] = {}
        for raw, count in pairs:
            cut = words(raw)
            if len(cut) == 1 and count > 0:
                counts[cut[0]] = counts.get(cut[0], 0) + count
        self._known = frozenset(word for raw in known for word in words(raw))
        for word in self._known:
            counts.setdefault(word, 0)
        self._words = sorted(counts)
        self._counts = counts
        self._most = max(counts.values(), default=0)
        self._masks = np.fromiter(map(_mask, self._words), dtype=np.uint64)
        self._lengths = np.fromiter(map(len, self._words), dtype=np.int32)

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: str) -> bool:
        """Whether a document or `known` has a normalised lowercase word."""
        return word in self._counts

    def count(self, word: str) -> int:
        """In how many documents a normalised lowercase word occurs."""
        return self._counts.get(word, 0)

    @property
    def most(self) -> int:
        """In how many documents the most frequent word occurs: nearly all there are."""
        return self._most

    def frequency(self, word: str) -> int:
        """In how many documents a normalised lowercase word occurs in its most frequent form."""
        wanted = stem(word)
        # Snowball rewrites no more than the last letter of a stem.
        beginning = wanted[:-1] if len(wanted) > 3 else wanted
        most = self.count(word)
        for place in range(bisect_left(self._words, beginning), len(self._words)):
            other = self._words[place]
            if not other.startswith(beginning):
                break
            if self._counts[other] > most and stem(other) == wanted:
                most = self._counts[other]
        return most

    def complete(self, prefix: str, limit: int = 8) -> list[str]:
        """The most frequent words that begin with the last word of `prefix`, ties by letters.

        Empty for a prefix without letters, or one that ends after a complete word (a space).
        """
        cut = words(prefix)
        if not cut or prefix[-1:].isspace():
            return []
        start = bisect_left(self._words, cut[-1])
        end = bisect_left(self._words, cut[-1] + "\U0010ffff")
        found = filter(self._counts.__getitem__, self._words[start:end])
        return nlargest(limit, found, key=self._counts.__getitem__)

    def corrections(
        self, query_words: Sequence[str], among: Collection[str] | None = None, two_edits_from: int = TWO_EDITS_FROM
    ) -> dict[str, str]:
        """The words, as they were passed, that the dictionary does not know, with what it takes them for.

        Pass the free words of a question only, as typed or normalised: what is quoted or starred is
        meant as it stands. Known words stay, unless they are `RARE` and a neighbour is `FAR_RARER`
        times as frequent; numbers, acronyms in capitals and words below `MIN_LENGTH` stay always.
        One slip (a letter more, less, other, or two swapped) is forgiven, two from `two_edits_from`
        letters on; the nearest word wins, then the same first letter, then the most frequent. Only words
        `among` some are looked at, if given.
        """
        corrected: dict[str, str] = {}
        shouted = all(word.isupper() for word in query_words)
        tried = 0
        for typed in query_words:
            if among is not None and typed not in among:
                continue
            if not shouted and typed.isupper() and len(typed) <= _LONGEST_ACRONYM:
                continue
            cut = words(typed)
            if len(cut) != 1 or not self._is_doubtful(cut[0]):
                continue
            tried += 1
            if tried > MAX_CORRECTED:
                break
            better = self._neighbour(cut[0], two_edits_from)
            if better is not None:
                corrected[typed] = better
        return corrected

    def _is_doubtful(self, word: str) -> bool:
        return (
            MIN_LENGTH <= len(word) <= _MAX_LENGTH
            and self.count(word) <= RARE
            and word not in self._known
            and word not in STOP_WORDS
            and not any(letter.isdigit() for letter in word)
        )

    def _near(self, word: str, edits: int) -> NDArray[np.intp]:
        """Places of all words that can be within so many edits, by length and letters."""
        close = np.abs(self._lengths - len(word)) <= edits
        differing = np.bitwise_count(self._masks ^ np.uint64(_mask(word)))
        return np.flatnonzero(close & (differing <= 2 * edits))

    def _neighbour(self, word: str, two_edits_from: int) -> str | None:
        """The word that was meant; None when there is none, or it is a form of a known word."""
        edits = 2 if len(word) >= two_edits_from else 1
        needed = FAR_RARER * self.count(word)
        best: tuple[int, bool, int, str] | None = None
        for place in self._near(word, edits):
            other = self._words[place]
            count = self._counts[other]
            if count < needed or other == word:
                continue
            distance = OSA.distance(word, other, score_cutoff=edits)
            if distance <= edits:
                if stem(other) == stem(word) or _base(other) == _base(word):
                    return None
                ranked = (distance, word[0] != other[0], -count, other)
                best = ranked if best is None else min(best, ranked)
        return best[3] if best else None
