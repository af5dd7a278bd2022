"""Catalogues of other languages: nothing empty, every placeholder of the English sentence in its translation, and shown."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.photos import REMOVED_LABELS
from core.sensitivity import LABELS
from core.taxonomy import topic_labels
from library.kinds import EFFECT_LABELS, KINDS, STRENGTH_LABELS
from webapp.wording.language import phrase, translated

CATALOGUES = sorted((Path(__file__).parents[2] / "webapp" / "translations").glob("*/LC_MESSAGES/messages.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.mark.parametrize("path", CATALOGUES, ids=[path.parts[-3] for path in CATALOGUES])
def test_every_translation_says_something_and_keeps_the_placeholders(path):
    with path.open("rb") as file:
        catalogue = read_po(file)
    wrong = []
    for message in catalogue:
        if not message.id:
            continue
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = Counter(PLACEHOLDER.findall(sources[-1]))
        wrong += [one for one in given if not one or Counter(PLACEHOLDER.findall(one)) != wanted or message.fuzzy]
    assert not wrong
    assert len(catalogue) > 300


def labels() -> set[str]:
    """Words that are data in the rooms below and so are found by no extraction."""
    fields = {label for spec in KINDS.values() for label in spec.fields.values()}
    kinds = {spec.label for spec in KINDS.values()}
    return {
        *topic_labels().values(),
        *LABELS.values(),
        *REMOVED_LABELS.values(),
        *kinds,
        *fields,
        *EFFECT_LABELS.values(),
        *STRENGTH_LABELS,
    }


@pytest.mark.parametrize("path", CATALOGUES, ids=[path.parts[-3] for path in CATALOGUES])
def test_every_topic_type_field_and_grade_of_evidence_is_translated(path):
    with path.open("rb") as file:
        known = {message.id for message in read_po(file)}
    assert labels() - known == set()


def test_topics_countries_and_languages_are_named_in_the_language_of_the_reader(enter):
    officer = enter("amina")
    officer.post("/account/language", language="ur", next="/")
    page = officer.see("/library/new")
    assert "صنفی تشدد" in page.one("#topics").text
    assert "پاکستان" in page.one("#country").text
    assert "فارسی" in page.one("#language").text
    assert [one["value"] for one in page.one("#language").all("option[selected]")] == ["ur"]


def test_an_error_is_told_in_the_language_of_the_reader(enter):
    officer = enter("amina")
    assert officer.post("/account/language", language="ur", next="/").status == 303
    missing = officer.get("/records/4711")
    assert missing.status == 404
    assert "یہاں کچھ نہیں" in missing.text
    refused = officer.post("/requests", question="ab")
    assert "براہِ کرم کم از کم" in refused.text


def test_readers_of_two_languages_are_served_in_turn_each_in_his_own(enter):
    one, other = enter("amina"), enter("bilal")
    other.post("/account/language", language="ur", next="/")
    for _ in range(2):  # phrases are kept for the life of the process
        assert 'lang="en"' in one.see("/library").html
        assert 'lang="ur"' in other.see("/library").html
        assert one.see("/library").one("h1").text != other.see("/library").one("h1").text


def test_values_in_a_phrase_are_escaped_and_the_phrase_is_not(app):
    with app.test_request_context("/"):
        assert phrase("page %(page)s", page="<b>") == "page &lt;b&gt;"
        assert phrase("a & b") == "a & b"
        assert translated("100 %") == "100 %"
