"""What a Word document carries and does not show: hidden runs and rows, and white letters on white paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from indexer.extraction.normalise import has_words
from indexer.extraction.parsers.ooxml import attribute, children, find, local

_OFF = frozenset({"0", "false", "off", "none"})
_WHITE = frozenset({"ffffff", "fefefe", "fdfdfd"})
_NO_FILL = frozenset({"", "auto", "ffffff"})
_LONGEST_CHAIN = 10


@dataclass(frozen=True)
class _Look:
    """What properties say of letters; None where they say nothing."""

    is_vanished: bool | None = None
    is_white: bool | None = None
    is_shaded: bool | None = None

    def over(self, base: "_Look") -> "_Look":
        """This look, and that of the base where this one says nothing."""
        return _Look(
            base.is_vanished if self.is_vanished is None else self.is_vanished,
            base.is_white if self.is_white is None else self.is_white,
            base.is_shaded if self.is_shaded is None else self.is_shaded,
        )


class HiddenText:
    """Takes what no reader sees out of the parts of one document."""

    def __init__(self, styles: Element | None, document: Element) -> None:
        listed = [style for style in children(styles) if local(style) == "style"]
        self._styles = {attribute(style, "styleId"): style for style in listed}
        self._default = next(
            (
                attribute(style, "styleId")
                for style in listed
                if attribute(style, "type") == "paragraph" and attribute(style, "default") in {"1", "true"}
            ),
            "",
        )
        self._known: dict[str, _Look] = {}
        # Nobody can tell what white letters lie on where the page has a colour.
        self._is_paper_white = find(document, "background") is None

    def remove(self, root: Element) -> bool:
        """Remove hidden runs and table rows from a part; True when words went."""
        removed = False
        for parent in list(root.iter()):
            for child in [child for child in parent if local(child) == "tr" and _is_hidden_row(child)]:
                removed = removed or _has_words(child)
                parent.remove(child)
        coloured = self._on_other_ground(root)
        for paragraph in [element for element in root.iter() if local(element) == "p"]:
            look = self._of(find(paragraph, "pPr"), "pStyle", self._default)
            for parent, run in _runs(paragraph):
                if self._is_hidden(run, look, is_coloured=id(run) in coloured):
                    removed = removed or _has_words(run)
                    parent.remove(run)
        return removed

    def _is_hidden(self, run: Element, paragraph: _Look, *, is_coloured: bool) -> bool:
        look = self._of(find(run, "rPr"), "rStyle").over(paragraph)
        white = bool(look.is_white) and not look.is_shaded and self._is_paper_white and not is_coloured
        return bool(look.is_vanished) or white

    def _on_other_ground(self, root: Element) -> set[int]:
        """Runs in tables and text boxes, whose ground may have a colour from anywhere."""
        grounds = [element for element in root.iter() if local(element) in {"tbl", "txbxContent"}]
        return {id(run) for ground in grounds for run in ground.iter() if local(run) == "r"}

    def _of(self, properties: Element | None, style: str, default: str = "") -> _Look:
        named = None if properties is None else find(properties, style)
        # What the mark at the end of a paragraph looks like says nothing about its letters.
        own = _look(properties, with_letters=style == "rStyle")
        return own.over(self._of_style(attribute(named, "val") if named is not None else default))

    def _of_style(self, key: str) -> _Look:
        if key not in self._known:
            look, step = _Look(), key
            for _ in range(_LONGEST_CHAIN):
                style = self._styles.get(step)
                if style is None:
                    break
                look = look.over(_look(find(style, "rPr"))).over(_look(find(style, "pPr"), with_letters=False))
                based = find(style, "basedOn")
                step = "" if based is None else attribute(based, "val")
            self._known[key] = look
        return self._known[key]


def _look(properties: Element | None, *, with_letters: bool = True) -> _Look:
    vanished = white = shaded = None
    for item in children(properties):
        name, value = local(item), attribute(item, "val").lower()
        if name == "vanish" and with_letters:
            vanished = value not in _OFF
        elif name == "color" and with_letters:
            white = value in _WHITE
        elif name == "highlight":
            shaded = value not in _OFF | {"white"}
        elif name == "shd":
            shaded = attribute(item, "fill").lower() not in _NO_FILL or value not in {"", "clear", "nil"}
    return _Look(vanished, white, shaded)


def _runs(paragraph: Element) -> Iterator[tuple[Element, Element]]:
    """Yield the runs of a paragraph with their parents, not those of paragraphs inside it."""
    found: list[tuple[Element, Element]] = []
    stack = [paragraph]
    while stack:
        parent = stack.pop()
        for child in parent:
            name = local(child)
            if name == "r":
                found.append((parent, child))
            elif name != "p":
                stack.append(child)
    yield from found


def _is_hidden_row(row: Element) -> bool:
    hidden = find(row, "trPr", "hidden")
    return hidden is not None and attribute(hidden, "val").lower() not in _OFF


def _has_words(element: Element) -> bool:
    return any(local(text) == "t" and has_words(text.text or "") for text in element.iter())
