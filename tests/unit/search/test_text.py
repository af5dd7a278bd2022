"""One normaliser, one tokeniser."""

import pytest
from hypothesis import given, settings
from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from search.text import (
    STOP_WORDS,
    WORD_PATTERN,
    clean,
    normalise,
    scripts,
    stem,
    title_key,
    tokens,
    words,
)
from tests.unit.search.hostile import ANY_TEXT, NASTY

QUICK = settings(max_examples=100, deadline=None)


@QUICK
@given(ANY_TEXT)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert title_key(title_key(text)) == title_key(text)


@QUICK
@given(ANY_TEXT)
def test_normal_text_can_be_stored_and_has_no_controls(text: str) -> None:
    normal = normalise(text)
    normal.encode()
    assert all(character >= " " and character != "\x7f" for character in normal)
    clean(text).encode()


@QUICK
@given(ANY_TEXT)
def test_tokens_are_the_words_and_lie_in_the_text_in_order(text: str) -> None:
    found = list(tokens(text))
    assert [token.text for token in found] == words(text)
    assert all(0 <= token.start < token.end <= len(text) for token in found)
    assert [token.start for token in found] == sorted(token.start for token in found)


def test_naughty_strings_are_only_text(naughty: list[str]) -> None:
    for text in naughty:
        assert normalise(normalise(text)) == normalise(text)
        assert [token.text for token in tokens(text)] == words(text)


@QUICK
@given(ANY_TEXT)
def test_tantivy_cuts_with_the_word_pattern_as_we_do(text: str) -> None:
    analyser = TextAnalyzerBuilder(Tokenizer.regex(WORD_PATTERN)).filter(Filter.lowercase()).build()
    # Letters younger than this Python's Unicode tables are out of reach of any agreement.
    known = "".join(each for each in text if each.isprintable() or each in "\u200c\u200d \n")
    assert analyser.analyze(normalise(known)) == words(known)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("\u0643\u062a\u0627\u0628", "\u06a9\u062a\u0627\u0628"),  # Arabic kaf
        ("\u067e\u0648\u0644\u064a\u0633", "\u067e\u0648\u0644\u06cc\u0633"),  # Arabic yeh
        ("\u0645\u0648\u0633\u0649", "\u0645\u0648\u0633\u06cc"),  # alef maksura
        ("\u0647\u06d2", "\u06c1\u06d2"),  # Arabic heh
        ("\u06be\u06d2", "\u06c1\u06d2"),  # aspirating heh where a word begins
        ("\u062c\u0631\u064a\u0645\u0629", "\u062c\u0631\u06cc\u0645\u06c1"),  # teh marbuta
        ("\u0622\u0645", "\u0627\u0653\u0645"),  # alef with madda in two pieces
        ("\u06a9\u0648\u0626\u06cc", "\u06a9\u0648\u064a\u0654\u06cc"),  # hamza in two pieces
        ("\u0645\u0624\u062b\u0631", "\u0645\u0648\u062b\u0631"),  # waw with hamza
        ("\u0631\u062d\u0645\u0670\u0646", "\u0631\u062d\u0645\u0646"),  # superscript alef
        ("\u062a\u0639\u0627\u0648\u0646\u0650", "\u062a\u0639\u0640\u0640\u0627\u0648\u0646"),
        ("\u06f1\u06f9\u06f4\u06f7", "1947"),
        ("\u0661\u0669\u0664\u0667", "1947"),
        ("\u062e\u0648\u0628\u200c\u0635\u0648\u0631\u062a", "\u062e\u0648\u0628 \u0635\u0648\u0631\u062a"),
        ("\ufee3\ufef4\ufee6", "\u0645\u06cc\u0646"),  # presentation forms
        ("\u200fUNODC\u200e", "UNODC"),
        ("traf\u00adfick\u200ding", "trafficking"),
        ("M\u00fcller \u0160koda \u0141\u00f3d\u017a Stra\u00dfe", "Muller Skoda Lodz Strasse"),
        ("T\u00fcrki\u0307ye \u0130zmir", "Turkiye Izmir"),
        ("\uff26\uff21\uff34\uff26", "FATF"),
        ("red\tnotice\x00now", "red notice now"),
        ("case_file", "case file"),
        ("\ud800x", "x"),
    ],
)
def test_spellings_of_one_word_meet(typed: str, stored: str) -> None:
    assert normalise(typed) == normalise(stored)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u0622\u0628", "\u0627\u0628"),  # water, now
        ("\u06af\u06be\u0631", "\u06af\u06c1\u0631"),  # house, pearl
        ("\u0645\u06cc\u06ba", "\u0645\u06cc\u0646"),
        ("\u0633\u06d2", "\u0633\u06cc"),
        ("\u0439", "\u0438"),  # Cyrillic letters keep what makes them letters
    ],
)
def test_letters_that_make_other_words_stay_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_words_are_cut_at_everything_that_is_no_letter_digit_or_mark() -> None:
    assert words("Co-operation, e.g. 3.14 & can\u2019t_do!") == [
        "co", "operation", "e", "g", "3", "14", "can", "t", "do",
    ]  # fmt: skip
    assert words("\u0939\u093f\u0928\u094d\u0926\u0940 \u092d\u093e\u0937\u093e") == [
        "\u0939\u093f\u0928\u094d\u0926\u0940",
        "\u092d\u093e\u0937\u093e",
    ]


