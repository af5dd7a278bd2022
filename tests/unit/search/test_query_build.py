"""From a parsed question to the tree and the filters engines take."""

from datetime import date

import pytest
from hypothesis import given, settings

from search.engine import AnyOf, Filters, LexicalQuery, Phrase, Prefix, Word
from search.query import build_lexical, corrected, minimum_should_match, parse, resolver_from, to_filters
from search.text.synonyms import SynonymTable
from tests.unit.search.hostile import ANY_TEXT

TABLE = SynonymTable(
    [
        ["MLA", "mutual legal assistance"],
        ["MLA", "modern language association"],
        ["chain of custody", "CoC"],
        ["IT", "information technology"],
        ["NGO", "non-governmental organisation"],
        ["mutual", "reciprocal"],
    ]
)


def built(text: str) -> LexicalQuery:
    return build_lexical(parse(text), TABLE)


def test_function_words_go_when_others_remain() -> None:
    assert built("How do I report a fraud?").should == (Word("report"), Word("fraud"))
    assert built('what about "hit and run"').should == ()
    assert built("to be or not to be").should == tuple(map(Word, ("to", "be", "or", "not")))


def test_capitals_among_small_letters_are_acronyms() -> None:
    assert Word("who") in built("reports of the WHO on drugs").should
    assert Word("who") not in built("WHO OWNS THE REPORT").should
    assert built("fraud AND theft").should == (Word("fraud"), Word("theft"))
    assert built("how is it done in IT units").should[1] == AnyOf((Word("it"), Phrase(("information", "technology"))))


def test_the_longest_synonym_is_taken_and_the_typed_form_comes_first() -> None:
    assert built("ask for mutual legal assistance").should == (
        Word("ask"),
        AnyOf((Phrase(("mutual", "legal", "assistance")), Word("mla"))),
    )
    assert built("mutual trust").should[0] == AnyOf((Word("mutual"), Word("reciprocal")))
    assert built("chain of custody").should == (AnyOf((Phrase(("chain", "of", "custody")), Word("coc"))),)


def test_a_term_of_two_sets_has_all_readings() -> None:
    assert built("mla").should == (
        AnyOf(
            (
                Word("mla"),
                Phrase(("mutual", "legal", "assistance")),
                Phrase(("modern", "language", "association")),
            )
        ),
    )


def test_plurals_of_terms_and_acronyms_are_known() -> None:
    assert built("NGOs").should == (AnyOf((Word("ngos"), Phrase(("non", "governmental", "organisation")))),)


def test_phrases_prefixes_and_negations_are_strict() -> None:
    query = built('fraud "red notice" "urgent" smuggl* -alcohol -"by night"')
    assert query.must == (Phrase(("red", "notice")), Word("urgent"), Prefix("smuggl"))
    assert query.must_not == (Word("alcohol"), Phrase(("by", "night")))
    assert (query.should, query.minimum) == ((Word("fraud"),), 1)


@pytest.mark.parametrize(
    ("count", "minimum"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 2), (5, 2), (6, 3), (8, 3), (9, 4), (64, 22)]
)
def test_about_a_third_of_many_words_are_needed(count: int, minimum: int) -> None:
    assert minimum_should_match(count) == minimum


def test_repeated_words_count_once() -> None:
    assert built("fraud Fraud FRAUD").should == (Word("fraud"),)


@pytest.mark.parametrize("text", ["", "-fraud", "kind:report", "after:2020"])
def test_without_positive_words_the_tree_is_empty(text: str) -> None:
    assert built(text).is_empty


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
def test_every_question_builds_a_tree_that_can_be_met(text: str) -> None:
    parsed = parse(text)
    query = build_lexical(parsed, TABLE)
    assert 0 <= query.minimum <= len(query.should)
    assert query.is_empty != parsed.has_text


def test_typed_and_clicked_filters_meet_under_facet_names() -> None:
    resolve = resolver_from(
        {
            "organisation": ["CBI Academy", "NCA"],
            "country": {"T\u00fcrkiye": "TR", "Pakistan": "PK", "Pakistan (Federal)": "PK-F"},
            "language": {"Urdu": "ur", "English": "en"},
        }
    )
    parsed = parse('org:"cbi academy" country:turkiye -lang:URDU lang:en kind:report after:2023 fraud')
    assert to_filters(parsed, selected={"organisation": {"NCA"}, "year": ()}, resolve=resolve) == (
        Filters(
            fields={
                "organisation": frozenset({"CBI Academy", "NCA"}),
                "country": frozenset({"TR"}),
                "language": frozenset({"en"}),
                "kind": frozenset({"report"}),
            },
            excluded={"language": frozenset({"ur"})},
            after=date(2023, 1, 1),
        )
    )


def test_unknown_values_are_kept_and_find_nothing() -> None:
    filters = to_filters(parse("country:Atlantis"), resolve=resolver_from({"country": ["Pakistan"]}))
    assert filters.fields == {"country": frozenset({"Atlantis"})}


def test_a_mistyped_word_counts_as_typed_and_as_meant() -> None:
    query = build_lexical(parse("siezed Phone"), corrections={"siezed": "seized"})
    assert query.should == (AnyOf((Word("siezed"), Word("seized"))), Word("phone"))


def test_a_mistyped_term_has_the_synonyms_of_what_was_meant() -> None:
    table = SynonymTable([["crypto", "virtual assets"], ["FRT", "facial recognition"]])
    query = build_lexical(parse("cryto facail recognition"), table, {"cryto": "crypto", "facail": "facial"})
    assert query.should == (
        AnyOf((Word("cryto"), Word("crypto"), Phrase(("virtual", "assets")))),
        AnyOf((Phrase(("facail", "recognition")), Phrase(("facial", "recognition")), Word("frt"))),
    )


def test_whole_words_are_put_right() -> None:
    assert (
        corrected("Siezed, siezed and unsiezed", {"siezed": "seized", "Siezed": "seized"})
        == "seized, seized and unsiezed"
    )
    assert corrected("a.b (siezed)", {}) == "a.b (siezed)"
