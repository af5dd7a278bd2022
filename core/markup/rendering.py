"""From a Markdown text to its page, and to its text with places for search."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.token import Token

from core.content import Place, Section
from core.markup.parser import Parser
from core.markup.parser import TooLarge as TooLarge
from core.markup.sealing import Seal

VERSION = 3
MAX_LABEL = 200
"""Characters of a heading in the label of a place, which repeats all headings above it."""
_ALIGNED = {f"text-align:{side}": f"align-{side}" for side in ("left", "center", "right")}
"""How a column of a table is aligned: as a class, for the Content-Security-Policy allows no style in the page."""
_ANCHOR_PREFIX = "s-"
"""Heading ids carry it so that no text can claim an id of the page around it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A Markdown text, its safe HTML, and what made it."""

    source: str
    html: str
    version: int


def render(source: str, *, field: str = "body") -> Rendered:
    """Safe HTML of a Markdown text. Raw HTML in it is shown as text; images and addresses of unknown schemes are dropped.

    Raises TooLarge, with `field` as the field at fault, before it has taken more than a second or two.
    """
    parser = Parser(field)
    tokens = parser.read(source)
    for token, anchor in anchored(tokens):
        token.attrSet("id", anchor)
    for token in tokens:
        if token.type in ("th_open", "td_open") and (side := _ALIGNED.get(str(token.attrs.pop("style", "")))):
            token.attrSet("class", side)
    return Rendered(source, Seal(parser.meter).sealed(parser.pieces(tokens)), VERSION)


def sections(source: str) -> list[Section]:
    """Plain text of a Markdown text, cut at its headings; each place has the heading and the anchor `render` gives it.

    The heading's own words stand at the start of its section, and enclosing headings in the label ("Planning > Roles").
    A text that `render` refuses is one section, as it stands.
    """
    try:
        tokens = Parser("body").read(source)
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

    anchors = {id(token): anchor for token, anchor in anchored(tokens)}
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


def anchored(tokens: list[Token]) -> Iterator[tuple[Token, str]]:
    """Every heading with the id it has on the page, which no other heading has."""
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
