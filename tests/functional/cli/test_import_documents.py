"""The real documents beside the clone: all of them come in, and questions about them find the document and the page.

Their texts are not ours to keep, so they are read where they are; without them these tests are skipped.
"""

import re

import pytest

from tests.needs import DOCUMENTS

QUESTIONS = [
    ("withdrawing from a conspiracy after the agreement", "association offences", 11),
    ("second part of the pursuit notification form before the end of shift", "fleeing driver policy", 9),
    ("six monthly aged exhibit stock take", "exhibits and property reporting", 4),
    ("approved software for electronic redaction", "information security electronic redaction", 5),
    ("person under 14 cannot consent to the search of a place", "search part 04 consent searches", 4),
    ("record a verbal trespass notice while it is fresh in your mind", "trespass 2016", 10),
    ("who can use speed enforcement equipment", "speed enforcement", 4),
    ("five-step process for approval of a new technology trial", "trial or adoption", 6),
    ("induce a person to acquire a financial product", "deception 2021", 26),
    ("knew the property had been stolen or was reckless", "receiving 2022", 6),
    ("submissions to a parliamentary select committee in a private capacity", "elections and political matters", 10),
    ("every employee is an information and record steward", "information management", 7),
    ("category A vehicles preferred for urgent duty driving", "urgent duty driving", 4),
]
BY_HEADING = [
    ("licence to sell poison", "Poisons Act, 1919", "Section 2"),
    ("traffic data retention by a service provider", "Prevention of Electronic Crimes Act, 2016", "Section 3"),
    ("damage done by cattle that trespass", "Cattle-trespass Act, 1871", "Section"),
]

pytestmark = pytest.mark.documents


@pytest.fixture
def documents(world, ipcu):
    """All of them imported; what the command said."""
    return ipcu("library", "import", str(DOCUMENTS)).well()


def first_hit(ipcu, question: str) -> tuple[str, str]:
    """Title and extracts of the first result."""
    out = ipcu("search", question, "--as", "amina@exchange.example", "--size", "1").well().out
    title, _, rest = out.partition("\n")
    return title, rest


def test_the_real_documents_come_in_and_answer(documents, ipcu):
    bad = [line for line in documents.err.splitlines() if line.startswith(("skipped", "no text"))]
    files = sum(1 for path in DOCUMENTS.rglob("*") if path.is_file())
    imported, skipped = map(int, re.findall(r"^(\d+) imported.* (\d+) skipped", documents.out)[0])
    assert imported + skipped == files
    # Whatever is wrong with a file costs a line of its own, and only the folder of broken ones and scans have any.
    assert skipped == sum(line.startswith("skipped  broken/") for line in bad)
    assert "Traceback" not in documents.err
    wrong = []
    for question, title, page in QUESTIONS:
        found, extracts = first_hit(ipcu, question)
        if title not in found or f"p. {page}:" not in extracts:
            wrong.append((question, found, re.findall(r"p\. \d+", extracts)))
    for question, title, heading in BY_HEADING:
        found, extracts = first_hit(ipcu, question)
        if title not in found or heading not in extracts:
            wrong.append((question, found, extracts[:200]))
    assert not wrong
    again = ipcu("library", "import", str(DOCUMENTS)).well()
    assert f"0 imported (0 of them without text), {imported} already there, {skipped} skipped." in again.out
    assert "no difference (0 waiting" in ipcu("index", "verify").well().out
