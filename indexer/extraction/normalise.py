"""Plain text the index can rely on: one form per character, no control characters."""

import re
import unicodedata

# Control characters except tab and newline, unpaired surrogates, non-characters, and the invisible
# marks that split words for no reader (soft hyphen, zero-width space, byte order mark) or reorder
# what is displayed (bidirectional embeddings). Joiners stay: Urdu and Persian spell with them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# Ligatures and Arabic presentation forms are how PDF fonts draw letters, not how people type them.
_PRESENTATION_FORMS = re.compile("[\ufb00-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]+")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile("[ \t\xa0\u2000-\u200a\u202f\u205f\u3000]+")
_EDGES = re.compile(" *\n *")
_BLANK_LINES = re.compile("\n{3,}")
# Bullets of the Symbol and Wingdings fonts, which PDF and PowerPoint leave in the private area.
_BULLETS = str.maketrans(dict.fromkeys("\uf0a7\uf0b7\uf0d8\uf0fc\uf076\uf06e", "\u2022"))

_MAX_HEADING = 300


def clean_text(text: str) -> str:
    """Return ``text`` in NFC without control characters, paragraphs parted by one blank line.

    Runs of blanks become one space, line breaks inside a paragraph are kept. The result contains
    no NUL, no unpaired surrogate, and is safe to encode as UTF-8.
    """
    text = _LINE_ENDS.sub("\n", text)
    text = _UNWANTED.sub("", text).translate(_BULLETS)
    text = _PRESENTATION_FORMS.sub(lambda m: unicodedata.normalize("NFKC", m.group()), text)
    text = unicodedata.normalize("NFC", text)
    text = _EDGES.sub("\n", _BLANKS.sub(" ", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def clean_line(text: str) -> str:
    """Return ``text`` cleaned, on one line, clipped to the length of a long heading."""
    return " ".join(clean_text(text).split())[:_MAX_HEADING]


def has_words(text: str) -> bool:
    """Tell whether ``text`` holds at least one letter or digit of any script."""
    return any(character.isalnum() for character in text)
