"""Nothing that a search says beside what was typed tells of what its reader may not see, from the moment the database says so.

Each channel is asked three times: before the record is there, while every member may read it (the channel then says something,
or the test shows nothing), and after a change that the index, or the dictionary in memory, does not know yet. The
third answer has to be the first.
"""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from core.access import Marking, Viewer
from core.attachments import attach, detach
from core.content import ContentRef
from core.files import DirectoryStore
from core.people import Role, get_user
from core.sources import Sources
from indexer.service import Indexer
from library import service as library
from library.drafts import WithdrawDraft
from library.models import RecordKind
from library.service.attachments import RECORD_HOST
from library.source import RecordSource
from search import reference as reference_module
from search.embedding import RELIABLE, HashEmbedder
from search.models import SynonymSet
from search.reference import Reference
from search.results import SearchRequest, SearchResponse
from search.service import SearchService
from tests.contract.access.conftest import make_indexer
from tests.contract.search.conftest import prefix_of, remove
from tests.factories import World, draft

LANGUAGE = {"saddle", "lantern", "farrier", "night", "plan", "horses", "yard", "for", "the", "of", "with"}
TEMPLATE = {"kind": frozenset({RecordKind.TEMPLATE.value})}
SECRET = {
    "title": "Quillback dossier",
    "summary": "Of the quillback.",
    "body": "## Where\n\nThe quillback sleeps in the old saddle room.",
    "tags": "quillback",
    "country": "NO",
}


