"""Passages fit the model, lose nothing, keep to their section, and break where a reader would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content import Place, Section
from indexer.passages import MAX_CHARACTERS, split
from search.embedding import HashEmbedder, SentenceTransformerEmbedder, is_mostly_latin

HASH = HashEmbedder(knows=is_mostly_latin)
MODEL = SentenceTransformerEmbedder()
"""Only its tokenizer is used, which loads no torch."""

words = st.sampled_from(
    ["the", "officer", "Dr.", "e.g.", "evidence", "§12", "antidisestablishmentarianism", "…", "3.5"]
)
ends = st.sampled_from([". ", "? ", "\n", "\n\n", " ", "! ", "\n- "])
english = st.lists(st.tuples(st.lists(words, min_size=1, max_size=60).map(" ".join), ends), max_size=40).map(
    lambda parts: "".join(text + end for text, end in parts)
)
urdu = st.lists(st.sampled_from(["پولیس", "تعاون۔", "کیا", "ہے؟", "\n\n"]), max_size=400).map(" ".join)
anything = st.text(max_size=3_000)
texts = st.one_of(english, urdu, anything, st.builds(lambda a, b: f"{a}\n\n{b}", urdu, english))


def cut(*sections, title="On evidence", embedder=HASH):
    return list(split(title, [one if isinstance(one, Section) else Section(one) for one in sections], embedder))


def bare(text):
    return "".join(text.split())


@pytest.mark.parametrize("embedder", [HASH, MODEL], ids=["hash", "model"])
@given(title=st.one_of(english, urdu, anything), text=texts)
def test_every_passage_fits_with_its_title(embedder, title, text):
    pieces = cut(Section(text, Place("body", title)), title=title, embedder=embedder)
    assert all(tokens <= 254 for tokens in embedder.count_tokens([one.embedded for one in pieces]))
    assert all(len(one.text) <= MAX_CHARACTERS for one in pieces)


@given(first=texts, second=texts)
def test_nothing_is_lost_doubled_or_moved(first, second):
    pieces = cut(first, second)
    assert bare("".join(one.text for one in pieces)) == bare(first + second)
    assert all(one.text == one.text.strip() != "" for one in pieces)


@given(text=texts)
def test_the_same_text_is_cut_the_same(text):
    assert cut(text) == cut(text)


def test_no_passage_joins_two_sections():
    places = [Place("attachment", "a.pdf", page=page) for page in (1, 2)]
    pieces = cut(*(Section("A short page.", place) for place in places))
    assert [one.place for one in pieces] == places


def test_short_paragraphs_are_packed_together():
    assert [one.text for one in cut("First.\n\nSecond.\n\nThird.")] == ["First.\n\nSecond.\n\nThird."]


def test_a_paragraph_that_fits_is_not_torn():
    long, longer = "One two three. " * 40, "Four five six. " * 50
    assert [one.text for one in cut(f"{long}\n\n{longer}")] == [long.strip(), longer.strip()]


def test_a_long_paragraph_breaks_between_sentences():
    sentence = "On 5 Jan. 2026 Insp. A. Khan, e.g. of the unit, saw No. 7 at approx. 3.5 km. "
    pieces = cut(sentence * 60)
    assert len(pieces) > 2
    assert all(one.text.startswith("On 5 Jan.") and one.text.endswith("3.5 km.") for one in pieces)


def test_urdu_breaks_at_its_own_marks_and_is_not_embedded():
    pieces = cut("تربیت کی ضرورت کیا ہے؟ پولیس تعاون کرتی ہے۔ " * 100)
    assert len(pieces) > 2
    assert all(one.text[-1] in "؟۔" and one.embedded == "" for one in pieces)


def test_a_bilingual_section_keeps_the_scripts_apart():
    pieces = cut("Evidence first.\n\nپولیس تعاون کرتی ہے۔\n\nEvidence last.")
    assert [bool(one.embedded) for one in pieces] == [True, False, True]


def test_title_and_heading_stand_in_front_but_are_not_shown():
    [piece] = cut(Section("Isolate it.", Place("body", "First hour")))
    assert piece.embedded == "On evidence\nFirst hour\nIsolate it."
    assert piece.text == "Isolate it."


def test_a_file_name_is_no_heading():
    [piece] = cut(Section("Isolate it.", Place("attachment", "scan_0012.pdf", page=3)))
    assert piece.embedded == "On evidence\nIsolate it."


def test_an_endless_title_leaves_room_for_text():
    pieces = cut("Isolate it.", title="word " * 5_000)
    assert [one.text for one in pieces] == ["Isolate it."]
