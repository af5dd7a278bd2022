"""Measures by hand-computed examples, the bootstrap, and collections with every fault of form."""

import json
from pathlib import Path

import pytest

from core.content import ContentRef
from core.errors import Invalid
from search.evaluation.bootstrap import paired_interval
from search.evaluation.collection import Judged, read_collection, write_run
from search.evaluation.metrics import ndcg, recall, reciprocal_rank
from search.evaluation.report import compare, figures, groups_of

A, THREAD = ContentRef("record", 7), ContentRef("thread", 7)
GRADES = {"a": 3, "b": 2, "c": 3, "d": 0, "e": 1, "f": 2}


def test_ndcg_of_the_textbook_example() -> None:
    """The six documents of the Wikipedia article on discounted cumulative gain: DCG 6.861, ideal 7.141."""
    assert ndcg(["a", "b", "c", "d", "e", "f"], GRADES) == pytest.approx(6.861 / 7.141, abs=1e-3)


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [(["a"], 1.0), (["x", "a"], 1 / 1.58496), (["x"], 0.0), ([], 0.0), (["x"] * 10 + ["a"], 0.0)],
)
def test_ndcg_with_one_relevant_document(ranked: list[str], expected: float) -> None:
    assert ndcg(ranked, {"a": 2}) == pytest.approx(expected, abs=1e-5)


def test_nothing_relevant_means_no_measure() -> None:
    assert ndcg(["a"], {}) == reciprocal_rank(["a"], {"a": 0}) == recall(["a"], {}) == 0.0


def test_reciprocal_rank_and_recall_look_at_the_first_so_many() -> None:
    ranked = ["x", "y", "a", "b"]
    assert reciprocal_rank(ranked, GRADES) == pytest.approx(1 / 3)
    assert reciprocal_rank(ranked, GRADES, depth=2) == 0.0
    assert recall(ranked, {"a": 1, "b": 1, "q": 1, "d": 0}) == pytest.approx(2 / 3)
    assert recall(ranked, {"a": 1, "b": 1}, depth=3) == 0.5


def test_an_interval_is_the_same_each_time_and_holds_the_mean() -> None:
    first, second = [0.9, 0.8, 0.7, 0.9] * 10, [0.5, 0.6, 0.7, 0.4] * 10
    interval = paired_interval(first, second)
    assert interval == paired_interval(first, second)
    assert interval.low < interval.mean < interval.high
    assert interval.mean == pytest.approx(0.275)
    assert interval.is_clear
    assert not paired_interval([1, 0] * 20, [0, 1] * 20).is_clear


def test_an_interval_needs_pairs() -> None:
    for first, second in (([], []), ([1.0], [1.0, 2.0])):
        with pytest.raises(ValueError, match="same questions"):
            paired_interval(first, second)


def test_emptiness_is_right_or_wrong_by_whether_there_is_an_answer() -> None:
    questions = [
        Judged("1", "one", {A: 1}, group="plain"),
        Judged("2", "two", {A: 1}, group="plain"),
        Judged("3", "three", {}, group="none"),
    ]
    reached = figures({"1": [(A, 1.0)], "3": [(A, 0.4)]}, questions)
    assert (reached.questions, reached.wrongly_empty) == (2, 0.5)
    assert (reached.unanswerable, reached.rightly_empty) == (1, 0.0)
    assert reached.ndcg10 == 0.5
    assert {name: len(own) for name, own in groups_of(questions).items()} == {"plain": 2, "none": 1}
    assert figures({}, questions[2:]).ndcg10 is None
    assert compare({}, {}, questions[2:]) is None


def test_a_thread_7_is_not_the_record_7() -> None:
    question = Judged("1", "one", {A: 3}, group="plain")
    reached = figures({"1": [(THREAD, 1.0), (A, 0.5)]}, [question])
    assert reached.mrr10 == 0.5
    assert figures({"1": [(THREAD, 1.0)]}, [question]).recall20 == 0.0


def write(directory: Path, **files: str) -> Path:
    """A small collection, with some files as given."""
    directory.mkdir(exist_ok=True)
    usual = {
        "corpus": json.dumps({"id": "d1", "title": "T", "text": "words"}),
        "queries": json.dumps({"id": "q1", "text": "what"}) + "\n" + json.dumps({"id": "q2", "text": "unjudged"}),
        "qrels": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t-1\n",
    }
    endings = {"corpus": "corpus.jsonl", "queries": "queries.jsonl", "qrels": "qrels.tsv"}
    for name, text in {**usual, **files}.items():
        (directory / endings[name]).write_text(text, "utf-8")
    return directory


def test_a_collection_is_read_with_its_judged_questions(tmp_path: Path) -> None:
    collection = read_collection(write(tmp_path / "small"))
    assert [one.id for one in collection.documents] == ["d1"]
    assert [(one.id, one.grades) for one in collection.questions] == [
        ("q1", {ContentRef("document", 1): 1, ContentRef("document", 2): 0})
    ]
    assert collection.name_of(ContentRef("document", 1)) == "d1"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"corpus": '{"id": "1", "text": "a"}\n{'}, "corpus.jsonl, line 2: this is not JSON"),
        ({"corpus": "[]"}, "corpus.jsonl, line 1: this is not a JSON object"),
        ({"corpus": '{"id": 7, "text": "a"}'}, "'id' is missing or not a text"),
        ({"queries": '{"id": "q1"}'}, "queries.jsonl, line 1: 'text' is missing"),
        ({"qrels": "q1\td1\t1\nq1 d1 1"}, "qrels.tsv, line 2"),
        ({"qrels": "q1\td1\t0"}, "no question that any of them answers"),
        ({"corpus": ""}, "no documents"),
    ],
)
def test_a_fault_is_named_by_file_and_line(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_collection(write(tmp_path / "small", **files))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (write(tmp_path / "small") / "qrels.tsv").unlink()
    with pytest.raises(Invalid, match=r"qrels\.tsv cannot be read"):
        read_collection(tmp_path / "small")


def test_a_run_file_has_six_columns(tmp_path: Path) -> None:
    ranked = {"q1": [(A, 0.5), (THREAD, 0.25)]}
    write_run(tmp_path / "runs" / "x.txt", "tag", ranked)
    assert (tmp_path / "runs" / "x.txt").read_text() == "q1 Q0 record:7 1 0.500000 tag\nq1 Q0 thread:7 2 0.250000 tag\n"
    write_run(tmp_path / "runs" / "x.txt", "tag", ranked, lambda ref: f"d{ref.id}")
    assert (tmp_path / "runs" / "x.txt").read_text().startswith("q1 Q0 d7 1 ")
