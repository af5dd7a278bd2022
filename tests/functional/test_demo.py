"""What the demo promises: eighty connected records in one piece, sixty judged questions, and nothing from the real world."""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.resources import files as resources
from itertools import pairwise
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from core.access import Marking, viewer_of
from core.administration.publishers import has_publisher
from core.attachments import Attachment
from core.audit import AuditEvent
from core.errors import Conflict
from core.files import FileText
from core.people import Space, SpaceMember, find_user_by_email, list_organisations
from core.settings import Settings
from core.tagging import ObjectTopic
from core.taxonomy import TOPICS, area_of
from indexer.extraction import ExtractionStatus
from library.models import Record, RecordKind, RecordStatus
from library.queries import find_listed
from search.embedding import HashEmbedder
from webapp.composition import build_runtime
from webapp.demo import FENCE
from webapp.demo.loader import load_demo
from webapp.demo.questions import Question, read_questions, record_ids
from webapp.library.demo import LINK
from webapp.runtime import Runtime

CONTENT = resources("webapp.demo") / "content"
LONG = 600
SHINGLE = 8
# What would point to the real world: bodies and their systems, addresses, telephone numbers. `.example` names nobody.
REAL = re.compile(
    r"\b(interpol|europol|aseanapol|ameripol|afripol|i-24/7|siena|unodc|icmp|fatf|egmont|nadra|fia|facebook|whatsapp|"
    r"tiktok|telegram|signal messenger|google|microsoft|cellebrite|karachi|lahore|islamabad|peshawar|quetta|punjab|sindh)\b"
    r"|https?://|\bwww\.|@(?!exchange\.example)[\w-]+\.\w|\b\d{1,3}(\.\d{1,3}){3}\b|\+\d{2}[ \d-]{7,}",
    re.IGNORECASE,
)


