"""Markdown to safe HTML: markdown-it-py, then bleach, with one allow-list for the whole platform.

Rows keep source, HTML and the renderer's version; templates mark only that HTML as safe.

Whoever may write can send what takes longest. Everything here is linear in the length of the text, and a meter counts what
parser and cleaner do: a text that asks for more is refused. It counts work and not seconds, so that it holds in every thread
and says the same on every machine. Render before a unit of work opens: nobody else can write while one is open.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import bleach
from markdown_it import MarkdownIt, helpers
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from core.addresses import SCHEMES, is_address
from core.content import Place, Section
from core.errors import Invalid

VERSION = 3
MAX_SOURCE = 1_000_000
MAX_WORK = 400_000
"""Steps of parser and cleaner for one text: a line looked at, a piece of a line, a part of the page. Each takes microseconds."""
LINK_WORK = 8
"""To take an address apart and write it anew."""
CLEAN_WORK = 15
"""To have bleach look at one tag."""
SCANNED = 64
"""Characters that a helper of the parser looks at one by one in the time of a step."""
MAX_TITLE = 1_000
"""Characters of a link's title. The parser looks for its end at every link that has a beginning of one."""
MAX_DEFINITION = 20
"""Lines of one link definition."""
MAX_LABEL = 200
"""Characters of a heading in the label of a place, which repeats all headings above it."""
MAX_NESTING = 20
MAX_ADDRESS = 4_000
MAX_LANGUAGE = 40
"""Characters of what a block of code says of its language."""

_INLINE_TAGS = {"a", "abbr", "br", "code", "del", "em", "s", "span", "strong", "sub", "sup"}
_TABLE_TAGS = {"table", "tbody", "td", "th", "thead", "tr"}
_LIST_TAGS = {"dd", "dl", "dt", "li", "ol", "ul"}
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_TAGS = frozenset(_INLINE_TAGS | _TABLE_TAGS | _LIST_TAGS | _HEADINGS | {"blockquote", "div", "hr", "p", "pre"})
_VOID = frozenset({"br", "hr"})
_ALIGNED = {f"text-align:{side}": f"align-{side}" for side in ("left", "center", "right")}
"""How a column of a table is aligned: as a class, for the Content-Security-Policy allows no style in the page."""
_ANCHOR_PREFIX = "s-"
"""Heading ids carry it so that no text can claim an id of the page around it."""
_INVISIBLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32)), "?") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

_TAG = re.compile(r"(<[^<>]*>)")
_NAME = re.compile(r"</?([a-z][a-z0-9]*)[ >]")
_TEXT = re.compile(
    r"[^<>&\x00-\x08\x0b-\x1f\ud800-\udfff]*+(?:&(?:amp|lt|gt|quot);[^<>&\x00-\x08\x0b-\x1f\ud800-\udfff]*+)*+"
)
"""Text as the renderer escapes it."""
_ONE_FORM = re.compile(
    r'<h[1-6] id="s-[^"<>&\s]+">|<t[dh] class="align-(?:left|center|right)">|<ol start="[0-9]{1,9}">'
)
"""Tags with an attribute that have no meaning alone, so that bleach cannot be asked about them one by one."""


