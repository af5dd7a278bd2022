"""Markdown to safe HTML: markdown-it-py, then bleach, with one allow-list for the whole platform.

Rows keep source, HTML and the renderer's version; templates mark only that HTML as safe.

Whoever may write can send what takes longest. Everything here is linear in the length of the text, and a meter counts what
parser and cleaner do: a text that asks for more is refused. It counts work and not seconds, so that it holds in every thread
and says the same on every machine. Render before a unit of work opens: nobody else can write while one is open.
"""

from core.markup.addresses import is_address
from core.markup.parser import MAX_SOURCE, MAX_WORK, TooLarge
from core.markup.rendering import MAX_LABEL, VERSION, Rendered, plain, render, sections, slug

__all__ = [
    "MAX_LABEL",
    "MAX_SOURCE",
    "MAX_WORK",
    "VERSION",
    "Rendered",
    "TooLarge",
    "is_address",
    "plain",
    "render",
    "sections",
    "slug",
]
