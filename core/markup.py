"""Markdown to safe HTML: markdown-it-py, then bleach with one allow-list for the whole platform.

Rows keep source, HTML and the renderer's version; templates mark only that HTML as safe.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import bleach
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.content import Place, Section

VERSION = 2
MAX_SOURCE = 1_000_000

_TAGS = frozenset(
    [
        "a",
        "abbr",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_ALIGNED = {f"text-align:{side}": f"align-{side}" for side in ("left", "center", "right")}
"""How a column of a table is aligned: as a class, for the Content-Security-Policy allows no style in the page."""


def _is_alignment(_tag: str, name: str, value: str) -> bool:
    return name == "class" and value in _ALIGNED.values()


_ATTRIBUTES: dict[str, list[str] | Callable[[str, str, str], bool]] = {
    "a": ["href", "title"],
    "h1": ["id"],
    "h2": ["id"],
    "h3": ["id"],
    "h4": ["id"],
    "h5": ["id"],
    "h6": ["id"],
    "td": _is_alignment,
    "th": _is_alignment,
    "ol": ["start"],
    "code": ["class"],
}
_PROTOCOLS = frozenset({"http", "https", "mailto"})
_ANCHOR_PREFIX = "s-"
"""Heading ids carry it so that no text can claim an id of the page around it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML and what made it."""

    html: str
    version: int


def render(source: str) -> Rendered:
    """Safe HTML of a Markdown text. Raw HTML in it is shown as text; images and unknown link schemes are dropped."""
    parser = _parser()
    tokens = parser.parse(source[:MAX_SOURCE])
    for token, anchor in _anchored(tokens):
        token.attrSet("id", anchor)
    for token in tokens:
        if token.type in ("th_open", "td_open") and (side := _ALIGNED.get(str(token.attrs.pop("style", "")))):
            token.attrSet("class", side)
    html = parser.renderer.render(tokens, parser.options, {})
    return Rendered(_cleaner().clean(html), VERSION)


def sections(source: str) -> list[Section]:
    """Plain text of a Markdown text, cut at its headings; each place has the heading and the anchor `render` gives it.

    The heading's own words stand at the start of its section, and enclosing headings in the label ("Planning > Roles").
    """
    result: list[Section] = []
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    place = Place()

    def close() -> None:
        text = "\n".join(lines).strip()
        if text:
            result.append(Section(text, place))
        lines.clear()

    tokens = _parser().parse(source[:MAX_SOURCE])
    anchors = {id(token): anchor for token, anchor in _anchored(tokens)}
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and id(token) in anchors:
            close()
            level, title = int(token.tag[1]), _text_of(tokens[index + 1])
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
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "-", folded).strip("-")[:60] or "section"


def _parser() -> MarkdownIt:
    # "js-default" without raw HTML; nesting is bounded so that hostile input stays linear in time.
    return MarkdownIt("js-default", {"html": False, "linkify": False, "typographer": False, "maxNesting": 20})


def _cleaner() -> bleach.Cleaner:
    return bleach.Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, protocols=_PROTOCOLS, strip=True)


def _anchored(tokens: list[Token]) -> Iterator[tuple[Token, str]]:
    seen: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        base = _ANCHOR_PREFIX + slug(_text_of(tokens[index + 1]))
        seen[base] = seen.get(base, 0) + 1
        yield token, base if seen[base] == 1 else f"{base}-{seen[base]}"


def _text_of(inline: Token) -> str:
    parts: list[str] = []
    for child in inline.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
    return "".join(parts)
