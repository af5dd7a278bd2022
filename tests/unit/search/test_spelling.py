"""Did-you-mean and type-ahead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.query import corrected_query, parse
from search.text.spelling import Dictionary
from tests.unit.search.hostile import ANY_TEXT

POLICE = "\u067e\u0648\u0644\u06cc\u0633"
DICTIONARY = Dictionary(
    [
        ("investigation", 400),
        ("extradition", 90),
        ("expedition", 3),
        ("trafficking", 300),
        ("traffic", 200),
        ("border", 250),
        ("boarder", 1),
        ("border-control", 9),
        ("fraud", 120),
        ("seizure", 60),
        ("seizures", 20),
        ("notice", 80),
        ("novice", 2),
        ("brief", 50),
        ("grief", 500),
        ("tested", 90),
        (POLICE, 70),
        ("Zero", 0),
    ]
)


def suggested(dictionary: Dictionary, typed: list[str]) -> str | None:
    """The words put right, or None when none is."""
    corrections = dictionary.corrections(typed)
    return " ".join(corrections.get(word, word) for word in typed) if corrections else None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("investigatoin", "investigation"),  # swapped
        ("extraditon", "extradition"),  # missing
        ("trafficcking", "trafficking"),  # doubled
        ("fruad", "fraud"),
        ("tarficking", "trafficking"),  # two slips
        ("boarder", "border"),  # known, but far rarer
        ("nofice", "notice"),  # as near as "novice", more frequent
        ("\u067e\u0648\u0644\u0633", POLICE),
        ("\u067e\u0644\u0648\u064a\u0633", POLICE),  # swapped, on an Arabic keyboard
    ],
)
def test_slips_are_corrected(typed: str, meant: str) -> None:
    assert suggested(DICTIONARY, [typed]) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "fraud",  # known
        "frauds",  # a form of a known word
        "tester",  # and so is this
        "novice",  # known, and "notice" is not far more frequent
        "frd",  # too short
        "1987",
        "case2024x",
        "unicorn",  # nothing near
        "FRUD",  # an acronym
        "",
    ],
)
def test_what_needs_no_correction_gets_none(typed: str) -> None:
    assert suggested(DICTIONARY, ["the", typed, "x"]) is None


def test_known_words_stay_around_a_corrected_one() -> None:
    assert suggested(DICTIONARY, ["Border", "fruad", "FIA", "1987"]) == "Border fraud FIA 1987"
    assert suggested(DICTIONARY, ["BORDER", "FRUAD"]) == "BORDER fraud"
    assert suggested(DICTIONARY, []) is None
    assert suggested(Dictionary(), ["fruad"]) is None


def test_quoted_and_starred_terms_and_filters_stay_as_typed() -> None:
    parsed = parse('fruad "fruad" fruad* -fruad tag:fruad')
    corrections = DICTIONARY.corrections(parsed.words)
    assert corrected_query(parsed, corrections) == 'fraud "fruad" fruad* -fruad tag:fruad'
    assert not DICTIONARY.corrections(parse('"fruad"').words)


def test_completion_offers_the_most_frequent_first() -> None:
    assert DICTIONARY.complete("b") == ["border", "brief", "boarder"]
    assert DICTIONARY.complete("red NOT") == ["notice"]
    assert DICTIONARY.complete("tr", 1) == ["trafficking"]
    assert DICTIONARY.complete("\u067e\u0648\u0644\u064a") == [POLICE]
    assert DICTIONARY.complete("fraud ") == DICTIONARY.complete("") == DICTIONARY.complete("xyz") == []


def test_only_single_words_that_occur_are_kept_and_counts_add_up() -> None:
    assert DICTIONARY.count("zero") == DICTIONARY.count("control") == 0
    merged = Dictionary([("Red", 2), ("red", 3), ("r\u00e9d", 1)])
    assert (len(merged), merged.count("red")) == (1, 6)


@settings(max_examples=100, deadline=None)
@given(st.lists(ANY_TEXT, max_size=12))
def test_nothing_typed_is_an_error(typed: list[str]) -> None:
    suggested(DICTIONARY, typed)
    DICTIONARY.complete(" ".join(typed))
    suggested(Dictionary((word, 1) for word in typed), typed)
    parsed = parse(" ".join(typed))
    corrected_query(parsed, DICTIONARY.corrections(parsed.words))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["investigation", "extradition", "trafficking"]), st.data())
def test_one_slip_anywhere_is_found(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    dropped = word[:place] + word[place + 1 :]
    for typed in {swapped, dropped} - {word}:
        assert suggested(DICTIONARY, [typed]) == word


def test_the_most_frequent_form_of_a_word_counts() -> None:
    assert DICTIONARY.frequency("seizures") == DICTIONARY.frequency("seizure") == 60
    assert DICTIONARY.frequency("investigating") == DICTIONARY.frequency("investigation") == 400  # one stem
    assert DICTIONARY.frequency("unheard") == 0
    assert (DICTIONARY.most, Dictionary().most) == (500, 0)


def test_corrections_name_the_words_as_typed() -> None:
    assert DICTIONARY.corrections(["Investigatoin", "of", "FRAUD", "fruad"]) == {
        "Investigatoin": "investigation",
        "fruad": "fraud",
    }
    assert DICTIONARY.corrections(["Investigatoin", "fruad"], among={"fruad"}) == {"fruad": "fraud"}


def test_two_slips_are_forgiven_from_as_many_letters_as_is_said() -> None:
    dictionary = Dictionary([("pushing", 100), ("threshold", 100)])
    assert dictionary.corrections(["phishing", "tresholds"]) == {"phishing": "pushing", "tresholds": "threshold"}
    assert dictionary.corrections(["phishing", "tresholds"], two_edits_from=9) == {"tresholds": "threshold"}


def test_words_that_are_known_without_a_document_are_meant_and_never_doubted() -> None:
    dictionary = Dictionary([("border", 250), ("grief", 500)], known=["boarder", "Crypto exchange", "border"])
    assert suggested(dictionary, ["boarder", "crypto"]) is None
    assert suggested(dictionary, ["cryto", "exchagne"]) == "crypto exchange"
    assert suggested(dictionary, ["bordder"]) == "border"
    assert "crypto" in dictionary
    assert "crypt" not in dictionary
    assert (dictionary.count("crypto"), dictionary.count("border")) == (0, 250)
    assert dictionary.complete("crypt") == []
    assert dictionary.complete("bo") == ["border"]
