"""One form for every letter: what `normalise` does to text before it reaches an engine, at index and at query time."""

import re
import unicodedata


def span(first: int, last: int) -> range:
    """Code points from the first to the last."""
    return range(first, last + 1)


def _cleaning_table() -> dict[int, str | None]:
    """Characters that are no text at all: controls part words, invisible ones do not."""
    table: dict[int, str | None] = dict.fromkeys((*span(0, 0x1F), *span(0x7F, 0x9F)), " ")
    table.update(dict.fromkeys(span(0xD800, 0xDFFF)))
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
        table.update(dict.fromkeys(span(first, last)))
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
        *span(0x0610, 0x061A),
        *span(0x064B, 0x065F),
        *span(0x06D6, 0x06DC),
        *span(0x06DF, 0x06E8),
        *span(0x06EA, 0x06ED),
        *span(0x08D3, 0x08FF),
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
    for code in (*span(0x00C0, 0x024F), *span(0x1E00, 0x1EFF)):
        base = unicodedata.normalize("NFKD", chr(code))[0]
        if base.isascii() and base.isalpha():
            table[code] = base
    table.update(dict.fromkeys(span(0x0300, 0x036F)))
    single = "\u00d8O\u00f8o\u0110D\u0111d\u0141L\u0142l\u00d0D\u00f0d\u0131i\u0126H\u0127h"
    table.update({ord(single[i]): single[i + 1] for i in range(0, len(single), 2)})
    double = {"\u00c6": "AE", "\u00e6": "ae", "\u0152": "OE", "\u0153": "oe", "\u00df": "ss"}
    double |= {"\u1e9e": "SS", "\u00de": "TH", "\u00fe": "th"}
    table.update({ord(letter): plain for letter, plain in double.items()})
    return table


CLEANING = _cleaning_table()
INVISIBLE = _invisible_table()
_FOLDING = INVISIBLE | _arabic_table() | _latin_table()
_CLEANING_CHARACTERS = frozenset(map(chr, CLEANING))
_INVISIBLE_CHARACTERS = frozenset(map(chr, INVISIBLE))
_FOLDING_CHARACTERS = frozenset(map(chr, _FOLDING))
_ASPIRATING_HEH = "\u06be"
_INITIAL_HEH = re.compile(r"(?<!\w)\u06be")


def clean(text: str) -> str:
    """The text as written, controls as spaces, unpaired surrogates dropped. Never fails."""
    if _CLEANING_CHARACTERS.isdisjoint(text):
        return text
    return text.translate(CLEANING)


def folded(text: str) -> str:
    """`normalise` without its one rule that looks at the neighbour of a letter."""
    if text.isascii():
        return text.translate(_FOLDING)
    # Dropping or folding a character can bring two others together that NFKC composes, hence the
    # loop. It ends: every further round leaves fewer characters that can compose.
    while True:
        if not _INVISIBLE_CHARACTERS.isdisjoint(text):
            text = text.translate(INVISIBLE)
        text = unicodedata.normalize("NFKC", text)
        if not _FOLDING_CHARACTERS.isdisjoint(text):
            text = text.translate(_FOLDING)
        if unicodedata.is_normalized("NFKC", text):
            return text


def with_plain_initial_heh(text: str) -> str:
    """An aspirating heh cannot begin a word; many write it there for the plain one."""
    return _INITIAL_HEH.sub("\u06c1", text) if _ASPIRATING_HEH in text else text


def normalise(text: str) -> str:
    """The form in which text reaches an engine: NFKC, letters and digits unified, all visible.

    Case is kept. Applying it again changes nothing. Never fails, whatever the string holds.
    """
    return with_plain_initial_heh(folded(text))
