"""What was acknowledged, what may have happened, and the looks at both that must never fail.

Two sorts of records. The evergreen ones are never edited; every search for them finds all of them, whatever is rebuilt or
killed. The turning ones are edited to and fro: in an odd version everybody reads a harmless text, in an even one a secret
text stands under AMBER+STRICT. Whoever belongs to no sharing organisation never meets the secret word, in no moment.
"""

import re
import threading
from dataclasses import dataclass, field

from sqlmodel import Session, select

from core.access import Marking, Viewer
from core.attachments import Attachment
from core.audit import verify
from core.content import ContentRef
from core.errors import NotFound
from core.files import FileText
from core.outbox import DirtyMark, count_waiting, list_parked
from core.paging import Page
from indexer.texts import count_pending
from indexer.verify import compare
from library import queries
from library.models import Record
from search.results import Legs, SearchRequest
from webapp.runtime import Runtime

EVERGREEN, SECRET = "evergreenword", "secretword"
VERSION = re.compile(r"turning(\d+)v(\d+)")


@dataclass
class Turning:
    """A record that is edited to and fro."""

    number: int
    path: str
    acknowledged: int = 1
    tried: int = 1
    """The version last sent; it may have arrived although nobody was told so."""

    def text(self, version: int) -> str:
        word = SECRET if version % 2 == 0 else "harmless"
        return f"## Steps\n\nThe {word} of turning{self.number}v{version} stands here. " + "It is explained. " * 40

    @staticmethod
    def marking(version: int) -> Marking:
        return Marking.AMBER_STRICT if version % 2 == 0 else Marking.GREEN


@dataclass
class Truth:
    """Everything that must still be there after whatever happened."""

    runtime: Runtime
    insider: Viewer
    outsider: Viewer
    evergreen: frozenset[ContentRef] = frozenset()
    turning: list[Turning] = field(default_factory=list)
    drafts: set[int] = field(default_factory=set)
    """Acknowledged new records."""
    files: dict[str, str] = field(default_factory=dict)
    """A word of each acknowledged file, by its digest."""
    imported: set[str] = field(default_factory=set)
    """Digests of files that an import has brought in."""

    def found(self, session: Session, viewer: Viewer, text: str) -> set[ContentRef]:
        """What the words of a question find, all of it, as the index alone has it."""
        ranked = self.runtime.search.rank(session, viewer, SearchRequest(text), Legs.LEXICAL)
        return {ref for ref, _ in ranked}

    # --- at any moment ------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """What holds while anything is going on and anybody is being killed."""
        with self.runtime.reading() as session:
            for viewer in (self.insider, self.outsider):
                assert self.found(session, viewer, EVERGREEN) == self.evergreen, "half an index"
                asked = SearchRequest(f"{EVERGREEN} kind:lesson", page=Page(1, 50))
                page = self.runtime.search.search(session, viewer, asked)
                assert {hit.ref for hit in page.hits} == self.evergreen, "half an index"
                assert page.total == page.facets["kind"]["lesson"] == len(self.evergreen), "half an index"
            assert not self.found(session, self.outsider, SECRET), "a text without its marking, in the index"
            asked = SearchRequest(SECRET, page=Page(1, 50))
            shown = self.runtime.search.search(session, self.outsider, asked)
            assert not [hit for hit in shown.hits if SECRET in str(hit)], "a secret text was shown"
            for one in self.turning:
                try:
                    record = queries.get_record(session, self.outsider, _id_of(one.path))
                except NotFound:
                    continue
                assert SECRET not in record.body_source, "a text without its marking"

    # --- when everything has settled ----------------------------------------------------------------------------------

    @property
    def is_settled(self) -> bool:
        """Nothing waits to be indexed or read."""
        with self.runtime.reading() as session:
            return not count_waiting(session) and not count_pending(session)

    def what_waits(self) -> str:
        """For the message of a test that fails."""
        with self.runtime.reading() as session:
            marks = [str(one.model_dump()) for one in session.exec(select(DirtyMark)).all()]
            texts = [
                str(one.model_dump(exclude={"blocks"}))
                for one in session.exec(select(FileText).where(FileText.status == "pending")).all()
            ]
        return "\n".join([f"now {self.runtime.clock.now()}", *marks, *texts])

    def check(self) -> None:
        """Nothing acknowledged is lost, database and index are the same, the audit chain holds."""
        with self.runtime.reading() as session:
            assert not list_parked(session)
            verdict = verify(session)
            assert verdict.is_intact, verdict.problem
            for one in self.turning:
                self._check_turning(session, one)
            assert not {one for one in self.drafts if session.get(Record, one) is None}, "a new record is lost"
            self._check_files(session)
            digests = [digest for digest in session.exec(select(Record.import_digest)) if digest]
            assert len(digests) == len(set(digests)), "a file was imported twice"
            assert set(digests) >= self.imported, "an imported file is lost"
            self.imported = set(digests)
        self._compare()

    def _check_turning(self, session: Session, one: Turning) -> None:
        record = session.get(Record, _id_of(one.path))
        assert record is not None
        found = VERSION.search(record.body_source)
        assert found
        version = int(found[2])
        assert version in (one.acknowledged, one.tried), f"{one} stands at version {version}: an edit is lost"
        assert record.body_source.strip() == one.text(version).strip(), "a mixture of two versions"
        assert record.marking == one.marking(version), "a text without its marking"
        one.acknowledged = one.tried = version
        word = f"turning{one.number}v{version}"
        assert self.found(session, self.insider, word) == {record.ref}
        assert self.found(session, self.outsider, word) == (set() if version % 2 == 0 else {record.ref})

    def _check_files(self, session: Session) -> None:
        attached = set(session.exec(select(Attachment.sha256)))
        for digest, word in self.files.items():
            assert digest in attached, "an attached file is lost"
            text = session.get(FileText, digest)
            assert text is not None
            assert (text.status, self.found(session, self.insider, word) != set()) == ("ok", True), text
        for digest in attached:
            assert self.runtime.files.path(digest).stat().st_size, "the store has lost a file"

    def _compare(self) -> None:
        current = next(one for one in self.runtime.engine.generations() if one.is_current)
        comparison = compare(
            database=self.runtime.database,
            sources=self.runtime.sources,
            engine=self.runtime.engine,
            generation=current.name,
            model=self.runtime.embedder.digest,
        )
        assert comparison.is_clean, str(comparison)
        assert not comparison.in_flight


class Watcher:
    """Looks at everything again and again in a thread, until it is told to stop or sees what must not be."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._done = threading.Event()
        self._problem: BaseException | None = None
        self.looks = 0
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._done.is_set():
                self._truth.look()
                self.looks += 1
        except BaseException as problem:
            self._problem = problem

    def check(self) -> None:
        """Raise what it saw."""
        if self._problem is not None:
            raise self._problem

    def close(self) -> None:
        self._done.set()
        self._thread.join()


def _id_of(path: str) -> int:
    return int(path.rpartition("/")[2])
