"""Markdown as plain text under its headings.

A light reading, not a rendering: markup that carries no words goes, everything else stays. All
patterns are linear in the length of a line.
"""

import re
from pathlib import Path

from indexer.extraction.collector import Collector, SectionWriter
from indexer.extraction.parsers.text import decode

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_CLOSING_HASHES = re.compile(r"(?:^|[ \t])#+[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t:]*-[-| \t:]*$")
_QUOTE = re.compile(r"(?: {0,3}> ?)+")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,1000})\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])")
_DEFINITION = re.compile(r" {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,1000}>")
_EMPHASIS = re.compile(r"(\*{1,3}|~~|(?<!\w)_{1,3})(?=\S)([^*~\n]{1,2000}?)(?<=\S)\1(?!\w)")
_CODE = re.compile(r"`+([^`\n]{1,2000})`+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_COMMENT_START, _COMMENT_END = "<!--", "-->"


def read_markdown(path: Path, out: Collector) -> None:
    """Read a Markdown file; ATX and setext headings become heading paths."""
    writer = SectionWriter(out)
    _Reader(writer).read(_without_comments(decode(path.read_bytes())))
    writer.close()


def strip_inline(line: str) -> str:
    """Return a line of Markdown without link targets, emphasis marks, tags and escapes."""
    line = _LINK.sub(r"\1", line)
    line = _TAG.sub("", _AUTOLINK.sub(r"\1", line))
    line = _EMPHASIS.sub(r"\2", _CODE.sub(r"\1", line))
    return _ESCAPE.sub(r"\1", line)


def _without_comments(text: str) -> str:
    kept: list[str] = []
    position = 0
    while (start := text.find(_COMMENT_START, position)) >= 0:
        end = text.find(_COMMENT_END, start)
        if end < 0:
            break
        kept.append(text[position:start])
        position = end + len(_COMMENT_END)
    return "".join([*kept, text[position:]])


class _Reader:
    """Line by line state: the open paragraph and the open code fence."""

    def __init__(self, writer: SectionWriter) -> None:
        self._writer = writer
        self._paragraph: list[str] = []
        self._fence = ""

    def read(self, text: str) -> None:
        lines = text.splitlines()
        for line in lines[_front_matter_end(lines) :]:
            if self._in_fence(line):
                continue
            self._read_line(_QUOTE.sub("", line, count=1))
        self._end_paragraph()

    def _in_fence(self, line: str) -> bool:
        marker = _FENCE.match(line)
        if self._fence:
            if marker and marker[1].startswith(self._fence):
                self._fence = ""
            else:
                self._paragraph.append(line)
            return True
        if marker:
            self._fence = marker[1]
        return marker is not None

    def _read_line(self, line: str) -> None:
        if atx := _ATX.match(line):
            self._end_paragraph()
            title = _CLOSING_HASHES.sub("", atx[2] or "")
            self._writer.heading(len(atx[1]), strip_inline(title))
        elif self._paragraph and (setext := _SETEXT.match(line)):
            title, self._paragraph = " ".join(self._paragraph), []
            self._writer.heading(1 if setext[1].startswith("=") else 2, title)
        elif not line.strip():
            self._end_paragraph()
        elif not (_RULE.match(line) or _TABLE_RULE.match(line) or _DEFINITION.match(line)):
            self._paragraph.append(strip_inline(_table_row(line)))

    def _end_paragraph(self) -> None:
        self._writer.paragraph("\n".join(self._paragraph))
        self._paragraph = []


def _table_row(line: str) -> str:
    row = line.strip()
    if not (row.startswith("|") and row.endswith("|")):
        return line
    return " | ".join(cell.strip() for cell in row.strip("|").split("|"))


def _front_matter_end(lines: list[str]) -> int:
    """Index after a YAML header; it is metadata for tools, not text for readers."""
    if not lines or lines[0].strip() != "---":
        return 0
    for number, line in enumerate(lines[1:200], start=1):
        if line.strip() in {"---", "..."}:
            return number + 1
        if line.strip() and ":" not in line and not line.startswith((" ", "\t", "-", "#")):
            return 0
    return 0
