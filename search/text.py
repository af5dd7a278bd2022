"""What a word is: the one normaliser and tokeniser of both engines, highlights and spelling.

`normalise` runs over everything before it reaches an engine, at index and at query time. Engines
then cut with `WORD_PATTERN`, lowercase and stem (Snowball English): `words` and `stem` here.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from threading import Lock
from typing import NamedTuple

import snowballstemmer

WORD_PATTERN = r"[\p{L}\p{N}\p{M}]+"
"""A word, as regular expressions of tantivy (Rust) and OpenSearch (Java) write it. Their own
tokenisers differ: tantivy's cuts at combining marks, Lucene's keeps `3.14` and `can't` whole."""

_CACHED_LENGTH = 64
"""Longer words are too rare to be worth the memory of a cache entry."""

# --- normalising --------------------------------------------------------------------------------


def _span(first: int, last: int) -> range:
    return range(first, last + 1)


def _cleaning_table() -> dict[int, str | None]:
    """Characters that are no text at all: controls part words, invisible ones do not."""
    table: dict[int, str | None] = dict.fromkeys((*_span(0, 0x1F), *_span(0x7F, 0x9F)), " ")
    table.update(dict.fromkeys(_span(0xD800, 0xDFFF)))
    return table


def _invisible_table() -> dict[int, str | None]:
    """Cleaning, and format characters that nobody sees and therefore nobody types in a question.

    The zero-width space parts words by definition. The zero-width non-joiner stands inside Urdu and
    Persian compounds where a keyboard without it gives a space, so it is a space (as in Lucene's
    Persian filter). Everything else, joiners and bidi controls included, is dropped.
    """
    table = _cleaning_table()
    for first, last in (
        (0x00AD, 0x00AD),
        (0x034F, 0x034F),
        (0x0600, 0x0605),
        (0x061C, 0x061C),
        (0x06DD, 0x06DD),
        (0x180B, 0x180F),
        (0x200D, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFF9, 0xFFFB),
        (0xE0000, 0xE007F),
        (0xE0100, 0xE01EF),
    ):
        table.update(dict.fromkeys(_span(first, last)))
    table.update(dict.fromkeys((0x200B, 0x200C), " "))
    return table


def _arabic_table() -> dict[int, str | None]:
    """One code point per letter a reader of Urdu tells apart, whichever keyboard it came from.

    Kept apart because they make different words in Urdu: alef with madda (U+0622), bari yeh
    (U+06D2), noon ghunna (U+06BA), and the aspirating heh (U+06BE) inside a word. Hamza on a
    carrier goes, because many writers leave it out.
    """
    table: dict[int, str | None] = {}
    for letter, variants in {
        "\u06cc": "\u064a\u0649\u0626\u0678\u06cd\u06d0",  # yeh, alef maksura, with hamza, Pashto
        "\u06a9": "\u0643\u06aa",  # kaf, swash kaf
        "\u06c1": "\u0647\u06c0\u06c2\u06c3\u06d5\u0629",  # heh and teh marbuta in every shape
        "\u0627": "\u0623\u0625\u0671\u0672\u0673\u0675",  # alef with hamza or wasla
        "\u0648": "\u0624\u0676",  # waw with hamza
        "\u06d2": "\u06d3",  # bari yeh with hamza
        ".": "\u066b",
        ",": "\u066c",
    }.items():
        table.update(dict.fromkeys(map(ord, variants), letter))
    for number in range(10):
        table[0x0660 + number] = table[0x06F0 + number] = str(number)
    marks = (
        *_span(0x0610, 0x061A),
        *_span(0x064B, 0x065F),
        *_span(0x06D6, 0x06DC),
        *_span(0x06DF, 0x06E8),
        *_span(0x06EA, 0x06ED),
        *_span(0x08D3, 0x08FF),
        0x0640,
        0x0670,
    )
    table.update(dict.fromkeys(marks))
    return table


def _latin_table() -> dict[int, str | None]:
    """Latin letters without their accents: names are typed on keyboards that do not have them.

    The underscore parts words, as it does in tantivy. Capital and final sigma become the plain
    letter, because engines lowercase letter by letter and Python by word.
    """
    table: dict[int, str | None] = {0x5F: " ", 0x03A3: "\u03c3", 0x03C2: "\u03c3"}
    for code in (*_span(0x00C0, 0x024F), *_span(0x1E00, 0x1EFF)):
        base = unicodedata.normalize("NFKD", chr(code))[0]
        if base.isascii() and base.isalpha():
            table[code] = base
    table.update(dict.fromkeys(_span(0x0300, 0x036F)))
    single = "\u00d8O\u00f8o\u0110D\u0111d\u0141L\u0142l\u00d0D\u00f0d\u0131i\u0126H\u0127h"
    table.update({ord(single[i]): single[i + 1] for i in range(0, len(single), 2)})
    double = {"\u00c6": "AE", "\u00e6": "ae", "\u0152": "OE", "\u0153": "oe", "\u00df": "ss"}
    double |= {"\u1e9e": "SS", "\u00de": "TH", "\u00fe": "th"}
    table.update({ord(letter): plain for letter, plain in double.items()})
    return table


_CLEANING = _cleaning_table()
_INVISIBLE = _invisible_table()
_FOLDING = _INVISIBLE | _arabic_table() | _latin_table()
_CLEANING_CHARACTERS = frozenset(map(chr, _CLEANING))
_INVISIBLE_CHARACTERS = frozenset(map(chr, _INVISIBLE))
_FOLDING_CHARACTERS = frozenset(map(chr, _FOLDING))
_ASPIRATING_HEH = "\u06be"
_INITIAL_HEH = re.compile(r"(?<!\w)\u06be")


def clean(text: str) -> str:
    """The text as written, controls as spaces, unpaired surrogates dropped. Never fails."""
    if _CLEANING_CHARACTERS.isdisjoint(text):
        return text
    return text.translate(_CLEANING)


def _folded(text: str) -> str:
    """`normalise` without its one rule that looks at the neighbour of a letter."""
    if text.isascii():
        return text.translate(_FOLDING)
    # Dropping or folding a character can bring two others together that NFKC composes, hence the
    # loop. It ends: every further round leaves fewer characters that can compose.
    while True:
        if not _INVISIBLE_CHARACTERS.isdisjoint(text):
            text = text.translate(_INVISIBLE)
        text = unicodedata.normalize("NFKC", text)
        if not _FOLDING_CHARACTERS.isdisjoint(text):
            text = text.translate(_FOLDING)
        if unicodedata.is_normalized("NFKC", text):
            return text


def _with_plain_initial_heh(text: str) -> str:
    """An aspirating heh cannot begin a word; many write it there for the plain one."""
    return _INITIAL_HEH.sub("\u06c1", text) if _ASPIRATING_HEH in text else text


def normalise(text: str) -> str:
    """The form in which text reaches an engine: NFKC, letters and digits unified, all visible.

    Case is kept. Applying it again changes nothing. Never fails, whatever the string holds.
    """
    return _with_plain_initial_heh(_folded(text))


# --- cutting ------------------------------------------------------------------------------------


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
    marks = [code for code in _span(0x0300, 0x1E95F) if unicodedata.category(chr(code))[0] == "M"]
    return _ranges(marks)


@cache
def _word() -> re.Pattern[str]:
    """`WORD_PATTERN` for `re`; the underscore that `\\w` admits is gone after `normalise`."""
    return re.compile(rf"[\w{_mark_class()}]+")


@cache
def _cluster() -> re.Pattern[str]:
    """A character with all that may compose with it: marks, invisible ones, Hangul vowels."""
    dropped = (code for code, form in _INVISIBLE.items() if form is None)
    invisible = _ranges(sorted(set(dropped) - _CLEANING.keys()))
    return re.compile(rf"(?s:.)[{_mark_class()}{invisible}\u1160-\u11ff]*")


_ASCII_WORD = re.compile(r"[a-z0-9]+")
_CHUNK = re.compile(
    # Whatever stands between ASCII punctuation, spaces and the usual typographic punctuation.
    r"[^\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\s\u00ab\u00bb\u2010-\u2027\u2030-\u203a"
    r"\u060c\u061b\u061f\u06d4]+"
)


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
        part = _folded(cluster.group())
        parts.append(part)
        origins.extend([cluster.span()] * len(part))
    if _with_plain_initial_heh("".join(parts)).lower() != whole:
        return tuple(Token(0, len(chunk), word) for word in found)
    return tuple(
        Token(origins[match.start()][0], origins[match.end() - 1][1], match.group())
        for match in _word().finditer(whole)
    )


_cut_cached = lru_cache(maxsize=32_768)(_cut)


def tokens(text: str) -> Iterator[Token]:
    """The words of `words(text)`, each with the stretch of the original text it came from.

    Starts never go back. Two words that stem from one character (`\u00bd`) share its stretch.
    """
    if text.isascii():
        for match in _ASCII_WORD.finditer(text.lower()):
            yield Token(match.start(), match.end(), match.group())
        return
    for match in _CHUNK.finditer(text):
        chunk, start = match.group(), match.start()
        if chunk.isascii():
            yield Token(start, match.end(), chunk.lower())
            continue
        cut = _cut_cached if len(chunk) <= _CACHED_LENGTH else _cut
        for first, last, word in cut(chunk):
            yield Token(start + first, start + last, word)


# --- stems and keys -----------------------------------------------------------------------------

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


# --- scripts ------------------------------------------------------------------------------------

_SCRIPT_RANGES = (
    (0x0041, 0x024F, "latin"),
    (0x0250, 0x02AF, "latin"),
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0530, 0x058F, "armenian"),
    (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x06FF, "arabic"),
    (0x0700, 0x074F, "syriac"),
    (0x0750, 0x077F, "arabic"),
    (0x0780, 0x07BF, "thaana"),
    (0x0860, 0x08FF, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bengali"),
    (0x0A00, 0x0A7F, "gurmukhi"),
    (0x0A80, 0x0AFF, "gujarati"),
    (0x0B80, 0x0BFF, "tamil"),
    (0x0C00, 0x0C7F, "telugu"),
    (0x0D80, 0x0DFF, "sinhala"),
    (0x0E00, 0x0E7F, "thai"),
    (0x0F00, 0x0FFF, "tibetan"),
    (0x1000, 0x109F, "myanmar"),
    (0x10A0, 0x10FF, "georgian"),
    (0x1100, 0x11FF, "hangul"),
    (0x1200, 0x139F, "ethiopic"),
    (0x1780, 0x17FF, "khmer"),
    (0x1E00, 0x1EFF, "latin"),
    (0x1F00, 0x1FFF, "greek"),
    (0x3040, 0x30FF, "kana"),
    (0x3400, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "hangul"),
    (0xF900, 0xFAFF, "han"),
    (0xFB50, 0xFDFF, "arabic"),
    (0xFE70, 0xFEFF, "arabic"),
    (0x20000, 0x3FFFF, "han"),
)
_SCRIPT_STARTS = [first for first, _, _ in _SCRIPT_RANGES]


def scripts(text: str) -> frozenset[str]:
    """Lowercase names of the scripts whose letters occur; `other` for any further script.

    Digits, punctuation and symbols belong to no script.
    """
    found = set()
    for character in set(normalise(text)):
        if character.isalpha():
            row = bisect_right(_SCRIPT_STARTS, ord(character)) - 1
            known = row >= 0 and ord(character) <= _SCRIPT_RANGES[row][1]
            found.add(_SCRIPT_RANGES[row][2] if known else "other")
    return frozenset(found)


# --- function words -----------------------------------------------------------------------------

STOP_WORDS = frozenset(
    normalise(
        """
    a about am an and any are aren as at be been but by can could couldn d did didn do does doesn
    don for from had has hasn have haven he her here him his how i if in into is isn it its just
    ll m me my no nor not of on or our ours re s shall she should shouldn so some such t than
    that the their them then there these they this those to too us ve was wasn we were weren what
    when where which who whom whose why will with won would wouldn you your اور یا کہ کا کی کے کو
    سے میں پر تک نے ہی بھی تو نہ نہیں ہے ہیں ہو ہوں تھا تھی تھے ہوا ہوئی ہوئے گا گی گے یہ وہ اس
    ان جو جس جن کیا کیسے کیوں کہاں کب کون کونسا کتنا کتنے کتنی ہم آپ تم مجھے ہمیں میرا میری ہمارا
    ہماری ہمارے اپنا اپنی اپنے کر کرنا کرنے کریں کرتا کرتے کرتی کوئی کچھ لیے جب اگر پھر
    """
    ).split()
)
"""English and Urdu words that carry a sentence and not its subject, question words among them, in
the form `words` gives them. A question that has any other word is searched without these."""
