"""Snippets and marks."""

import html
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import webapp.demo
from core.content import Place
from search.engine import LexicalQuery, StoredPassage, Word
from search.highlight import (
    HighlightTerms,
    best_passage,
    best_passages,
    coverage,
    highlight,
    mark_all,
    quick_score,
)
from search.query import parse
from search.text import stem, tokens, words
from search.text.synonyms import SynonymTable
from tests.unit.search.hostile import ANY_TEXT

QUICK = settings(max_examples=100, deadline=None)
TABLE = SynonymTable([["MLA", "mutual legal assistance"]])
QUESTIONS = st.one_of(ANY_TEXT, st.sampled_from(["fraud", "script alert", '"mark amp" al*', "aa* \u06be\u06d2 1 2"]))


def terms(text: str) -> HighlightTerms:
    return HighlightTerms.from_query(parse(text), TABLE)


def bare(marked: str) -> str:
    """The html without its marks, as text; fails on any other markup."""
    assert re.fullmatch(r"(?:[^<>]|<mark>[^<>]+</mark>)*", marked)
    return html.unescape(re.sub("</?mark>", "", marked))


def printable(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def passage(ordinal: int, text: str) -> StoredPassage:
    return StoredPassage(ordinal, text, Place())


@QUICK
@given(ANY_TEXT, QUESTIONS)
def test_marks_add_nothing_to_the_text(text: str, question: str) -> None:
    marked = mark_all(text, terms(question))
    assert bare(marked) == printable(text)
    marked.encode()


@QUICK
@given(st.lists(ANY_TEXT, max_size=5), QUESTIONS, st.integers(1, 80), st.integers(1, 4))
def test_snippets_are_stretches_of_the_text(texts: list[str], question: str, width: int, count: int) -> None:
    text = ". ".join(texts)
    snippet = highlight(text, terms(question), width=width, max_snippets=count)
    assert 1 <= len(snippet.pieces) <= count
    position = 0
    for piece in snippet.pieces:
        assert position <= piece.start <= piece.end <= len(text)
        assert piece.end - piece.start <= width
        assert bare(piece.html) == printable(text[piece.start : piece.end])
        position = piece.end
    assert (snippet.matched > 0) == ("<mark>" in snippet.html)


@QUICK
@given(ANY_TEXT)
def test_a_text_is_found_in_itself(text: str) -> None:
    wanted = HighlightTerms.from_query(parse(text))
    parsed = parse(text)
    if parsed.words and not (parsed.truncated or parsed.phrases or parsed.prefixes):
        assert coverage(" ".join(parsed.words), wanted) == 1.0


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("trafficking", "They trafficked it.", "They <mark>trafficked</mark> it."),
        ("fraud", "<b>Fraud</b> & co", "&lt;b&gt;<mark>Fraud</mark>&lt;/b&gt; &amp; co"),
        ('"hit and run"', "hit, and run. hit or run", "<mark>hit, and run</mark>. hit or run"),
        ("smuggl*", "smuggled goods", "<mark>smuggled</mark> goods"),
        ("red notices", "a red notice, red", "a <mark>red notice</mark>, <mark>red</mark>"),
        ("mla", "Mutual legal assistance", "<mark>Mutual legal assistance</mark>"),
        ("muller", "M\u00fcller\u2019s", "<mark>M\u00fcller</mark>\u2019s"),
        ("who is it", "It is a note", "<mark>It is</mark> a note"),
        ("fraud -alcohol kind:report", "alcohol report fraud", "alcohol report <mark>fraud</mark>"),
        ("fraud", "defraud", "defraud"),
        (
            "\u067e\u0648\u0644\u064a\u0633",
            "\u06cc\u06c1 \u067e\u0648\u0644\u06cc\u0633\u06d4",
            "\u06cc\u06c1 <mark>\u067e\u0648\u0644\u06cc\u0633</mark>\u06d4",
        ),
        ("", "nothing asked", "nothing asked"),
    ],
)
def test_what_is_marked(question: str, text: str, marked: str) -> None:
    assert mark_all(text, terms(question)) == marked


def test_the_window_lies_around_the_densest_cluster_and_begins_with_its_sentence() -> None:
    filler = "Nothing of interest stands in this sentence at all. " * 8
    text = f"Fraud first. {filler}Border fraud grows with trade. It pays. {filler}Fraud again."
    snippet = highlight(text, terms("border fraud trade"), width=55)
    assert text[snippet.pieces[0].start :].startswith("Border fraud grows")
    assert bare(snippet.html) == "Border fraud grows with trade. It pays."
    assert snippet.matched == 3
    assert (snippet.cut_before, snippet.cut_after) == (True, True)


