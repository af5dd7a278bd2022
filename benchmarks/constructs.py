"""Constructs of Markdown of which much can be written: for the tests of the limits, and for measuring."""

from collections.abc import Callable

CONSTRUCTS: dict[str, str | Callable[[int], str]] = {
    "emphasis": "*a ",
    "emphasis in words": "_a__b",
    "emphasis of two signs": "*a_ ",
    "stars": "*",
    "stars and lines": "*_",
    "strokes": "~~a~~~",
    "brackets": "[",
    "brackets that close late": lambda size: "[a " * (size // 6) + "]" * (size // 2),
    "brackets in brackets": "[a [b] ",
    "empty brackets": "[]",
    "addresses without words": "](",
    "addresses without an end": "[a](b",
    "addresses in angles": "[a](<b",
    "titles without an end": '[a](b "',
    "links": "[a](b) ",
    "pictures": "![[",
    "pictures in pictures": lambda size: "![" * (size // 8) + "a" + "](b)" * (size // 8),
    "backticks": "` ",
    "backticks in rising number": lambda size: "".join("`" * n + " a " for n in range(1, int((2 * size) ** 0.5)))[
        :size
    ],
    "quotations": "> a\n\n",
    "quotations in quotations": "> > > > > > > > > > a\n",
    "one line of quotations": "> ",
    "lazy lines": lambda size: "> a\n" + "b\n" * (size // 2),
    "lists": "- a\n",
    "loose lists": "- a\n\n",
    "one line of lists": "- ",
    "lists in lists": "- - - - - - - a\n",
    "numbers": "1. a\n",
    "lists that change": "* a\n- b\n",
    "rows": lambda size: "|a|b|\n|-|-|\n" + "|a|b|\n" * (size // 6),
    "rows too short": lambda size: "|a|b|c|d|\n|-|-|-|-|\n" + "|a\n" * (size // 3),
    "tables": "|a|\n|-|\n",
    "columns": "|a|a",
    "definitions": "[a]: b\n",
    "definitions of titles without an end": lambda size: '[a]: b "\n' + "a\n" * (size // 2),
    "definitions in lines": '[a]:\nb\n"',
    "definitions that are used": lambda size: "[a]: b\n\n" + "[a] " * (size // 4),
    "angles": "<a",
    "bare addresses": "<http:a> ",
    "entities": "&amp;",
    "entities without an end": "&amp",
    "backslashes": "\\",
    "headings of one name": "# a\n",
    "headings by lines": "a\n=\n",
    "lines of signs": "=\n",
    "fences": "~~~\n",
    "fences with a language": "```a\n\n```\n",
    "code": "    a\n\n",
    "rules": "***\n\n",
    "html": "<div><b>",
    "emoji": "\U0001f600",
    "marks of direction": "\u200f\u202b",
    "one word": "a",
    "lines": "a\n",
    "new lines": "\n",
    "hard breaks": "a  \n",
    "paragraphs": "a\n\n",
    "tabs": "\ta\n",
}
"""What is repeated; or, of a function of the size, the text itself."""


def text_of(construct: str | Callable[[int], str], size: int) -> str:
    """About so many characters."""
    return construct * (size // len(construct)) if isinstance(construct, str) else construct(size)