def _may_have(tag: str, name: str, value: str) -> bool:
    """What bleach asks for every attribute that it sees."""
    if tag == "a":
        return name == "title" or (name == "href" and is_address(value))
    return tag == "code" and name == "class" and value.startswith("language-")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A Markdown text, its safe HTML, and what made it."""

    source: str
    html: str
    version: int


class TooLarge(Invalid):
    """A text that is longer, or asks for more work, than a page takes. `limit`: characters, if it is merely too long."""

    def __init__(self, message: str, field: str, limit: int | None = None) -> None:
        super().__init__(message, {field: message})
        self.limit = limit


def render(source: str, *, field: str = "body") -> Rendered:
    """Safe HTML of a Markdown text. Raw HTML in it is shown as text; images and addresses of unknown schemes are dropped.

    Raises TooLarge, with `field` as the field at fault, before it has taken more than a second or two.
    """
    parser = _Parser(field)
    tokens = parser.read(source)
    for token, anchor in _anchored(tokens):
        token.attrSet("id", anchor)
    for token in tokens:
        if token.type in ("th_open", "td_open") and (side := _ALIGNED.get(str(token.attrs.pop("style", "")))):
            token.attrSet("class", side)
    return Rendered(source, _Seal(parser.meter).sealed(parser.pieces(tokens)), VERSION)


def sections(source: str) -> list[Section]:
    """Plain text of a Markdown text, cut at its headings; each place has the heading and the anchor `render` gives it.

    The heading's own words stand at the start of its section, and enclosing headings in the label ("Planning > Roles").
    A text that `render` refuses is one section, as it stands.
    """
    try:
        tokens = _Parser("body").read(source)
    except TooLarge:
        return [Section(source, Place())] if source.strip() else []
    result: list[Section] = []
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    place = Place()

    def close() -> None:
        text = "\n".join(lines).strip()
        if text:
            result.append(Section(text, place))
        lines.clear()

    anchors = {id(token): anchor for token, anchor in _anchored(tokens)}
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and id(token) in anchors:
            close()
            level, title = int(token.tag[1]), _text_of(tokens[index + 1])[:MAX_LABEL]
            path = [step for step in path if step[0] < level] + [(level, title)]
            place = Place("body", " > ".join(step[1] for step in path), anchors[id(token)])
        elif token.type == "inline":
            lines.append(_text_of(token))
        elif token.type in ("fence", "code_block"):
            lines.append(token.content.rstrip("\n"))
        elif token.type in ("paragraph_close", "heading_close", "bullet_list_close", "table_close"):
            lines.append("")
    close()
    return result


def plain(source: str) -> str:
    """The text of a Markdown text without its marks."""
    return "\n\n".join(section.text for section in sections(source))


def slug(text: str) -> str:
    """A readable ASCII-or-letters fragment of an address."""
    folded = unicodedata.normalize("NFKC", text[:MAX_LABEL]).casefold()
    return re.sub(r"[\W_]+", "-", folded).strip("-")[:60] or "section"


class _Meter:
    """Counts the steps of one rendering."""

    def __init__(self, field: str) -> None:
        self._field = field
        self.spent = 0

    def measure(self, source: str) -> None:
        """Raises TooLarge for a text that is too long to begin with."""
        if len(source) > MAX_SOURCE:
            raise TooLarge(f"At most {MAX_SOURCE} characters, please.", self._field, MAX_SOURCE)

    def spend(self, steps: int) -> None:
        """Raises TooLarge when the text has used up what one text gets."""
        self.spent += steps
        if self.spent > MAX_WORK:
            raise TooLarge(
                "This text has too many parts for one page (rows, list items, lines, links, marks). "
                "Split it, or attach it as a file.",
                self._field,
            )


class _Block(StateBlock):
    meter: _Meter

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        self.meter.spend(1)
        return super().push(ttype, tag, nesting)


class _Inline(StateInline):
    meter: _Meter

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        self.meter.spend(1)
        return super().push(ttype, tag, nesting)


class _BlockParser(ParserBlock):
    def __init__(self, meter: _Meter) -> None:
        super().__init__()
        self._meter = meter
        chains: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
        self.ruler.before("table", "meter", self._count, chains)
        self.ruler.at("reference", _definition)

    def _count(self, _state: StateBlock, _start: int, _end: int, _silent: bool) -> bool:  # noqa: FBT001
        self._meter.spend(2)
        return False

    def parse(self, src: str, md: MarkdownIt, env: EnvType, outTokens: list[Token]) -> list[Token] | None:  # noqa: N803
        """What the library does, with a state that counts."""
        if src:
            state = _Block(src, md, env, outTokens)
            state.meter = self._meter
            self.tokenize(state, state.line, state.lineMax)
        return outTokens


class _InlineParser(ParserInline):
    def __init__(self, meter: _Meter) -> None:
        super().__init__()
        self._meter = meter
        self.ruler.before("text", "meter", self._count)

    def _count(self, _state: StateInline, _silent: bool) -> bool:  # noqa: FBT001
        self._meter.spend(1)
        return False

    def skipToken(self, state: StateInline) -> None:  # noqa: N802
        """Counted, for the end of a label is sought anew from every bracket."""
        self._meter.spend(1)
        super().skipToken(state)

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        """What the library does, with a state that counts, and at once where there is not a sign that could mean anything."""
        if self.terminator_re.search(src) is None:
            if src:
                tokens.append(Token("text", "", 0, content=src))
            return tokens
        state = _Inline(src, md, env, tokens)
        state.meter = self._meter
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _Helpers:
    """The library's helpers for links, which look at every character up to the end of the paragraph: bounded and counted."""

    def __init__(self, meter: _Meter) -> None:
        self._meter = meter

    def parseLinkLabel(self, state: StateInline, start: int, disableNested: bool = False) -> int:  # noqa: FBT001, N802, N803
        # Without the first look, brackets that nobody closes would each be followed to the end.
        if state.html_terminator_last("]") <= start:
            return -1
        return helpers.parseLinkLabel(state, start, disableNested)

    def parseLinkDestination(self, string: str, pos: int, maximum: int) -> Any:  # noqa: N802
        end = min(maximum, pos + MAX_ADDRESS)
        found = helpers.parseLinkDestination(string, pos, end)
        self._meter.spend(((found.pos if found.ok else end) - pos) // SCANNED)
        return found

    def parseLinkTitle(self, string: str, start: int, maximum: int, before: Any = None) -> Any:  # noqa: N802
        end = min(maximum, start + MAX_TITLE)
        found = helpers.parseLinkTitle(string, start, end, before)
        self._meter.spend(((found.pos if found.ok else end) - start) // SCANNED)
        found.can_continue = found.can_continue and end == maximum
        return found


class _Parser(MarkdownIt):
    """A parser for one text: "js-default" without raw HTML."""

    def __init__(self, field: str) -> None:
        options = {"html": False, "linkify": False, "typographer": False, "maxNesting": MAX_NESTING}
        super().__init__("js-default", options)
        self.meter = _Meter(field)
        self.helpers = _Helpers(self.meter)  # type: ignore[assignment]
        self.block, self.inline = _BlockParser(self.meter), _InlineParser(self.meter)

    def validateLink(self, url: str) -> bool:  # noqa: N802
        """Only what `is_address` allows becomes a link; anything else stays the text that it is."""
        self.meter.spend(LINK_WORK)
        return len(url) <= MAX_ADDRESS and is_address(url)

    def read(self, source: str) -> list[Token]:
        """The tokens of a text, without images and without links within links. Raises TooLarge."""
        self.meter.measure(source)
        tokens = self.parse(source.translate(_INVISIBLE))
        for token in tokens:
            if token.type == "inline" and token.children:
                token.children = list(_without_images_and_inner_links(token.children))
            elif token.type == "fence":
                token.info = token.info[:MAX_LANGUAGE]
        return tokens

    def pieces(self, tokens: Sequence[Token]) -> Iterator[str]:
        """The HTML, token by token, as the library's renderer writes it."""
        renderer = cast(RendererHTML, self.renderer)
        for index, token in enumerate(tokens):
            if token.type == "inline":
                yield renderer.renderInline(token.children or [], self.options, {})
            elif token.type in renderer.rules:
                yield renderer.rules[token.type](tokens, index, self.options, {})
            else:
                yield renderer.renderToken(tokens, index, self.options, {})


def _definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """The library's rule, which would look for the end of a title through the whole text."""
    last = state.lineMax
    state.lineMax = min(last, start + MAX_DEFINITION)
    try:
        return reference(state, start, end, silent)
    finally:
        state.lineMax = last


def _without_images_and_inner_links(children: Iterable[Token]) -> Iterator[Token]:
    # A bare address in the words of a link would be a link in a link, which no browser makes of it.
    depth = 0
    for child in children:
        if child.type == "image":
            continue
        depth += child.nesting if child.type in ("link_open", "link_close") else 0
        is_inner = depth > (1 if child.type == "link_open" else 0)
        if child.type not in ("link_open", "link_close") or not is_inner:
            yield child


class _Seal:
    """The last look at what goes out: every tag is on the allow-list, all are balanced, all text is escaped.

    Tags without attributes are compared with the list as they stand, and so are those few whose attributes have one form. What
    carries anything else, an address above all, goes through bleach tag by tag: over a whole page it takes time quadratic in the
    number of siblings. A test holds the outcome against bleach over the whole.
    """

    def __init__(self, meter: _Meter) -> None:
        self._meter = meter
        self._cleaner = bleach.Cleaner(tags=_TAGS, attributes=_may_have, protocols=SCHEMES, strip=True)
        self._open: list[str] = []

    def sealed(self, pieces: Iterable[str]) -> str:
        """The HTML. Raises RuntimeError for what the parser should never have written."""
        result: list[str] = []
        for piece in pieces:
            for number, part in enumerate(_TAG.split(piece) if "<" in piece else [piece]):
                if number % 2:
                    result.append(self._tag(part))
                elif _TEXT.fullmatch(part):
                    result.append(part)
                else:
                    raise RuntimeError("the renderer wrote text that is not escaped")
        if self._open:
            raise RuntimeError(f"the renderer left <{self._open[-1]}> open")
        return "".join(result)

    def _tag(self, tag: str) -> str:
        found = _NAME.match(tag)
        name = found[1] if found else ""
        if name not in _TAGS:
            raise RuntimeError(f"the renderer wrote a tag that is not allowed: {tag[:40]}")
        if tag == f"</{name}>":
            if not self._open or self._open.pop() != name:
                raise RuntimeError(f"the renderer closed <{name}>, which is not open")
            return tag
        if name not in _VOID:
            self._open.append(name)
        return tag if tag == f"<{name}>" or _ONE_FORM.fullmatch(tag) else self._cleaned(tag, name)

    def _cleaned(self, tag: str, name: str) -> str:
        self._meter.spend(CLEAN_WORK)
        clean, end = self._cleaner.clean(f"{tag}</{name}>"), f"</{name}>"
        if not clean.startswith(f"<{name}") or clean.find("<", 1) != len(clean) - len(end) or not clean.endswith(end):
            raise RuntimeError(f"the renderer wrote a tag that cannot be cleaned: {tag[:40]}")
        return str(clean.removesuffix(end))


def _anchored(tokens: list[Token]) -> Iterator[tuple[Token, str]]:
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        base = anchor = _ANCHOR_PREFIX + slug(_text_of(tokens[index + 1]))
        while anchor in taken:
            numbers[base] = numbers.get(base, 1) + 1
            anchor = f"{base}-{numbers[base]}"
        taken.add(anchor)
        yield token, anchor


def _text_of(inline: Token) -> str:
    parts: list[str] = []
    for child in inline.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
    return "".join(parts)