def test_tokens_point_into_the_text_as_it_was_written() -> None:
    text = "\u00abRed\u00bb No\u00adtice \u2013 M\u00fcller\u2019s \u00bd"
    shown = [(token.text, text[token.start : token.end]) for token in tokens(text)]
    assert shown == [
        ("red", "Red"),
        ("notice", "No\u00adtice"),
        ("muller", "M\u00fcller"),
        ("s", "s"),
        ("1", "\u00bd"),
        ("2", "\u00bd"),
    ]


def test_stems_meet_across_forms_and_leave_other_scripts_alone() -> None:
    assert stem("trafficking") == stem("trafficked") == "traffick"
    assert stem("\u067e\u0648\u0644\u06cc\u0633") == "\u067e\u0648\u0644\u06cc\u0633"
    assert stem("a" * 5_000) == "a" * 5_000
    assert stem("") == ""


def test_title_keys_forgive_case_and_punctuation() -> None:
    assert title_key(" Hit-and-Run:  \u201cA Guide\u201d ") == "hit and run a guide"
    assert title_key("\u2026") == ""


def test_scripts_are_those_of_the_letters() -> None:
    assert scripts("Red notice 2024!") == {"latin"}
    assert scripts("\uff32\uff25\uff24") == {"latin"}
    assert scripts("\u067e\u0648\u0644\u06cc\u0633 FIA") == {"arabic", "latin"}
    assert scripts("\u043f\u043e\u043b\u0438\u0446\u0438\u044f") == {"cyrillic"}
    assert scripts("\u8b66\u5bdf\u0e44\u0e17\u0e22\u13a0") == {"han", "thai", "other"}
    assert scripts("2024 \u2013 ?") == frozenset()


def test_function_words_are_in_the_form_that_words_gives() -> None:
    assert all(words(word) == [word] for word in STOP_WORDS)
    assert {"how", "what", "i", "do"} <= STOP_WORDS
    assert set(words("\u06a9\u06cc\u0627 \u06c1\u06d2")) <= STOP_WORDS


@pytest.mark.parametrize(
    "piece", [*(text for text in NASTY if text), "plain words ", "\u067e\u0648\u0644\u064a\u0633\u0650 "]
)
def test_megabytes_are_normalised_in_linear_time(piece: str) -> None:
    text = (piece * (1_000_000 // len(piece) + 1))[:1_000_000]
    # 0.02 to 0.2 s each. In quadratic time it would be an hour, and the run's own limit for one test (300 s) ends it.
    assert len(normalise(text)) <= 20 * len(text)
