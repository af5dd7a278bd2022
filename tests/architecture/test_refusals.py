"""Refusals are written so that they can be translated: one sentence with named placeholders, a Message for each field."""

import pytest

from tests.architecture.refusals import made_up, sentences
from tests.architecture.source import Module, listing, project
from tests.architecture.table import DOMAINS

REASON = "The catalogues hold whole sentences: raise Invalid('At most %(count)s files.', {'file': Message('...')}, count=20)."


def test_no_refusal_of_core_or_a_domain_is_put_together_before_it_is_raised():
    offences = [
        one
        for module in project()
        if module.package in ("core", *DOMAINS) or module.within("webapp/administration")
        for one in made_up(module)
    ]
    assert not offences, listing(offences, REASON)


@pytest.mark.parametrize(
    "text",
    [
        "raise Conflict(f'There is a {key} already.')",
        "raise Invalid('No.', {'file': 'too many'})",
        "raise InvalidValue('a' + b)",
        "require(can_edit(viewer), f'Not for {name}.')",
        "NOT_YOURS = 'No.'\nrequire(can_edit(viewer), NOT_YOURS)",
    ],
)
def test_a_refusal_that_cannot_be_translated_is_seen(text):
    assert made_up(Module("core/bad.py", text))


def test_a_sentence_with_placeholders_is_found_and_fine():
    module = Module(
        "core/good.py", "raise Invalid('At most %(count)s files.', {'file': Message('Too many.')}, count=20)"
    )
    assert not made_up(module)
    assert sentences(module) == {"At most %(count)s files.", "Too many."}
