"""HTML as text under its headings: what a browser shows of it.

Read as a stream of tags with the standard library: no tree is built, so deep nesting costs
nothing and the child starts without a further import.
"""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

from indexer.extraction.collector import Collector, SectionWriter
from indexer.extraction.decoding import decode_text
from indexer.extraction.model import Remark
from indexer.extraction.normalise import has_words

_CHARSET = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})"
    rb"|<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})",
    re.IGNORECASE,
)
# Not text for a reader: code, drawings, page furniture, what only older browsers show.
_SKIPPED = frozenset({"script", "style", "nav", "template", "svg", "math", "head", "noscript", "iframe", "object"})
_SKIPPED |= {"datalist", "textarea"}
# Browsers show what stands in these also when they are never closed.
_SHOWN_UNCLOSED = frozenset({"nav", "svg", "math", "object", "noscript", "head"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# What ends by itself when the next one begins.
_SIBLINGS = {
    **dict.fromkeys(("li",), frozenset({"li", "p"})),
    **dict.fromkeys(("td", "th"), frozenset({"td", "th", "p"})),
    **dict.fromkeys(("dt", "dd"), frozenset({"dt", "dd", "p"})),
    **dict.fromkeys(("tr",), frozenset({"tr", "td", "th", "p"})),
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details"}
    | {"div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr"}
    | {"html", "legend", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody"}
    | {"tfoot", "thead", "ul"}
)
_SCOPES = _BLOCKS | _SKIPPED | _HEADINGS.keys() | {"tr", "td", "th"}
_HIDING = re.compile(
    r"(?:^|[;{\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])"
    r"|opacity\s*:\s*0(?![.\d]))",
    re.IGNORECASE,
)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style", re.IGNORECASE | re.DOTALL)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]*)\}")
_SIMPLE_SELECTOR = re.compile(r"[a-z0-9]*([.#][\w-]+)$", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CHUNK = 65_536
_MAX_STYLE = 500_000


def read_html(path: Path, out: Collector) -> None:
    """Read an HTML page; scripts, styles, navigation and hidden parts are left out, table rows kept as rows."""
    data = path.read_bytes()
    charset = _CHARSET.search(data[:4096])
    declared = (charset[1] or charset[2]).decode("ascii") if charset else ""
    text = out.decoded(decode_text(data, declared))
    unclosed = _Unclosed()
    _feed(unclosed, text)
    writer = SectionWriter(out)
    reader = _Reader(writer, unclosed.found(), _hidden_selectors(text))
    _feed(reader, text)
    reader.end_paragraph()
    writer.close()
    if reader.has_hidden_words:
        out.remark(Remark.HIDDEN_TEXT)


def _feed(parser: HTMLParser, text: str) -> None:
    for start in range(0, len(text), _CHUNK):
        parser.feed(text[start : start + _CHUNK])
    parser.close()


def _hidden_selectors(text: str) -> frozenset[str]:
    """Return the classes (".x") and ids ("#x") that the page's own styles hide on a screen."""
    hidden: set[str] = set()
    styles = "\n".join(style[1] for style in _STYLE.finditer(text))[:_MAX_STYLE]
    # The rules of another medium than the screen are not for readers of the page.
    styles = re.sub(r"@media[^{]*\bprint\b[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", _COMMENT.sub("", styles))
    for selectors, rules in _RULE.findall(styles):
        if _HIDING.search(rules):
            simple = (_SIMPLE_SELECTOR.match(selector.strip()) for selector in selectors.split(","))
            hidden.update(match[1] for match in simple if match)
    return frozenset(hidden)


class _Elements(HTMLParser):
    """Which elements are open, closed as browsers close them: by their own end tag, or by that of one around them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.opened: list[tuple[str, int]] = []
        self._names: Counter[str] = Counter()
        self._count = 0

    def push(self, tag: str) -> int:
        """Open an element; returns its number in the page."""
        siblings = _SIBLINGS.get(tag, frozenset({"p"}) if tag in _BLOCKS else frozenset())
        while self.opened and self.opened[-1][0] in siblings:
            self.pop()
        self._count += 1
        if tag not in _VOID:
            self.opened.append((tag, self._count))
            self._names[tag] += 1
        return self._count

    def pop(self) -> tuple[str, int]:
        """Close the innermost element."""
        tag, number = self.opened.pop()
        self._names[tag] -= 1
        return tag, number

    def close_element(self, tag: str) -> bool:
        """Close an element with all that is open in it; False when none is open."""
        if not self._names[tag]:
            return False
        if tag not in _SCOPES and any(name in _SCOPES for name, _ in self._inner(tag)):
            # The end of `<b>` ends no block.
            return False
        while self.pop()[0] != tag:
            continue
        return True

    def _inner(self, tag: str) -> list[tuple[str, int]]:
        inner = []
        for element in reversed(self.opened[-50:]):
            if element[0] == tag:
                break
            inner.append(element)
        return inner


class _Unclosed(_Elements):
    """A first look at the page: which elements are never closed."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self.push(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close it; the end of the page closes nothing."""
        if tag not in {"html", "body"}:
            self.close_element(tag)

    def found(self) -> frozenset[int]:
        """Return the numbers of the elements that were not closed and that browsers show nevertheless."""
        return frozenset(number for tag, number in self.opened if tag in _SHOWN_UNCLOSED)


class _Reader(_Elements):
    def __init__(self, writer: SectionWriter, shown: frozenset[int], hidden: frozenset[str]) -> None:
        super().__init__()
        self._writer = writer
        self._shown = shown
        self._hidden = hidden
        self._skipped: int | None = None
        self._is_hiding = False
        self.has_hidden_words = False
        self._heading = 0
        self._text: list[str] = []
        self._cells: list[str] = []
        self._in_row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a block, a row or something to skip."""
        number = self.push(tag)
        if tag == "body":
            # An unclosed <head> must not swallow the page.
            self._skipped = None
        if self._skipped is not None:
            return
        is_hidden = self._hides(tag, attrs)
        if tag not in _VOID and (is_hidden or (tag in _SKIPPED and number not in self._shown)):
            self._skipped = number
            self._is_hiding = is_hidden
        elif tag in _HEADINGS:
            self.end_paragraph()
            self._heading = _HEADINGS[tag]
        elif tag == "br":
            self._text.append(" " if self._in_row else "\n")
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag == "tr":
            self._start_row()
        elif tag in _BLOCKS:
            self._block_edge()

    def handle_endtag(self, tag: str) -> None:
        """Close what the tag opened; closing tags without an opening one change nothing."""
        was_skipping = self._skipped is not None
        self.close_element(tag)
        if was_skipping:
            return
        if tag in _HEADINGS:
            self.end_paragraph()
        elif tag in {"tr", "table"}:
            self._end_row()
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag in _BLOCKS:
            self._block_edge()

    def handle_data(self, data: str) -> None:
        """Keep text; line breaks of the source are blanks."""
        if self._skipped is None:
            self._text.append(re.sub(r"\s+", " ", data))
        elif self._is_hiding and not self.has_hidden_words:
            self.has_hidden_words = has_words(data)

    def pop(self) -> tuple[str, int]:
        """Close the innermost element; what was skipped ends with it."""
        tag, number = super().pop()
        if number == self._skipped:
            self._skipped = None
        return tag, number

    def _hides(self, tag: str, attrs: list[tuple[str, str | None]]) -> bool:
        values = dict(attrs)
        if "hidden" in values or (tag == "dialog" and "open" not in values):
            return True
        if _HIDING.search(values.get("style") or ""):
            return True
        names = {f".{name}" for name in (values.get("class") or "").split()} | {f"#{values.get('id')}"}
        return bool(self._hidden & names)

    def end_paragraph(self) -> None:
        """Hand the collected text on as a heading or as a paragraph."""
        if self._in_row:
            self._end_row()
        text, self._text = "".join(self._text).strip(), []
        level, self._heading = self._heading, 0
        if level:
            self._writer.heading(level, text)
        else:
            self._writer.paragraph(text)

    def _block_edge(self) -> None:
        if self._in_row:
            self._text.append(" ")
        else:
            self.end_paragraph()

    def _start_row(self) -> None:
        if self._in_row:
            self._end_row()
        else:
            self.end_paragraph()
        self._in_row = True

    def _end_cell(self) -> None:
        cell = " ".join("".join(self._text).split())
        self._text = []
        if cell:
            self._cells.append(cell)

    def _end_row(self) -> None:
        if self._in_row:
            self._end_cell()
            self._writer.paragraph(" | ".join(self._cells))
        self._cells = []
        self._in_row = False
