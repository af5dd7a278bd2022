"""Rules about templates and about markup made in Python, as functions from a text to offences."""

import ast
import re
from collections.abc import Iterator, Mapping

from tests.architecture.source import Module, Offence, dotted

# What `|safe` may stand after: HTML that core/markup rendered (`post.body_html`, `rendered.html`).
RENDERED = re.compile(r"(^|[._])html$")
SAFE = re.compile(r"([^\s{}(|]+)\s*\|\s*safe\b")
AUTOESCAPE = re.compile(r"{%-?\s*autoescape\s+false")
INLINE_SCRIPT = re.compile(
    r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*\btype\s*=\s*[\"']application/(ld\+)?json)[^>]*>", re.IGNORECASE
)
INLINE_STYLE = re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE)
HANDLER = re.compile(r"\s(on[a-z]+|hx-on[:\w-]*)\s*=\s*[\"']|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(
    r"<(script|link|img|iframe|video|source)\b[^>]*\b(src|href)\s*=\s*[\"'](https?:)?//", re.IGNORECASE
)
DEFINED = re.compile(r"{%-?\s*macro\s+(\w+)")
COMMENT = re.compile(r"{#.*?#}|<!--.*?-->", re.DOTALL)

# Files that may make Markup -> why what they make is safe.
MARKUP: dict[str, str] = {
    "webapp/assets.py": "draws icons: constant markup, into which `format` puts escaped values",
    "webapp/wording/filters.py": "marks the words found, in text that it has escaped before",
    "webapp/wording/language.py": "phrases out of our catalogues, into which `%` puts escaped values",
}


def offences(path: str, text: str) -> Iterator[Offence]:
    """Everything in one template that a Content-Security-Policy or a reviewer would stop."""
    text = COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    for number, line in enumerate(text.splitlines(), start=1):
        for found in SAFE.finditer(line):
            if not RENDERED.search(found[1]):
                yield Offence(path, number, f"{found[0]}: not a field of rendered markup")
        if AUTOESCAPE.search(line):
            yield Offence(path, number, "escaping turned off")
    for pattern, what in (
        (INLINE_SCRIPT, "inline script"),
        (INLINE_STYLE, "inline style"),
        (HANDLER, "inline event handler"),
        (ELSEWHERE, "loaded from another machine"),
    ):
        for found in pattern.finditer(text):
            yield Offence(path, text.count("\n", 0, found.start()) + 1, what)


def unused_macros(texts: Mapping[str, str]) -> list[str]:
    """Macros of these templates, by path, that none of them calls."""
    everything = "\n".join(texts.values())
    return [
        f"{path}: {name}"
        for path, text in texts.items()
        for name in DEFINED.findall(text)
        if len(re.findall(rf"\b{name}\s*\(", everything)) < 2
    ]


def handmade_markup(module: Module) -> list[Offence]:
    """`Markup(...)` and f-strings through it, outside the allow-list. `Markup.escape` and `escape` are fine."""
    if any(module.within(place) for place in MARKUP):
        return []
    return [
        module.at(node, "Markup() declares text safe")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "Markup"
    ]
