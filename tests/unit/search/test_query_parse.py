"""Reading what people type."""

from datetime import date

import pytest
from hypothesis import given, settings

from search.engine import Phrase, Prefix, Word
from search.query import MAX_CHARACTERS, MAX_TERMS, FieldFilter, parse, render
from search.text import words
from tests.unit.search.hostile import ANY_TEXT, NASTY

QUICK = settings(max_examples=100, deadline=None)


@QUICK
@given(ANY_TEXT)
def test_a_rendered_query_reads_the_same(text: str) -> None:
    parsed = parse(text)
    again = parse(render(parsed))
    assert again == parsed
    assert not again.truncated
    assert not again.notes


@QUICK
@given(ANY_TEXT)
def test_the_text_to_embed_holds_the_positive_words_and_can_be_encoded(text: str) -> None:
    parsed = parse(text)
    parsed.plain.encode()
    assert bool(parsed.plain) >= parsed.has_text
    if not parsed.truncated:
        asked = {word.lower() for word in parsed.words} | {w for p in parsed.phrases for w in p}
        assert {word[:100] for word in words(parsed.plain)} == asked | set(parsed.prefixes)


def test_a_mark_on_punctuation_is_a_word_of_its_own() -> None:
    assert parse("\u00a1\u0939\u093f \u00a1\U0001da3b").words == ("\u0939\u093f", "\U0001da3b")


def test_naughty_strings_are_only_questions(naughty: list[str]) -> None:
    for text in (*naughty, *NASTY):
        assert parse(render(parse(text))) == parse(text)


def test_all_operators_in_one_question() -> None:
    parsed = parse(
        'Fraud \u201chit and run\u201d -alcohol -"by night" smuggl* kind:report -org:"CBI Academy" '
        "after:2023-05 before:2024 -dru*"
    )
    assert parsed.words == ("Fraud",)
    assert parsed.phrases == (("hit", "and", "run"),)
    assert parsed.prefixes == ("smuggl",)
    assert parsed.negations == (Word("alcohol"), Phrase(("by", "night")), Prefix("dru"))
    assert parsed.filters == (
        FieldFilter("kind", "report"),
        FieldFilter("org", "CBI Academy", excluded=True),
    )
    assert (parsed.after, parsed.before) == (date(2023, 5, 1), date(2024, 1, 1))
    assert parsed.plain == "Fraud hit and run smuggl"
    assert parsed.notes == ()


@pytest.mark.parametrize("text", ["", " \n\t", "- * : \"\" ''", "-", '"', '-""', "***", "\x00", "\ud800"])
def test_lone_operators_ask_nothing(text: str) -> None:
    assert parse(text).is_empty
    assert parse(text).plain == ""


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("colour:red", ("colour", "red")),
        ("https://example.org", ("https", "example", "org")),
        ("kind: report", ("kind", "report")),
        ("kind:", ("kind",)),
        ("kind:!!!", ("kind",)),
        ("e-mail", ("e", "mail")),
        ("--force", ("force",)),
        ("a*", ("a",)),
        ("*fraud", ("fraud",)),
        ("rock 'n' roll", ("rock", "n", "roll")),
        ("what does WHO say?", ("what", "does", "WHO", "say")),
        ('5"gun', ("5", "gun")),
    ],
)
def test_what_is_no_operator_is_words(text: str, read: tuple[str, ...]) -> None:
    parsed = parse(text)
    assert parsed.words == read
    assert (parsed.filters, parsed.negations, parsed.prefixes, parsed.phrases) == ((), (), (), ())


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ('"red notice', (("red", "notice"),)),
        ("\u00abred notice\u00bb", (("red", "notice"),)),
        ('("red notice")', (("red", "notice"),)),
        ('"red notice""blue notice"', (("red", "notice"), ("blue", "notice"))),
        ('"fraud"', (("fraud",),)),
        ("'fraud'", (("fraud",),)),
        ("\u2018fraud\u2019,", (("fraud",),)),
        ('"!!"', ()),
    ],
)
def test_quotes_of_every_kind_close_at_the_end(text: str, phrases: tuple[tuple[str, ...], ...]) -> None:
    parsed = parse(text)
    assert parsed.phrases == phrases
    assert parsed.words == ()


def test_words_with_hyphens_are_excluded_as_a_whole() -> None:
    assert parse("-e-mail").negations == (Phrase(("e", "mail")),)
    assert parse("-colour:red").negations == (Phrase(("colour", "red")),)
    assert parse("\u2212minus").negations == (Word("minus"),)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("TYPE:Report,", FieldFilter("kind", "Report")),
        ("marking:TLP:AMBER+STRICT", FieldFilter("marking", "TLP:AMBER+STRICT")),
        ("country:\u201cSaudi  Arabia\u201d", FieldFilter("country", "Saudi Arabia")),
        ("country:\"C\u00f4te d'Ivoire", FieldFilter("country", "C\u00f4te d'Ivoire")),
        ("-author:khan", FieldFilter("by", "khan", excluded=True)),
        ("(tag:\u0642\u0627\u0646\u0648\u0646", FieldFilter("tag", "\u0642\u0627\u0646\u0648\u0646")),
    ],
)
def test_values_stay_as_typed(text: str, wanted: FieldFilter) -> None:
    parsed = parse(text)
    assert parsed.filters == (wanted,)
    assert parsed.plain == ""


def test_bad_dates_are_words_and_said_so() -> None:
    parsed = parse("before:20x6 after:2023-02-30 fraud")
    assert parsed.words == ("20x6", "2023", "02", "30", "fraud")
    assert (parsed.before, parsed.after) == (None, None)
    assert parsed.notes[0] == "The date \u201c20x6\u201d was read as a word."
    assert len(parse("before:" + "9" * 900).notes[0]) < 100


def test_of_several_dates_the_tightest_count() -> None:
    parsed = parse("after:2020 after:2022-3 before:2025-01-31 before:\u06f2\u06f0\u06f2\u06f4")
    assert (parsed.after, parsed.before) == (date(2022, 3, 1), date(2024, 1, 1))


def test_endless_questions_are_cut_and_said_so() -> None:
    for text in ("ab cd " * 2_000_000, '"' * 10_000_000, "-" * 10_000_000, "x" * 10_000_000):
        # Uncut, each of these would take minutes.
        parsed = parse(text)
        assert parsed.truncated
        assert parsed.notes
        assert len(parsed.words) <= MAX_TERMS
        assert len(render(parsed)) <= MAX_CHARACTERS


@pytest.mark.parametrize("piece", ["w%d ", '"p%d q" ', "-n%d ", "pre%d* ", "kind:v%d ", '-"a%d b" '])
def test_no_kind_of_term_escapes_the_limit(piece: str) -> None:
    parsed = parse("".join(piece % number for number in range(150)))
    count = len(parsed.words) + len(parsed.prefixes) + len(parsed.negations) + len(parsed.filters)
    assert count + sum(map(len, parsed.phrases)) <= MAX_TERMS
    assert parsed.truncated
    assert parse(render(parsed)) == parsed


def test_a_long_word_is_cut_to_its_beginning() -> None:
    assert parse("x" * 500).words == ("x" * 100,)
