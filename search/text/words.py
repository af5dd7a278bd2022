"""What a word is: the one tokeniser of both engines, of highlights and of spelling.

Engines cut normalised text with `WORD_PATTERN`, lowercase and stem (Snowball English): `words` and `stem` here.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from threading import Lock
from typing import NamedTuple

import snowballstemmer

from search.text.characters import CLEANING, INVISIBLE, folded, normalise, span, with_plain_initial_heh

WORD_PATTERN = r"[\p{L}\p{N}\p{M}]+"
"""A word, as regular expressions of tantivy (Rust) and OpenSearch (Java) write it. Their own
tokenisers differ: tantivy's cuts at combining marks, Lucene's keeps `3.14` and `can't` whole."""

_CACHED_LENGTH = 64
"""Longer words are too rare to be worth the memory of a cache entry."""


class Token(NamedTuple):
    """One word where it stands in the original text, with its normalised lowercase form."""

    start: int
    end: int
    text: str


def _ranges(codes: list[int]) -> str:
    """Ascending code points as the inside of a character class."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


@cache
def _mark_class() -> str:
    """The combining marks, which `re` does not count as word characters."""
    marks = [code for code in span(0x0300, 0x1E95F) if unicodedata.category(chr(code))[0] == "M"]
    return _ranges(marks)


@cache
def _word() -> re.Pattern[str]:
    """`WORD_PATTERN` for `re`; the underscore that `\\w` admits is gone after `normalise`."""
    return re.compile(rf"[\w{_mark_class()}]+")


@cache
def _cluster() -> re.Pattern[str]:
    """A character with all that may compose with it: marks, invisible ones, Hangul vowels."""
    dropped = (code for code, form in INVISIBLE.items() if form is None)
    invisible = _ranges(sorted(set(dropped) - CLEANING.keys()))
    return re.compile(rf"(?s:.)[{_mark_class()}{invisible}\u1160-\u11ff]*")


_ASCII_WORD = re.compile(r"[a-z0-9]+")
_TYPOGRAPHIC = r"\u00a0\u00ab\u00bb\u2000-\u200a\u2010-\u2027\u202f-\u203a\u060c\u061b\u061f\u06d4"
"""The usual punctuation and spaces that are not ASCII."""
_PARTING = re.compile(f"[{_TYPOGRAPHIC}]")
_CHUNK = re.compile(rf"[^\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\s{_TYPOGRAPHIC}]+")
"""Whatever stands between that and the punctuation and spaces of ASCII."""


def words(text: str) -> list[str]:
    """The words of any text as both engines cut them, normalised and lowercase, in order."""
    lowered = normalise(text).lower()
    return (_ASCII_WORD if lowered.isascii() else _word()).findall(lowered)


def cased_words(text: str) -> list[str]:
    """`words` with the case as typed, for readers of a question: WHO is not who."""
    return _word().findall(normalise(text))


def _cut(chunk: str) -> tuple[Token, ...]:
    """The tokens of a chunk, counted from its start.

    Normalising moves characters about, so it is done cluster by cluster with the origin remembered.
    Where that does not add up to the chunk normalised at once, each word points to the whole chunk.
    """
    whole = normalise(chunk).lower()
    found = _word().findall(whole)
    if len(found) == 1 and found[0] == whole:
        return (Token(0, len(chunk), whole),)
    parts: list[str] = []
    origins: list[tuple[int, int]] = []
    for cluster in _cluster().finditer(chunk):
        part = folded(cluster.group())
        parts.append(part)
        origins.extend([cluster.span()] * len(part))
    if with_plain_initial_heh("".join(parts)).lower() != whole:
        return tuple(Token(0, len(chunk), word) for word in found)
    return tuple(
        Token(origins[match.start()][0], origins[match.end() - 1][1], match.group())
        for match in _word().finditer(whole)
    )


_cut_cached = lru_cache(maxsize=32_768)(_cut)


def parted(text: str) -> str:
    """The text with typographic punctuation as spaces, character for character: most English text is ASCII then."""
    return text if text.isascii() else _PARTING.sub(" ", text)


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """The words of `words(text)` from a place between words on, each with the stretch of the original text it came from.

    Starts never go back. Two words that stem from one character (`\u00bd`) share its stretch.
    """
    plain = parted(text)
    if plain.isascii():
        for match in _ASCII_WORD.finditer(plain.lower(), start):
            yield Token(match.start(), match.end(), match.group())
        return
    for match in _CHUNK.finditer(text, start):
        chunk, begin = match.group(), match.start()
        if chunk.isascii():
            yield Token(begin, match.end(), chunk.lower())
            continue
        cut = _cut_cached if len(chunk) <= _CACHED_LENGTH else _cut
        for first, last, word in cut(chunk):
            yield Token(begin + first, begin + last, word)


_stemmer = snowballstemmer.stemmer("english")
_stemmer_lock = Lock()


def _stem(word: str) -> str:
    # A Snowball stemmer keeps the word it works on in itself, and a web process has threads.
    with _stemmer_lock:
        return str(_stemmer.stemWord(word))


_stem_cached = lru_cache(maxsize=65_536)(_stem)


def stem(word: str) -> str:
    """The Snowball English stem of a normalised lowercase word; other scripts come back as is."""
    return _stem_cached(word) if len(word) <= _CACHED_LENGTH else _stem(word)


def title_key(title: str) -> str:
    """The words of a title with single spaces: equal for titles a reader would call the same."""
    return " ".join(words(title))


STOP_WORDS = frozenset(
    normalise(
        """
    a about after also although am an and any anybody anyone anything are aren as at be because
    been before both but by can could couldn d did didn do does doesn don during either else
    every everybody everyone everything for from get gets got had has hasn have haven he her here
    him his how however i if in into is isn it its just ll m many me more most much must my
    neither no nor not now of on only or other others our ours please quite rather re really s
    shall she should shouldn since so some somebody someone something still such t than that the
    their them then there these they this those though through to too unless until upon us ve
    very want wants was wasn we were weren what when where whether which while who whom whose why
    will with won would wouldn yet you your
    اور یا کہ کا کی کے کو
    سے میں پر تک نے ہی بھی تو نہ نہیں ہے ہیں ہو ہوں تھا تھی تھے ہوا ہوئی ہوئے گا گی گے یہ وہ اس
    ان جو جس جن کیا کیسے کیوں کہاں کب کون کونسا کتنا کتنے کتنی ہم آپ تم مجھے ہمیں میرا میری ہمارا
    ہماری ہمارے اپنا اپنی اپنے کر کرنا کرنے کریں کرتا کرتے کرتی کوئی کچھ لیے جب اگر پھر
    """
    ).split()
)
"""English and Urdu words that carry a sentence and not its subject, question words among them, in
the form `words` gives them. A question that has any other word is searched without these."""
