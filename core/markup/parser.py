"""markdown-it-py with a meter: the library's parser for one text, whose every step is counted and whose known slow ways are bounded."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, cast

from markdown_it import MarkdownIt, helpers
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from core.errors import Invalid
from core.markup.addresses import is_address

MAX_SOURCE = 1_000_000
MAX_WORK = 400_000
"""Steps of parser and cleaner for one text: a line looked at, a piece of a line, a part of the page. Each takes microseconds."""
LINK_WORK = 8
"""To take an address apart and write it anew."""
SCANNED = 64
"""Characters that a helper of the parser looks at one by one in the time of a step."""
MAX_TITLE = 1_000
"""Characters of a link's title. The parser looks for its end at every link that has a beginning of one."""
MAX_DEFINITION = 20
"""Lines of one link definition."""
MAX_NESTING = 20
MAX_ADDRESS = 4_000
MAX_LANGUAGE = 40
"""Characters of what a block of code says of its language."""
_INVISIBLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32)), "?") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


class TooLarge(Invalid):
    """A text that is longer, or asks for more work, than a page takes. `limit`: characters, if it is merely too long."""

    def __init__(self, message: str, field: str, limit: int | None = None) -> None:
        super().__init__(message, {field: message})
        self.limit = limit


class Meter:
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
    meter: Meter

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        self.meter.spend(1)
        return super().push(ttype, tag, nesting)


class _Inline(StateInline):
    meter: Meter

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        self.meter.spend(1)
        return super().push(ttype, tag, nesting)


class _BlockParser(ParserBlock):
    def __init__(self, meter: Meter) -> None:
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
    def __init__(self, meter: Meter) -> None:
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

    def __init__(self, meter: Meter) -> None:
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


class Parser(MarkdownIt):
    """A parser for one text: "js-default" without raw HTML."""

    def __init__(self, field: str) -> None:
        options = {"html": False, "linkify": False, "typographer": False, "maxNesting": MAX_NESTING}
        super().__init__("js-default", options)
        self.meter = Meter(field)
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
