"""The last look at what goes out: bleach and the one allow-list."""

import re
from collections.abc import Iterable

import bleach

from core.markup.addresses import SCHEMES, is_address
from core.markup.parser import Meter

CLEAN_WORK = 15
"""To have bleach look at one tag."""
_INLINE_TAGS = {"a", "abbr", "br", "code", "del", "em", "s", "span", "strong", "sub", "sup"}
_TABLE_TAGS = {"table", "tbody", "td", "th", "thead", "tr"}
_LIST_TAGS = {"dd", "dl", "dt", "li", "ol", "ul"}
_HEADINGS = {f"h{level}" for level in range(1, 7)}
TAGS = frozenset(_INLINE_TAGS | _TABLE_TAGS | _LIST_TAGS | _HEADINGS | {"blockquote", "div", "hr", "p", "pre"})
_VOID = frozenset({"br", "hr"})
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


class Seal:
    """The last look at what goes out: every tag is on the allow-list, all are balanced, all text is escaped.

    Tags without attributes are compared with the list as they stand, and so are those few whose attributes have one form. What
    carries anything else, an address above all, goes through bleach tag by tag: over a whole page it takes time quadratic in the
    number of siblings. A test holds the outcome against bleach over the whole.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._cleaner = bleach.Cleaner(tags=TAGS, attributes=_may_have, protocols=SCHEMES, strip=True)
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
        if name not in TAGS:
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
