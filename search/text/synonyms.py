"""Synonyms and acronyms: sets of terms that mean the same, as librarians keep them."""

from collections.abc import Iterable, Sequence

from search.text import stem, words

Term = tuple[str, ...]
"""The normalised lowercase words of one term."""


def _key(term: Sequence[str]) -> Term:
    return tuple(map(stem, term))


class SynonymTable:
    """An immutable table of equivalent terms, looked up by stem, so that plurals match too.

    Each set is an iterable of terms as people write them, one word or several. A term of two sets
    means everything either of them says, but its neighbours do not come to mean each other: with
    {MLA, mutual legal assistance} and {MLA, modern language association} the word MLA has three
    readings and "mutual legal assistance" two. Terms without a word, and sets of one, say nothing.
    """

    __slots__ = ("_longest", "_options")

    def __init__(self, sets: Iterable[Iterable[str]] = ()) -> None:
        options: dict[Term, dict[Term, Term]] = {}
        for one in sets:
            terms = {_key(term): term for term in (tuple(words(text)) for text in one) if term}
            if len(terms) > 1:
                for key, own in terms.items():
                    merged = options.setdefault(key, {key: own})
                    for other, term in terms.items():
                        merged.setdefault(other, term)
        self._options = {key: tuple(merged.values()) for key, merged in options.items()}
        self._longest = max(map(len, options), default=0)

    def __len__(self) -> int:
        """How many terms have a synonym."""
        return len(self._options)

    def lookup(self, sequence: Sequence[str], position: int) -> tuple[int, tuple[Term, ...]]:
        """The longest known term that starts at `position` of normalised lowercase words.

        Returns how many words it takes and all its readings, its own table form first; `(0, ())`
        when no known term starts there.
        """
        room = min(self._longest, len(sequence) - position)
        if room <= 0:
            return 0, ()
        key = _key(sequence[position : position + room])
        for length in range(room, 0, -1):
            options = self._options.get(key[:length])
            if options:
                return length, options
        # Snowball takes "ngos" and "mlas" for singulars: no vowel before the last two letters.
        singular = (stem(sequence[position].removesuffix("s")),)
        options = self._options.get(singular)
        return (1, options) if options else (0, ())


NO_SYNONYMS = SynonymTable()
