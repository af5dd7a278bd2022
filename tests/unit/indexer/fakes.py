"""What the indexer works with, small enough to see through: a source, an engine and an embedder that can be made to fail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, select

from core.access import MEMBER, OPEN
from core.content import ContentRef, Place, Section, SourceDocument
from core.errors import Conflict, Unavailable
from core.files import DirectoryStore
from core.outbox import DirtyMark
from core.sources import Sources
from indexer.build import recipe_for
from indexer.drain import DrainLimits
from indexer.service import Indexer
from search.documents import SearchDocument, StoredState
from search.embedding import EmbedderState, HashEmbedder
from search.engine import Delete, Generation, Recipe, Write, WriteReport
from tests.factories import World

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def source_document(number: int, *texts: str, kind: str = "record", **changes: object) -> SourceDocument:
    """A document for every member, of one section per text."""
    sections = tuple(Section(text, Place("body", "", f"s{i}")) for i, text in enumerate(texts))
    plain = SourceDocument(
        ref=ContentRef(kind, number),
        revision=1,
        title=f"Title {number}",
        summary="",
        tags=(),
        sections=sections or (Section(f"The text of number {number}."),),
        language="en",
        facets={"kind": ("sop",)},
        created=DAY,
        changed=DAY,
        audience=frozenset({MEMBER}),
        space=frozenset({OPEN}),
    )
    return replace(plain, **changes)


class MemorySource:
    """A content source that is a dictionary."""

    kind = "record"

    def __init__(self) -> None:
        self.documents: dict[int, SourceDocument] = {}
        self.broken: set[int] = set()
        self.on_load = lambda: None

    def put(self, number: int, *texts: str, **changes: object) -> SourceDocument:
        self.documents[number] = source_document(number, *texts, **changes)
        return self.documents[number]

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, SourceDocument]:
        if self.broken.intersection(ids):
            raise ValueError("cannot be read")
        found = {one: self.documents[one] for one in ids if one in self.documents}
        self.on_load()
        return found

    def ids(self, session: Session) -> Iterator[int]:
        return iter(sorted(self.documents))


class MemoryEngine:
    """Generations of dictionaries, with the revision guard of the contract."""

    name = "memory"

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.held: dict[str, dict[ContentRef, SearchDocument]] = {}
        self.recipes: dict[str, Recipe] = {}
        self.current = ""
        self.former: set[str] = set()
        self.is_down = False
        self.refused: dict[ContentRef, str] = {}
        self.batches: list[list[Write]] = []

    def now(self) -> dict[ContentRef, SearchDocument]:
        return self.held[self.current]

    def write(self, batch: Sequence[Write], generation: str | None = None) -> WriteReport:
        self._up()
        name = generation or self.current
        if self.recipes[name] != self.recipe:
            raise Unavailable("another recipe")
        self.batches.append(list(batch))
        written, stale = [], []
        for one in batch:
            if one.ref in self.refused:
                continue
            held = self.held[name].get(one.ref)
            if held is not None and held.revision > one.revision:
                stale.append(one.ref)
            elif isinstance(one, Delete):
                self.held[name].pop(one.ref, None)
            else:
                self.held[name][one.ref] = one
                written.append(one.ref)
        failed = {one.ref: self.refused[one.ref] for one in batch if one.ref in self.refused}
        return WriteReport(tuple(written), (), tuple(stale), failed)

    def state(self, refs: Sequence[ContentRef], generation: str | None = None) -> Mapping[ContentRef, StoredState]:
        self._up()
        return {ref: state for ref, state in self.scan(generation) if ref in set(refs)}

    def scan(self, generation: str | None = None) -> Iterator[tuple[ContentRef, StoredState]]:
        self._up()
        for ref, one in list(self.held[generation or self.current].items()):
            yield ref, StoredState(one.revision, one.content_hash, one.state_hash)

    def generations(self) -> Sequence[Generation]:
        self._up()
        return [
            Generation(
                name=name,
                recipe=self.recipes[name],
                documents=len(held),
                passages=sum(len(one.passages) for one in held.values()),
                bytes=0,
                is_current=name == self.current,
                is_building=name != self.current and name not in self.former,
            )
            for name, held in self.held.items()
        ]

    def create_generation(self, recipe: Recipe) -> str:
        self._up()
        name = f"g{len(self.recipes)}"
        self.held[name], self.recipes[name] = {}, recipe
        return name

    def reopen(self, name: str) -> None:
        if name == self.current:
            raise Conflict("in use")
        self.former.discard(name)

    def promote(self, name: str) -> None:
        if self.current:
            self.former.add(self.current)
        self.current = name

    def drop(self, name: str) -> None:
        if name == self.current:
            raise Conflict("in use")
        del self.held[name]

    def _up(self) -> None:
        if self.is_down:
            raise Unavailable("The engine is down.")


class CountingEmbedder(HashEmbedder):
    """Counts the texts it embeds; loads only when told, fails when told."""

    def __init__(self, state: EmbedderState = EmbedderState.READY) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.now = state
        self.after = 10_000
        """Breaks, as a killed process does, after so many texts."""

    @property
    def state(self):
        return self.now

    @property
    def ready(self):
        return self.now is EmbedderState.READY

    def embed(self, texts):
        if self.now is EmbedderState.FAILED:
            raise Unavailable("The model is broken.")
        if len(self.texts) + len(texts) > self.after:
            raise KeyboardInterrupt
        self.now = EmbedderState.READY
        self.texts += texts
        return super().embed(texts)


class Bench:
    """An indexer over fakes."""

    def __init__(self, world: World, directory: Path, embedder: CountingEmbedder) -> None:
        self.world = world
        self.source = MemorySource()
        self.embedder = embedder
        self.engine = MemoryEngine(recipe_for(embedder))
        self.files = DirectoryStore(directory)
        self.indexer = self.make()

    def make(self, **limits: object) -> Indexer:
        return Indexer(
            database=self.world.database,
            clock=self.world.clock,
            sources=Sources([self.source]),
            engine=self.engine,
            embedder=self.embedder,
            files=self.files,
            limits=DrainLimits(**limits),
        )

    def put(self, number: int, *texts: str, **changes: object) -> ContentRef:
        """Save a document as a domain does: with its mark."""
        ref = self.source.put(number, *texts, **changes).ref
        self.mark(ref)
        return ref

    def remove(self, number: int) -> ContentRef:
        ref = self.source.documents.pop(number).ref
        self.mark(ref)
        return ref

    def mark(self, ref: ContentRef) -> None:
        with self.world.work() as work:
            work.mark_dirty(ref, "test")

    def marks(self) -> list[DirtyMark]:
        with self.world.database.reading() as session:
            return list(session.exec(select(DirtyMark).order_by(DirtyMark.id)))
