"""The table of equivalent terms."""

from hypothesis import given, settings
from hypothesis import strategies as st

from search.text.synonyms import SynonymTable
from tests.unit.search.hostile import ANY_TEXT


def test_lookup_is_greedy_and_says_how_many_words_it_took() -> None:
    table = SynonymTable([["red notice", "RN"], ["red notice request", "RNR"]])
    sequence = ("send", "red", "notice", "requests", "now")
    assert table.lookup(sequence, 1) == (3, (("red", "notice", "request"), ("rnr",)))
    assert table.lookup(sequence[:3], 1) == (2, (("red", "notice"), ("rn",)))
    assert table.lookup(sequence, 0) == (0, ())
    assert table.lookup(sequence, 5) == (0, ())


def test_neighbours_of_an_ambiguous_term_stay_strangers() -> None:
    table = SynonymTable([["PC", "police constable"], ["pc", "personal computer"]])
    assert len(table.lookup(("pc",), 0)[1]) == 3
    assert table.lookup(("police", "constable"), 0)[1] == (("police", "constable"), ("pc",))


def test_sets_that_say_nothing_are_left_out() -> None:
    assert len(SynonymTable([[], ["alone"], ["", "!!", "word"], ["Case", "cases", "CASE"]])) == 0


def test_urdu_terms_meet_whatever_keyboard() -> None:
    table = SynonymTable([["\u067e\u0648\u0644\u064a\u0633", "police"]])
    assert table.lookup(("police",), 0)[1] == (("police",), ("\u067e\u0648\u0644\u06cc\u0633",))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(ANY_TEXT, max_size=4), max_size=4))
def test_any_table_can_be_built_and_finds_its_own_terms(sets: list[list[str]]) -> None:
    table = SynonymTable(sets)
    for one in sets:
        for text in one:
            length, options = table.lookup(text.lower().split(), 0)
            assert (length == 0) == (not options)
