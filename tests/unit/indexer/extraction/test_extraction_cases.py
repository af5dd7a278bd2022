"""The cases beside the clone that are about reading files: what is found, what is not shown, what is told."""

import json
import re

import pytest

from indexer.extraction import Extraction, ExtractionStatus, extract, sniff_media_type
from tests.needs import CASES

pytestmark = pytest.mark.cases

# Encodings, hidden text, Markdown, order of parts; of kind 13 the ones about files.
KINDS = frozenset({1, 7, 8, 9, 11})
OTHERS = frozenset({"13-deep-quotes", "13-nav-unclosed"})
WORD = re.compile(r"[^\W_]+")
LISTED = json.loads((CASES / "cases.json").read_text("utf-8")) if CASES.is_dir() else []
OF_FILES = [case for case in LISTED if "file" in case and (case["kind"] in KINDS or case["id"] in OTHERS)]


def read(case: dict) -> Extraction:
    path = CASES / case["file"]
    with path.open("rb") as stream:
        media_type = sniff_media_type(stream, path.name)
    return extract(path, media_type)


def words_of(text: str) -> str:
    """Words between single blanks: what a quoted question compares."""
    return f" {' '.join(WORD.findall(text.casefold()))} "


def test_the_cases_are_there():
    assert len(OF_FILES) >= 30


@pytest.mark.parametrize("case", OF_FILES, ids=[case["id"] for case in OF_FILES])
def test_a_case_is_read_as_people_read_it(case):
    result = read(case)
    shown = "\n".join(f"{block.heading}\n{block.text}" for block in result.blocks)
    if result.status is not ExtractionStatus.OK:
        assert "or_told" in case, result
        assert re.search(case["or_told"], result.reason, re.IGNORECASE)
        assert not shown
        return
    for wanted in [*case["must_find"], *case.get("must_show", ())]:
        assert words_of(wanted) in words_of(shown)
    for unwanted in case.get("must_not_show", ()):
        assert unwanted not in shown
    for unwanted in case.get("must_not_find", ()):
        assert words_of(unwanted) not in words_of(shown)


@pytest.mark.parametrize("case", [case for case in OF_FILES if case["kind"] == 8], ids=lambda case: case["id"])
def test_who_uploads_is_told_of_hidden_text_and_of_nothing_else(case):
    assert read(case).remarks == (() if "guard" in case["id"] else ("hidden_text",))