class Entry:
    """One record's file."""

    def __init__(self, name: str, text: str) -> None:
        _, front, self.body = text.split(FENCE, 2)
        self.name, self.number, self.text = name, name[:2], text
        self.meta = tomllib.loads(front)

    @property
    def is_long(self) -> bool:
        """Two headings or more and six hundred words or more."""
        return len(self.body.split()) >= LONG and len(re.findall(r"^#{1,6} ", self.body, re.MULTILINE)) >= 2

    def shingles(self) -> set[tuple[str, ...]]:
        """Every run of eight words, attachments included, that no table or sentence end interrupts."""
        texts = [self.body, *(attachment["body"] for attachment in self.meta.get("attachments", []))]
        found = set()
        for sentence in re.split(r"[.!?۔؟|:;\n]", "\n".join(texts).casefold()):
            words = re.findall(r"[^\W_]+", sentence)
            found.update(tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))
        return found


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    folder = CONTENT / "records"
    return sorted(
        (Entry(path.name, path.read_text("utf-8")) for path in folder.iterdir()), key=lambda entry: entry.name
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[tuple[Runtime, dict[str, int]]]:
    """The demo, loaded once for this module."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "ipcu.sqlite3").write_bytes(blank_database.read_bytes())
    settings = Settings(data_dir=folder, secret_key="a signing key of a test, long enough", embedding="off")
    runtime = build_runtime(settings, web=False, embedder=HashEmbedder())
    yield runtime, load_demo(runtime, lambda done, total: None)
    runtime.close()


def test_there_are_as_many_records_of_each_sort_as_promised(entries: list[Entry]) -> None:
    assert len(entries) == 80
    assert [entry.number for entry in entries] == [f"{number:02}" for number in range(1, 81)]
    assert len({entry.meta["title"] for entry in entries}) == 80
    assert sum(entry.is_long for entry in entries) >= 25
    assert sum(bool(entry.meta.get("attachments")) for entry in entries) >= 12
    assert sum(entry.meta["language"] == "ur" for entry in entries) == 8


def test_every_type_area_topic_and_marking_occurs_and_several_spaces(entries: list[Entry]) -> None:
    assert {entry.meta["kind"] for entry in entries} == {kind.value for kind in RecordKind}
    assert {entry.meta["marking"] for entry in entries} == {marking.value for marking in Marking}
    topics = {topic for entry in entries for topic in entry.meta["topics"]}
    assert topics == {topic for area in TOPICS.values() for topic in area}
    areas = Counter(area for entry in entries for area in {area_of(topic) for topic in entry.meta["topics"]})
    assert min(areas[area] for area in TOPICS) >= 10
    assert len({entry.meta["space"] for entry in entries if entry.meta.get("space")}) >= 3
    assert all(entry.meta.get("named") for entry in entries if entry.meta["marking"] == "RED")
    assert {entry.meta["status"] for entry in entries} == {one.value for one in RecordStatus} - {RecordStatus.DELETED}


def test_urdu_records_are_written_in_urdu_script(entries: list[Entry]) -> None:
    for entry in entries:
        letters = [char for char in entry.body if char.isalpha()]
        share = sum("\u0600" <= char <= "\u06ff" for char in letters) / len(letters)
        assert (share > 0.95) if entry.meta["language"] == "ur" else (share < 0.01), entry.name


def test_nothing_of_the_real_world_is_named(entries: list[Entry]) -> None:
    assert [(entry.name, found[0]) for entry in entries for found in REAL.finditer(entry.text)] == []


def test_records_do_not_repeat_each_other(entries: list[Entry]) -> None:
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for entry in entries:
        for shingle in entry.shingles():
            owners[shingle].add(entry.number)
    shared = {" ".join(shingle): sorted(numbers) for shingle, numbers in owners.items() if len(numbers) > 1}
    assert len(shared) <= 3, shared


def test_it_loads_whole_and_every_attachment_is_a_real_file(
    demo: tuple[Runtime, dict[str, int]], entries: list[Entry]
) -> None:
    runtime, report = demo
    wanted = [one["filename"] for entry in entries for one in entry.meta.get("attachments", [])]
    assert (report["records"], report["attachments"]) == (80, len(wanted))
    runtime.indexer.run_all()
    with runtime.reading() as session:
        for attachment in session.exec(select(Attachment)).all():
            is_pdf = attachment.filename.endswith(".pdf")
            assert attachment.media_type.endswith("pdf" if is_pdf else "wordprocessingml.document")
            text = session.exec(select(FileText).where(FileText.sha256 == attachment.sha256)).one()
            assert text.status == ExtractionStatus.OK, attachment.filename
        assert session.exec(select(func.count(col(ObjectTopic.object_id)))).one() > 100


def test_every_link_leads_to_an_earlier_record_which_every_reader_may_read(
    demo: tuple[Runtime, dict[str, int]], entries: list[Entry]
) -> None:
    runtime, _ = demo
    links = [(entry.number, target) for entry in entries for target in LINK.findall(entry.body)]
    assert len(links) >= 30
    assert all(int(target) < int(number) for number, target in links)
    with runtime.reading() as session:
        ids = record_ids(session)
        bodies = dict(session.exec(select(Record.id, Record.body_html)).all())
        for number, target in links:
            assert f'href="/records/{ids[target]}"' in bodies[ids[number]]
        for email in _people():
            readable = _readable(runtime, email)
            assert [link for link in links if link[0] in readable and link[1] not in readable] == [], email


def test_records_are_as_old_as_their_last_review_and_the_audit_chain_as_the_loading(
    demo: tuple[Runtime, dict[str, int]],
) -> None:
    runtime, _ = demo
    now = runtime.clock.now()
    with runtime.reading() as session:
        records = session.exec(select(Record)).all()
        loaded = session.exec(select(func.min(AuditEvent.at))).one()
    for record in records:
        assert record.reviewed_on is not None
        assert record.created_at == record.changed_at <= now
        assert record.changed_at.date() == min(record.reviewed_on, now.date())
        assert record.published_at == (None if record.status == RecordStatus.DRAFT else record.changed_at)
    assert len({record.changed_at for record in records}) == len(records)
    assert (now - loaded).days == 0


def test_sixty_questions_are_judged_against_records_the_asker_may_read(demo: tuple[Runtime, dict[str, int]]) -> None:
    questions = read_questions()
    groups = Counter(question.group for question in questions)
    assert len(questions) == 60
    assert groups["no_answer"] == 15
    assert groups["urdu"] + groups["typo"] == 10
    assert {grade for question in questions for grade in question.grades.values()} == {1, 2, 3}
    assert all(3 in question.grades.values() for question in questions if question.has_answer)
    readable = {question.asked_by: _readable(demo[0], question.asked_by) for question in questions}
    for question in questions:
        assert set(question.grades) <= {f"record:{number}" for number in readable[question.asked_by]}, question.text


def test_questions_do_not_borrow_the_title(entries: list[Entry]) -> None:
    titles = {entry.number: _words(entry.meta["title"]) for entry in entries}
    for question in read_questions():
        for number in _best(question):
            runs = _runs(_words(question.text)) & _runs(titles[number])
            assert runs == set(), (question.text, runs)


def test_a_second_load_is_refused_and_adds_nothing(demo: tuple[Runtime, dict[str, int]]) -> None:
    runtime, _ = demo
    before = _rows(runtime)
    with pytest.raises(Conflict):
        load_demo(runtime, lambda done, total: None)
    assert _rows(runtime) == before


def _people() -> list[str]:
    return [entry["email"] for entry in tomllib.loads((CONTENT / "people.toml").read_text("utf-8"))["person"]]


def _readable(runtime: Runtime, email: str) -> set[str]:
    """Numbers of the published records this person may read."""
    with runtime.reading() as session:
        user = find_user_by_email(session, email)
        assert user is not None, email
        ids = record_ids(session)
        seen = find_listed(session, viewer_of(session, user), ids.values())
        return {number for number, key in ids.items() if key in seen}


def _rows(runtime: Runtime) -> list[int]:
    with runtime.reading() as session:
        tables = (Record, Attachment, ObjectTopic, AuditEvent)
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def _best(question: Question) -> list[str]:
    return [name.removeprefix("record:") for name, grade in question.grades.items() if grade == 3]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _runs(words: list[str]) -> set[tuple[str, str, str]]:
    return {(first, second, third) for (first, second), (_, third) in pairwise(pairwise(words))}


def test_every_organisation_has_somebody_to_publish_and_every_space_a_leader(demo):
    runtime, _ = demo
    with runtime.reading() as session:
        organisations = list_organisations(session)
        assert [one.key for one in organisations if not has_publisher(session, one)] == []
        led = set(session.exec(select(SpaceMember.space_id).where(SpaceMember.is_leader)))
        assert led == set(session.exec(select(Space.id)))