def test_without_a_match_the_beginning_is_shown() -> None:
    text = "The first sentence. " + "More words follow here. " * 30
    snippet = highlight(text, terms("unicorn"), width=100)
    assert snippet.matched == 0
    assert bare(snippet.html).startswith("The first sentence.")
    assert bare(snippet.html).endswith("here.")
    assert not snippet.cut_before


def test_a_short_text_is_shown_whole() -> None:
    snippet = highlight(" Fraud. ", terms("fraud"))
    assert snippet.html == " <mark>Fraud</mark>. "
    assert not snippet.cut_before
    assert not snippet.cut_after


def test_near_the_end_the_snippet_reaches_back() -> None:
    text = "One more sentence stands here. " * 20 + "Fraud."
    piece = highlight(text, terms("fraud"), width=120).pieces[0]
    assert piece.end == len(text)
    assert piece.end - piece.start > 60
    assert text[piece.start :].startswith("One more")


def test_further_snippets_only_for_matches_not_shown_yet() -> None:
    filler = "Nothing of interest stands in this sentence at all. " * 8
    text = f"Fraud here. {filler}Border there. {filler}"
    snippet = highlight(text, terms("border fraud"), width=60, max_snippets=3)
    assert [bare(piece.html)[:6] for piece in snippet.pieces] == ["Fraud ", "Border"]
    assert "\u2026" in snippet.html


def test_coverage_counts_a_term_and_its_synonyms_once() -> None:
    wanted = terms("fraud mutual legal assistance border")
    assert coverage("MLA, mla and mutual legal assistance", wanted) == pytest.approx(1 / 3)
    assert coverage("borders, frauds, MLA", wanted) == 1.0
    assert coverage("anything", terms("")) == 0.0


@QUICK
@given(st.text(alphabet="abcdes 0'-_.", max_size=60), st.text(alphabet="abcdes* ", min_size=1, max_size=12))
def test_one_letter_outside_ascii_changes_no_match(text: str, question: str) -> None:
    """ASCII is read by a shorter way; the accented word sends the same text the long way."""
    asked = terms(question)
    assert mark_all(text, asked) + " \u00fc" == mark_all(f"{text} \u00fc", asked)


@given(st.lists(st.sampled_from(["parties", "hoping", "fraud", "policing", "bodies"]), min_size=1))
def test_the_quick_score_misses_no_form_of_a_plain_word(found: list[str]) -> None:
    wanted = terms("party hope frauds police body")
    text = "\u2013 ".join(found)
    assert quick_score(text, wanted) >= coverage(text, wanted)


def test_every_word_of_the_demo_is_found_by_its_stem() -> None:
    """Words are passed over by their first letters, which a stem keeps; "dying" and "lying" do not keep the second."""
    content = Path(webapp.demo.__file__).parent / "content"
    found = {word for path in content.rglob("*.md") for word in words(path.read_text("utf-8"))} | {"dying", "lying"}
    assert len(found) > 5_000
    for word in found:
        wanted = HighlightTerms.from_lexical(LexicalQuery((Word(stem(word)), Word(word))))
        assert mark_all(word, wanted) == f"<mark>{word}</mark>"


def test_the_best_passage_has_most_terms_then_most_occurrences_then_comes_first() -> None:
    texts = ["defrauding", "fraud", "border fraud", "fraud fraud", "border fraud and fraud", ""]
    texts += [texts[4], "borderline defrauded"]
    stored = [passage(number, text) for number, text in enumerate(texts)]
    assert best_passage(stored, terms("border fraud")) == 4
    assert best_passage(stored, terms("unicorn")) == 0
    assert best_passage(stored, terms("")) == 0
    with pytest.raises(ValueError, match="no passages"):
        best_passage([], terms("fraud"))


def test_the_best_passage_is_found_in_text_typed_on_another_keyboard() -> None:
    stored = [passage(0, "\u06cc\u06c1"), passage(1, "\u067e\u0648\u0644\u064a\u0633\u0650")]
    assert best_passage(stored, terms("\u067e\u0648\u0644\u06cc\u0633")) == 1


def test_words_and_meaning_each_get_their_passage() -> None:
    stored = [passage(5, "nothing"), passage(6, "border fraud"), passage(7, "fraud at the border")]
    wanted = terms("border fraud")
    assert best_passages(stored, wanted, nearest=5) == (1, 0)
    assert best_passages(stored, wanted, nearest=7) == (2,)
    assert best_passages(stored, wanted, nearest=99) == best_passages(stored, wanted) == (1,)
    assert best_passages(stored, terms("unicorn"), nearest=6) == (1,)
    assert best_passages([], wanted, nearest=1) == ()


def test_tokens_of_one_character_are_marked_once() -> None:
    assert len(list(tokens("\ufdfa"))) > 1
    assert mark_all("\ufdfa", terms("\ufdfa")) == "<mark>\ufdfa</mark>"
