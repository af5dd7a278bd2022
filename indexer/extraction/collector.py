"""Where parsers put what they find: normalised, cut at the limits, with headings kept track of."""

from indexer.extraction.decoding import DecodedText
from indexer.extraction.model import ExtractionLimits, Remark, TextBlock
from indexer.extraction.normalise import clean_line, clean_text, has_words


class OutputFullError(Exception):
    """Raised to stop a parser once the file has given as much text as is allowed."""


class Collector:
    """Blocks of one file. Never holds more characters than the limits allow."""

    def __init__(self, limits: ExtractionLimits) -> None:
        self.limits = limits
        self.blocks: list[TextBlock] = []
        self.pages: int | None = None
        self.truncated = False
        self.remarks: list[str] = []
        self._room = limits.max_characters

    def add(self, text: str, heading: str = "", page: int | None = None) -> None:
        """Store a block; text without words is dropped. Raises OutputFullError at the limit."""
        # Cleaning costs several copies, so text that would be cut anyway is cut before it.
        raw = text[: self._room * 4]
        cut = len(raw) < len(text)
        text = clean_text(raw)
        if has_words(text):
            heading = heading[: self._room]
            self._room -= len(heading)
            kept = text[: self._room]
            self._room -= len(kept)
            cut = cut or len(kept) < len(text)
            if kept:
                self.blocks.append(TextBlock(kept, heading, page))
        if cut:
            self.truncated = True
            raise OutputFullError

    def remark(self, remark: Remark, detail: str = "") -> None:
        """Note what a reader of the result should know; the same remark twice is kept once."""
        noted = f"{remark.value}:{detail}" if detail else remark.value
        if noted not in self.remarks:
            self.remarks.append(noted)

    def decoded(self, decoded: DecodedText) -> str:
        """Return the text, having noted what is doubtful about it."""
        for remark in remarks_on(decoded):
            if remark not in self.remarks:
                self.remarks.append(remark)
        return decoded.text

    def limit_pages(self, count: int) -> int:
        """Record the number of pages and return how many of them may be read."""
        self.pages = count
        if count > self.limits.max_pages:
            self.truncated = True
        return min(count, self.limits.max_pages)


def remarks_on(decoded: DecodedText) -> list[str]:
    """Return what is doubtful about a decoded text."""
    guessed = [f"{Remark.ENCODING_GUESSED.value}:{decoded.encoding}"] if decoded.is_guessed else []
    return guessed + ([Remark.BYTES_REPLACED.value] if decoded.is_damaged else [])


class SectionWriter:
    """Turns a stream of headings and paragraphs into blocks with heading paths ("A > B").

    A heading is not repeated in the text of its block. One that nothing follows becomes a block
    of its own, so that no words of the document are lost.
    """

    def __init__(self, out: Collector) -> None:
        self._out = out
        self._path: list[tuple[int, str]] = []
        self._paragraphs: list[str] = []
        self._size = 0
        self._bare_heading = False

    def heading(self, level: int, title: str) -> None:
        """Start a section; sections of the same or a deeper level end."""
        title = clean_line(title)
        if not title:
            return
        deeper = bool(self._path) and level > self._path[-1][0]
        self._flush(keep_bare_heading=not deeper)
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._path.append((level, title))
        self._bare_heading = True

    def paragraph(self, text: str) -> None:
        """Add a paragraph, or several table rows joined by line breaks, to the section."""
        if not has_words(text):
            return
        self._paragraphs.append(text)
        self._bare_heading = False
        self._size += len(text)
        # A file of one endless section must meet the limit while it is read, not at its end.
        if self._size > self._out.limits.max_characters * 4:
            self._flush(keep_bare_heading=False)

    def close(self) -> None:
        """End the last section."""
        self._flush(keep_bare_heading=True)

    def _flush(self, keep_bare_heading: bool) -> None:
        if self._bare_heading and keep_bare_heading:
            self._paragraphs.append(self._path[-1][1])
        paragraphs, self._paragraphs, self._size = self._paragraphs, [], 0
        self._bare_heading = False
        if paragraphs:
            path = clean_line(" > ".join(title for _, title in self._path))
            self._out.add("\n\n".join(paragraphs), path)
