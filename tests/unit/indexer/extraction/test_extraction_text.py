"""Text, Markdown and HTML files."""

from pathlib import Path

import pytest

from indexer.extraction import Extraction, ExtractionLimits, ExtractionStatus, extract
from indexer.extraction.normalise import clean_text


def read(tmp_path: Path, content: bytes, media_type: str, limits: ExtractionLimits = ExtractionLimits()) -> Extraction:  # noqa: B008
    path = tmp_path / "file"
    path.write_bytes(content)
    return extract(path, media_type, limits)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_in_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    result = read(tmp_path, "Café – “naïve”".encode(encoding), "text/plain")

    assert [(block.text, block.heading, block.page) for block in result.blocks] == [("Café – “naïve”", "", None)]


def test_markdown_headings_make_paths_and_markup_goes(tmp_path: Path) -> None:
    source = """---
title: metadata
---
# Guide #

Some **bold** and _soft_ [words](https://example.org/x), `code`, snake_case_name.

Training
--------

> quoted <b>text</b> <!-- hidden -->

| Day | Hour |
|-----|------|
| Mon | 8 |

```
# not a heading
```

### Deep
"""
    result = read(tmp_path, source.encode(), "text/markdown")

    assert [(block.heading, block.text) for block in result.blocks] == [
        ("Guide", "Some bold and soft words, code, snake_case_name."),
        ("Guide > Training", "quoted text\n\nDay\nHour\nMon\n8\n\n# not a heading"),
        ("Guide > Training > Deep", "Deep"),
    ]


def test_html_keeps_what_a_reader_reads(tmp_path: Path) -> None:
    source = """<!doctype html><head><title>T</title><style>x{}</style></head>
    <body><nav>Home</nav><h1>Manual</h1><p>First
    line<br>second &amp; last</p><script>alert("no")</script>
    <h2>Hours <em>now</em></h2><table><tr><th>Day<th>From<tr><td><p>Mon</p><td>8</table>tail"""

    result = read(tmp_path, source.encode(), "text/html")

    assert [(block.heading, block.text) for block in result.blocks] == [
        ("Manual", "First line\nsecond & last"),
        ("Manual > Hours now", "Day | From\n\nMon | 8\n\ntail"),
    ]


def test_html_in_a_declared_encoding(tmp_path: Path) -> None:
    content = '<meta charset="iso-8859-2"><p>Łódź</p>'.encode("iso-8859-2")

    assert read(tmp_path, content, "text/html").blocks[0].text == "Łódź"


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown", "text/html"])
@pytest.mark.parametrize("content", [b"", b" \n\t ", b"---\n***\n"])
def test_files_without_words_have_no_text(tmp_path: Path, media_type: str, content: bytes) -> None:
    result = read(tmp_path, content, media_type)

    assert result.status is ExtractionStatus.NO_TEXT
    assert result.reason


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown", "text/html"])
def test_output_is_cut_at_the_limit(tmp_path: Path, media_type: str) -> None:
    result = read(tmp_path, b"word " * 10_000, media_type, ExtractionLimits(max_characters=1000))

    assert result.status is ExtractionStatus.OK
    assert result.truncated
    assert sum(len(block.text) for block in result.blocks) == 1000


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("text/html", b"<div>" * 100_000 + b"deep"),
        ("text/html", b"<p>x</p><nav><div " + b"a='" * 50_000),
        ("text/markdown", b"[" * 100_000 + b" deep"),
        ("text/markdown", b"*a **b " * 20_000),
        ("text/markdown", b"> " * 100_000 + b"deep"),
        ("text/plain", bytes(range(256)) * 100),
    ],
)
def test_pathological_text_costs_a_status_only(tmp_path: Path, media_type: str, content: bytes) -> None:
    result = read(tmp_path, content, media_type, ExtractionLimits(seconds=20))

    assert result.status in {ExtractionStatus.OK, ExtractionStatus.NO_TEXT}


def test_clean_text_drops_what_no_index_should_hold() -> None:
    raw = "A\x00B\ud800C\u202e\ufffe\u00ad \t x\r\n\r\n\r\n\r\ncafe\u0301 o\ufb03cer \uf0b7\x0bend"

    assert clean_text(raw) == "ABC x\n\ncafé officer •\nend"


def test_clean_text_keeps_joiners_and_restores_arabic_letters() -> None:
    assert clean_text("\u0645\u06cc\u200c\u062f\u0627\u0646\u0645") == ("\u0645\u06cc\u200c\u062f\u0627\u0646\u0645")
    assert clean_text("\ufe8d\ufedf") == "\u0627\u0644"
