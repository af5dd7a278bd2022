"""`ipcu evaluate`: a small collection through the real indexer and engine, and the demo that is not there."""

import json
import sys
from pathlib import Path

import pytest

from search.embedding import HashEmbedder
from tests.functional.cli.conftest import Ipcu

SUBJECTS = {
    "boats": ("harbour patrol inspects fishing vessels", "how does a patrol inspect vessels in the harbour"),
    "bread": ("flour yeast oven temperature loaf", "which oven temperature suits a loaf of flour"),
}


@pytest.fixture
def collections(tmp_path: Path) -> list[Path]:
    """Two collections of one document each, about nothing in common."""
    made = []
    for name, (text, question) in SUBJECTS.items():
        directory = tmp_path / name
        directory.mkdir()
        (directory / "corpus.jsonl").write_text(json.dumps({"id": "d1", "title": name, "text": text}))
        (directory / "queries.jsonl").write_text(json.dumps({"id": "q1", "text": question}))
        (directory / "qrels.tsv").write_text("q1\td1\t2\n")
        made.append(directory)
    return made


@pytest.mark.usefixtures("empty")
def test_collections_are_indexed_asked_and_measured(
    ipcu: Ipcu, collections: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By module: the package holds the command under the same name.
    monkeypatch.setattr(sys.modules["webapp.cli.evaluate"], "build_embedder", lambda *_, **__: HashEmbedder())
    arguments = [part for directory in collections for part in ("--collection", str(directory))]
    said = ipcu("evaluate", *arguments, "--runs", str(tmp_path / "runs"), "--cache", str(tmp_path / "cache")).well().out
    hybrid = next(line for line in said.splitlines() if line.startswith("hybrid"))
    assert hybrid.split() == ["hybrid", "2", "1.000", "1.000", "1.000", "0.0%", "100.0%"]
    assert "nDCG@10 closest - lexical" in said
    assert (tmp_path / "runs" / "bread.lexical.txt").read_text().startswith("q1 Q0 d1 1 ")
    assert len(list((tmp_path / "runs").iterdir())) == 8
    again = ipcu("evaluate", *arguments, "--cache", str(tmp_path / "cache")).well().out
    assert again == said


@pytest.mark.usefixtures("data")
def test_without_the_demo_it_says_how_to_load_it(ipcu: Ipcu) -> None:
    assert "ipcu demo load" in ipcu("evaluate").complaint


@pytest.mark.usefixtures("empty")
def test_a_broken_collection_is_one_line(ipcu: Ipcu, collections: list[Path]) -> None:
    (collections[0] / "qrels.tsv").write_text("nonsense\n")
    assert "qrels.tsv, line 1" in ipcu("evaluate", "--collection", str(collections[0])).complaint
