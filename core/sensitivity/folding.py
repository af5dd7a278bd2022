"""One form for many ways to type the same: digits of Urdu and Arabic, odd spaces and dashes, invisible characters.

Offsets lead back to the text as it was written. The text is never changed, only looked at in this form.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u0640"
_DIGIT_ZEROS = (0x0660, 0x06F0, 0x0966, 0xFF10)
_LETTERS = {"ك": "ک", "ي": "ی", "ى": "ی", "ة": "ہ", "ه": "ہ", "ۂ": "ہ", "ۃ": "ہ", "أ": "ا", "إ": "ا"}
_SIGNS = {"٫": ".", "٬": ",", "،": ",", "：": ":", "／": "/", "＋": "+", "º": "°", "˚": "°", "′": "'", "’": "'"}
_QUOTES = {"″": '"', "”": '"', "“": '"', "\r": "\n"}
_TABLE = str.maketrans(
    {chr(zero + digit): str(digit) for zero in _DIGIT_ZEROS for digit in range(10)}
    | dict.fromkeys(_SPACES, " ")
    | dict.fromkeys(_DASHES, "-")
    | _LETTERS
    | _SIGNS
    | _QUOTES
)
"""One character for one, so that offsets stay."""
_DROPPED = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u064b-\u0655\u0670]|[*]{2}|\\\\(?=[!-/:-@\\[-`{-~])"
)
"""Invisible characters, vowel signs, and Markdown's bold and escapes: they stand inside numbers and words unseen."""


@dataclass(frozen=True, slots=True)
class Folded:
    """The text to look in, and where its pieces began."""

    text: str
    starts: tuple[int, ...]
    """Offsets in `text` at which something was left out before."""
    shifts: tuple[int, ...]
    """How much was left out up to there."""

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the folded text stands in the original."""
        return start + self._shift(start), end + self._shift(end - 1)

    def _shift(self, offset: int) -> int:
        return self.shifts[bisect_right(self.starts, offset) - 1]


def fold(text: str) -> Folded:
    """The folded form of a text."""
    pieces, starts, shifts = [], [0], [0]
    done = length = 0
    for dropped in _DROPPED.finditer(text):
        pieces.append(text[done : dropped.start()])
        length += dropped.start() - done
        done = dropped.end()
        starts.append(length)
        shifts.append(done - length)
    pieces.append(text[done:])
    return Folded("".join(pieces).translate(_TABLE), tuple(starts), tuple(shifts))
