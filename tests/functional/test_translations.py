"""Catalogues of other languages: nothing empty, every placeholder of the English sentence in its translation, and shown."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.errors import Invalid, Message
from core.photos import REMOVED_LABELS
from core.sensitivity import LABELS
from core.taxonomy import topic_labels
from forums import kinds as forum_kinds
from library.kinds import EFFECT_LABELS, KINDS, STRENGTH_LABELS
from tests.architecture.refusals import sentences
from tests.architecture.source import project
from webapp.wording.language import phrase, said, translated

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
    forums = (
        forum_kinds.KIND_LABELS,
        forum_kinds.STATUS_LABELS,
        forum_kinds.FUNCTION_LABELS,
        forum_kinds.REASON_LABELS,
    )
    said = {label for group in forums for label in group.values()} | {forum_kinds.UNNAMED_RANK}
    return {
        *topic_labels().values(),
        *LABELS.values(),
        *REMOVED_LABELS.values(),
        *kinds,
        *fields,
        *EFFECT_LABELS.values(),
        *STRENGTH_LABELS,
        *said,
    }


@pytest.mark.parametrize("path", CATALOGUES, ids=[path.parts[-3] for path in CATALOGUES])
def test_every_topic_type_field_and_grade_of_evidence_is_translated(path):
    with path.open("rb") as file:
        known = {message.id for message in read_po(file)}
    assert labels() - known == set()


FOR_COMMANDS = ("webapp/cli", "webapp/evaluation.py", "webapp/demo", "webapp/migrations", "search/evaluation")
"""Their refusals are read in a terminal only, where everything is English."""


def refusals() -> set[str]:
    """Every sentence in the code that a person may be refused with on a page."""
    shown = [
        module
        for module in project()
        if not any(module.within(place) for place in FOR_COMMANDS)
        and not module.path.endswith("/commands.py")
        and "/importing/" not in module.path
    ]
    return {sentence for module in shown for sentence in sentences(module)}


@pytest.mark.parametrize("path", CATALOGUES, ids=[path.parts[-3] for path in CATALOGUES])
def test_every_refusal_is_translated(path):
    with path.open("rb") as file:
        known = {message.id for message in read_po(file)}
    assert len(refusals()) > 80
    assert refusals() - known == set()


def test_a_refusal_is_translated_with_its_parameters_and_stays_english_elsewhere(app):
    error = Invalid(
        "“%(field)s” takes at most %(count)s characters; longer text goes into the body.",
        None,
        field=Message("Summary"),
        count=5,
    )
    assert str(error) == said(error.message) == "“Summary” takes at most 5 characters; longer text goes into the body."
    with app.test_request_context("/", headers={"Accept-Language": "ur"}):
        shown = said(error.message)
    assert "خلاصہ" in shown
    assert "5" in shown
    assert "characters" not in shown


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


def test_refusals_of_the_rooms_below_are_told_in_the_language_of_the_reader(enter, world):
    officer, author = enter("amina"), enter("bilal")
    record = world.record(author.viewer)
    officer.post("/account/language", language="ur", next="/")
    refused = officer.post(f"/records/{record}/withdraw", reason="It is old by now.")
    assert refused.status == 403
    assert refused.one(".problem-message").text == "شائع شدہ ریکارڈ صرف اس کا مصنف یا لائبریرین واپس لے سکتا ہے۔"
    fields = {"kind": "sop", "title": "A title", "year": "1066", "marking": "GREEN", "language": "ur"}
    form = officer.post("/library/new", **fields, organisation_id=str(officer.viewer.organisation_id))
    assert form.one("#year-error").text == "براہِ کرم 1800 اور 2100 کے درمیان کا سال دیں۔"
