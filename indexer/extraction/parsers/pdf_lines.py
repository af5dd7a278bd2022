"""What the lines of a PDF mean: furniture, headings, paragraphs. Pure; knows no PDF library.

A PDF has no paragraphs and no headings, only letters at places. Sizes and gaps tell them apart
well enough to label text; nothing here removes words that the document has only once.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise


@dataclass(frozen=True)
class Line:
    """A line of text with its place on the page (0 is the left and the bottom)."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    @property
    def size(self) -> float:
        """Height of its letters."""
        return abs(self.top - self.bottom)


# Furniture stands among the first or last lines of a page, in whatever order they are drawn.
_EDGE_LINES = 5
_MIN_PAGES = 4
_NUMBER = re.compile(r"(?<!\d)\d{1,6}(?!\d)")

# Gaps between letters of a word and between words of a line, in heights of the letters.
_LETTER_GAP = 0.15
_WORD_GAP = 0.5
_OVERLAP = -0.3

_HEADING_RATIO = 1.15
_MAX_HEADING = 120
_FULL_PAGE = 300
_PARAGRAPH_GAP = 0.6

# PDFium joins a line that ends in a hyphen to the next one and puts this in the hyphen's place.
_SPLIT_MARK = "[\ufffe\x02]"
_SPLIT_WORD = re.compile(rf"([^\W\d_]{{0,60}}){_SPLIT_MARK}([^\W\d_]{{0,60}})")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")


def mend(lines: Sequence[Line]) -> list[Line]:
    """Join pieces of one printed line that the PDF draws one by one, sometimes letter by letter.

    Only what stands next to each other is joined; the columns of a table stay apart.
    """
    mended: list[Line] = []
    for line in lines:
        previous = mended[-1] if mended else None
        glue = None if previous is None else _glue(previous, line)
        if previous is None or glue is None:
            mended.append(line)
        else:
            text = f"{previous.text}{glue}{line.text}"
            mended[-1] = replace(previous, text=text, right=line.right)
    return mended


def _glue(previous: Line, line: Line) -> str | None:
    """Return what belongs between two pieces, None if they are two lines."""
    size = max(previous.size, line.size)
    level = abs(previous.bottom - line.bottom) + abs(previous.top - line.top)
    if size == 0 or level > 0.2 * size:
        return None
    gap = (line.left - previous.right) / size
    if not _OVERLAP < gap < _WORD_GAP:
        return None
    return "" if gap < _LETTER_GAP else " "


def drop_furniture(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Remove headers and footers that most pages repeat, and page numbers.

    The first occurrence of words stays, so a title that is only ever a header is kept. Lines that
    differ in a number count as repeated only when the number grows with the page.
    """
    if len(pages) < _MIN_PAGES:
        return list(pages)
    counts: Counter[str] = Counter()
    for number, page in enumerate(pages):
        counts.update({key for line in _edges(page) for key in _keys(line, number)})
    filled = sum(1 for page in pages if page)
    repeated = {key for key, count in counts.items() if count >= _MIN_PAGES and count * 2 > filled}
    seen: set[str] = set()
    return [_without(page, number, repeated, seen) for number, page in enumerate(pages)]


def _edges(page: list[Line]) -> list[Line]:
    return page if len(page) <= 2 * _EDGE_LINES else page[:_EDGE_LINES] + page[-_EDGE_LINES:]


def _keys(line: Line, page: int) -> list[str]:
    """Return what the line looks like, and how it would look with its page number taken out."""
    text = line.text.strip().lower()
    numbers = list(_NUMBER.finditer(text))
    keys = [text]
    for number in numbers[:1] + numbers[1:][-1:]:
        offset = int(number[0]) - page
        keys.append(f"{text[: number.start()]}#{offset:+}#{text[number.end() :]}")
    return keys


def _without(page: list[Line], number: int, repeated: set[str], seen: set[str]) -> list[Line]:
    edges = {id(line) for line in _edges(page)}
    kept: list[Line] = []
    for line in page:
        key = next((key for key in _keys(line, number) if key in repeated), None)
        if id(line) not in edges or key is None:
            kept.append(line)
        elif key not in seen and any(letter.isalpha() for letter in key):
            seen.add(key)
            kept.append(line)
    return kept


def body_size(pages: Sequence[list[Line]]) -> float:
    """Return the height most letters of the pages have, 0 if there are none."""
    letters: Counter[float] = Counter()
    for page in pages:
        for line in page:
            letters[round(line.size * 2) / 2] += len(line.text)
    return max(letters, key=lambda size: (letters[size], size), default=0.0)


def sections(page: list[Line], body: float, heading: str) -> Iterator[tuple[str, str]]:
    """Yield (heading, text) for a page; ``heading`` is the one that was open before it.

    ``body`` is the height of the document's letters. The words of a heading are also part of the
    text, because being one is only a guess.
    """
    if sum(len(line.text) for line in page) >= _FULL_PAGE:
        # A letter bound with a report has its own size; its lines are not all headings.
        body = max(body, body_size([page]))
    lines: list[Line] = []
    for start, line in enumerate(page):
        if _is_heading(line, body) and not (start and _continues(page[start - 1], line, body)):
            if lines:
                yield heading, _paragraphs(lines)
            lines = []
            heading = _heading_at(page, start, body)
        lines.append(line)
    if lines:
        yield heading, _paragraphs(lines)


def _is_heading(line: Line, body: float) -> bool:
    text = line.text.strip()
    large = body > 0 and line.size >= body * _HEADING_RATIO
    return large and len(text) <= _MAX_HEADING and any(letter.isalpha() for letter in text)


def _continues(previous: Line, line: Line, body: float) -> bool:
    """Tell whether a heading goes on from the line before: same size, right below it."""
    same_size = abs(previous.size - line.size) < 0.5
    return same_size and _is_heading(previous, body) and not _is_apart(previous, line)


def _heading_at(page: list[Line], start: int, body: float) -> str:
    words = [page[start].text]
    for previous, line in pairwise(page[start : start + 4]):
        if not (_is_heading(line, body) and _continues(previous, line, body)):
            break
        words.append(line.text)
    return " ".join(words)


def _is_apart(previous: Line, line: Line) -> bool:
    # A line above the one before starts another column or box.
    height = min(previous.size, line.size)
    return previous.bottom - line.top > _PARAGRAPH_GAP * height or line.bottom > previous.top


def _paragraphs(lines: list[Line]) -> str:
    parts = [lines[0].text]
    for previous, line in pairwise(lines):
        parts += ["\n\n" if _is_apart(previous, line) else "\n", line.text]
    return "".join(parts)


class Dehyphenator:
    """Joins words split at line ends, judged by how the document itself spells them."""

    def __init__(self, pages: Sequence[list[Line]]) -> None:
        self._words: set[str] = set()
        for page in pages:
            for line in page:
                # The halves of split words are not words of the document.
                self._words.update(_WORD.findall(_SPLIT_WORD.sub(" ", line.text.lower())))

    def join(self, text: str) -> str:
        """Return ``text`` with split words in one piece; real hyphens stay."""
        return _SPLIT_WORD.sub(self._rejoin, text)

    def _rejoin(self, match: re.Match[str]) -> str:
        first, second = match[1], match[2]
        compound = f"{first}-{second}".lower() in self._words
        known = f"{first}{second}".lower() in self._words
        both_words = first.lower() in self._words and second.lower() in self._words
        # Capitals and digits after the hyphen: a name or a number, never a syllable.
        keep = compound or (both_words and not known) or not second[:1].islower()
        return f"{first}-{second}" if keep else f"{first}{second}"