class Reader(HashEmbedder):
    """Knows some words of a language; the others it has to spell."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [sum(1 if word.lower() in LANGUAGE else 3 for word in text.split()) for text in texts]


class Site:
    """A library with one plain record, its search, and people."""

    def __init__(self, world: World, directory: Path, kind: str) -> None:
        # Nothing is near by chance to a question with a farrier in it: it is answered by words alone.
        embedder = Reader(knows=lambda text: "farrier" not in text.lower())
        self.world, self.directory = world, directory
        source = RecordSource(world.clock)
        self.indexer: Indexer
        self.indexer, self.engine = make_indexer(world, [source], embedder, directory, kind)
        self.reference = Reference(lambda _: {"kind": {one.value: one.value for one in RecordKind}})
        self.search = SearchService(
            engine=self.engine,
            embedder=embedder,
            sources=Sources([source]),
            reference=self.reference,
            clock=world.clock,
        )
        away, home = world.organisation("away"), world.organisation("home")
        self.desk = world.space("desk")
        self.author = world.viewer(world.person("author", away, Role.LIBRARIAN, spaces=(self.desk,)))
        self.second = world.viewer(world.person("second", away, Role.LIBRARIAN, spaces=(self.desk,)))
        self.member = world.viewer(world.person("member", home))
        self.stranger = world.viewer(world.person("stranger", home, verified=False))
        with world.work() as work:
            left = get_user(work.session, world.person("former", home))
            left.is_active = False
            work.session.add(left)
        assert left.id is not None
        self.disabled = world.viewer(left.id)
        self.plain = world.record(self.author, title="Night plan", summary="", body="A plan for the night with horses.")
        self.index()

    def index(self) -> None:
        """As after a minute: everything is indexed and nothing old is in memory."""
        self.indexer.run_all()
        self.reference.forget()
        self.search.forget_answers()

    def publish(self) -> int:
        number = self.world.record(self.author, **SECRET)
        self.index()
        return number

    def change(self, number: int, **changes: Any) -> None:
        # The author tightens at once, the second person changes the text at once.
        who = self.author if changes.keys() <= {"marking", "space_id"} else self.second
        with self.world.work(who) as work:
            values = {**SECRET, **changes}
            library.edit_record(work, who, number, draft(self.author.organisation_id, **values))

    def withdraw(self, number: int) -> None:
        with self.world.work(self.author) as work:
            library.withdraw_record(work, self.author, number, WithdrawDraft(reason="It is wrong"))

    def says(self, viewer: Viewer) -> dict[str, Any]:
        """What each channel says to a viewer."""
        said = {}
        for name, channel in CHANNELS.items():
            with self.world.database.reading() as session:
                said[name] = channel(self, session, viewer)
        return said


Channel = Callable[[Site, Session, Viewer], Any]


def searched(text: str, part: Callable[[SearchResponse], Any], **asked: Any) -> Channel:
    return lambda site, session, viewer: part(site.search.search(session, viewer, SearchRequest(text, **asked)))


def suggested(site: Site, session: Session, viewer: Viewer, text: str) -> tuple[list[str], list[str]]:
    words, cards = site.search.suggest(session, viewer, text)
    return words, [card.title for card in cards]


def hits(response: SearchResponse) -> tuple[list[ContentRef], int, int]:
    return [hit.ref for hit in response.hits], response.total, response.unreliable


CHANNELS: dict[str, Channel] = {
    "hits": searched("quillback", hits),
    "corrected": searched("quillbakc", lambda one: one.hints.corrected),
    "found by the correction": searched("quillbakc", hits),
    "did you mean": searched("wuillback", lambda one: one.hints.did_you_mean),
    "did you mean, as typed": searched("quillbakc", lambda one: one.hints.did_you_mean, as_typed=True),
    "did you mean, closest": searched("wuillback", lambda one: one.hints.did_you_mean, closest=True),
    "closest": searched("quillback", hits, closest=True),
    "found alone": searched("quillback farrier", lambda one: one.hints.found_alone),
    "without quotes": searched('"room quillback"', lambda one: one.hints.without_quotes),
    "drop hints": searched("quillback", lambda one: one.hints.drop_hints, filters=TEMPLATE),
    "facets": searched("", lambda one: {name: dict(counts) for name, counts in one.facets.items()}),
    "total": searched("", hits),
    "completion": lambda site, session, viewer: suggested(site, session, viewer, "quil"),
    "completion of a second word": lambda site, session, viewer: suggested(site, session, viewer, "night quil"),
    "title": lambda site, session, viewer: suggested(site, session, viewer, "quillback do"),
    "similar": lambda site, session, viewer: [
        card.ref for card in site.search.similar(session, viewer, ContentRef("record", 1), "The quillback")
    ],
}
CHANGES: dict[str, Callable[[Site, int], None]] = {
    "withdrawn": Site.withdraw,
    "GREEN to RED": lambda site, number: site.change(number, marking=Marking.RED),
    "moved to a hidden space": lambda site, number: site.change(number, space_id=site.desk),
}
WORDS = (
    "corrected",
    "did you mean",
    "did you mean, as typed",
    "did you mean, closest",
)
"""Channels that say nothing but words of the dictionary."""


@pytest.fixture(params=["embedded", pytest.param("opensearch", marks=pytest.mark.opensearch)])
def site(
    world: World, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    # What is read is kept for its thirty seconds, however quickly it was read.
    monkeypatch.setattr(reference_module, "KEPT_TIMES", 1e9)
    monkeypatch.setitem(RELIABLE, Reader().digest, 0.54)
    site = Site(world, tmp_path, request.param)
    yield site
    site.engine.close()
    if request.param == "opensearch":
        remove(f"{prefix_of(tmp_path)}-*")


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_no_longer_for_somebody_is_told_in_no_way(site: Site, change: str) -> None:
    before = site.says(site.member)
    number = site.publish()
    public = site.says(site.member)
    silent = [name for name in CHANNELS if public[name] == before[name]]
    assert not silent, "a channel that says nothing of a public record shows nothing here"
    CHANGES[change](site, number)
    assert site.says(site.member) == before, "while the change waits to be indexed"
    site.indexer.run_all()
    assert site.says(site.member) == before, "indexed, with the old dictionary still in memory"
    site.index()
    assert site.says(site.member) == before


def test_who_is_not_verified_or_not_active_is_told_no_word(site: Site) -> None:
    before = site.says(site.stranger)
    number = site.publish()
    for viewer in (site.stranger, site.disabled):
        said = site.says(viewer)
        assert said == before
        assert not any(said[name] for name in WORDS)
    site.change(number, marking=Marking.RED)
    for viewer in (site.stranger, site.disabled):
        assert site.says(viewer) == before


def test_a_word_that_was_taken_out_of_a_record_is_told_no_more(site: Site) -> None:
    before = site.says(site.member)
    number = site.publish()
    site.change(number, title="Old dossier", summary="", body="It sleeps in the old saddle room.", tags="")
    said = site.says(site.member)
    assert [said[name] for name in WORDS] == [before[name] for name in WORDS] == [""] * len(WORDS)
    assert said["completion"][0] == []


def test_a_word_stays_while_another_record_has_it_or_its_own_is_only_edited(site: Site) -> None:
    number = site.publish()
    public = site.says(site.member)
    site.change(number, year=2025)  # waits to be indexed, and still has the word
    assert site.says(site.member)["corrected"] == public["corrected"] == "quillback"
    other = site.world.record(site.author, title="Another quillback", body="The second.")
    site.index()
    site.withdraw(number)
    assert site.says(site.member)["corrected"] == "quillback"
    site.withdraw(other)
    assert site.says(site.member)["corrected"] == ""


def test_a_term_of_the_librarians_is_told_while_it_is_in_their_table(site: Site) -> None:
    with site.world.work() as work:
        entry = SynonymSet(terms=["mobexes", "night plan"], created_at=work.now)
        work.session.add(entry)
    site.index()

    def said(viewer: Viewer) -> str:
        with site.world.database.reading() as session:
            return site.search.search(session, viewer, SearchRequest("moebxes")).hints.corrected

    assert said(site.member) == "mobexes"
    assert said(site.stranger) == ""
    with site.world.work() as work:
        work.session.delete(entry)
    assert said(site.member) == ""


def test_a_card_has_the_revision_that_is_indexed(site: Site) -> None:
    number = site.publish()
    site.change(number, year=2025)
    source = RecordSource(site.world.clock)
    with site.world.database.reading() as session:
        (card,), (document,) = (
            source.cards(session, site.member, [number]).values(),
            source.load(session, [number]).values(),
        )
        assert card.revision == document.revision > 1


def test_a_passage_is_shown_only_of_the_revision_that_the_database_has(site: Site) -> None:
    number = site.publish()
    files = DirectoryStore(site.directory / "files")
    with site.world.work(site.author) as work:
        stored = files.put(BytesIO(b"The quillback in the annex."), limit=1000)
        added = attach(
            work, site.author, RECORD_HOST, number, filename="annex.txt", stored=stored, media_type="text/plain"
        )
    site.index()

    def extracts(text: str) -> list[list[str]]:
        with site.world.database.reading() as session:
            found = site.search.search(session, site.member, SearchRequest(text))
        return [[one.html for one in hit.extracts] for hit in found.hits if hit.ref.id == number]

    assert "annex" in str(extracts("quillback annex"))
    assert "sleeps" in str(extracts("quillback sleeps"))
    with site.world.work(site.author) as work:
        detach(work, site.author, RECORD_HOST, added.id or 0)
    site.change(number, body="Nothing is said here.")
    # The hit stays, found by what the index has; of its text only what the database has is shown.
    for asked in ("quillback annex", "quillback sleeps", ""):
        assert extracts(asked) == [["Of the <mark>quillback</mark>."] if asked else ["Of the quillback."]]
    site.index()
    assert "annex" not in str(extracts("quillback"))
    assert "Of the" in str(extracts("quillback"))
