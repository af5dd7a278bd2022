"""Markdown as plain text under its headings, read by the parser that renders records."""

import re
from collections.abc import Iterator
from pathlib import Path

from core.markup import MAX_SOURCE, sections
from indexer.extraction.collector import Collector
from indexer.extraction.decoding import decode_text
from indexer.extraction.front_matter import split_front_matter
from indexer.extraction.normalise import has_words

# Code comes first, for tags in it are what it is about. `<b>` is markup; `<key holder>` is a placeholder and stays.
_TAG = re.compile(
    r"(?P<code>^(?P<fence>`{3,}|~{3,}).*?(?:^(?P=fence)|\Z)|(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`))"
    r"|<!--.*?(?:-->|\Z)"
    r"|(?P<edge></?(?:br|hr|p|div|li|ul|ol|tr|td|th|table|thead|tbody|blockquote|h[1-6]|details|summary|section|center)"
    r"(?:\s[^<>\n]{0,1000})?/?>)"
    r"|</?(?:a|abbr|b|big|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|sup|tt|u|var)"
    r"(?:\s[^<>\n]{0,1000})?/?>",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


def read_markdown(path: Path, out: Collector) -> None:
    """Read a Markdown file; headings become heading paths, its header for tools is left out."""
    text = split_front_matter(out.decoded(decode_text(path.read_bytes()))).body
    for part in _parts(_TAG.sub(_without_tag, text) if "<" in text else text):
        for section in sections(part):
            title = section.place.label.rpartition(" > ")[2]
            body = section.text.removeprefix(title)
            out.add(body if has_words(body) else section.text, section.place.label)


def _without_tag(match: re.Match[str]) -> str:
    if match["code"]:
        return match["code"]
    return " " if match["edge"] else ""


def _parts(text: str) -> Iterator[str]:
    """Yield the text in pieces the parser takes, cut between paragraphs where there are any."""
    while len(text) > MAX_SOURCE:
        cut = text.rfind("\n\n", 0, MAX_SOURCE)
        cut = cut if cut > 0 else MAX_SOURCE
        yield text[:cut]
        text = text[cut:]
    yield text
