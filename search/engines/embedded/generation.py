"""One opened generation: a consistent view of it for readers, and the order of a write.

A write appends to the files (vectors, passages, row log), makes them durable, and then makes one tantivy commit. That commit
is the only commit point: with it goes the head, a document that says how much of each file now counts. A process killed
anywhere before it leaves bytes behind the head, which nobody reads and the next writer overwrites; killed after it, the
write is done. A reader notices a commit of any process by the changed `meta.json`, takes tantivy's new searcher, reads the
head from it and replays the lines of the row log it has not seen: rows, vectors and words always belong to one commit.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from tantivy import Index, IndexWriter, Query, Searcher

from core.content import ContentRef
from core.errors import Unavailable
from search.engine import AccessFilter, Recipe
from search.engines.common import REMEDY
from search.engines.embedded.analysis import HEAD, Analysers, head_document, schema
from search.engines.embedded.damage import readable
from search.engines.embedded.kernels import Kernel, needed_runs
from search.engines.embedded.queries import QueryBuilder
from search.engines.embedded.rows import Rows
from search.engines.embedded.storage import AppendFile, Halves, PassageBlock, as_vectors
from search.engines.embedded.values import Mask

_VIEWS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Head:
    """How much of each file a commit covers."""

    log: int = 0
    text: int = 0
    slots: int = 0
    titles: int = 0
    documents: int = 0
    passages: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """What one set of tokens may see of a snapshot."""

    rows: Mask
    runs: tuple[tuple[int, int], ...]
    """The stretches of the vector file to scan."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One commit, as a running query sees it from beginning to end."""

    name: str
    """The generation's."""
    searcher: Searcher
    head: Head
    rows: Rows
    log: memoryview
    text: memoryview
    vectors: Halves
    titles: Halves
    owners: NDArray[np.int32]
    """The row each vector belongs to. A row's vectors stand together, and rows in the order of the log."""
    _views: dict[AccessFilter, View] = field(default_factory=dict)

    def view(self, access: AccessFilter) -> View:
        """What a viewer sees; remembered for the few sets of tokens in use."""
        view = self._views.get(access)
        if view is None:
            rows = self.rows.visible(access)
            seen = np.flatnonzero(rows & (self.rows.slots > 0))
            view = View(rows, needed_runs(self.rows.slot[seen], self.rows.slots[seen], len(self.vectors)))
            if len(self._views) >= _VIEWS_KEPT:
                self._views.clear()
            self._views[access] = view
        return view

    def passages(self, ref: ContentRef) -> PassageBlock | None:
        """The passages of a living document."""
        row = self.rows.latest.get(ref)
        if row is None or not self.rows.alive[row]:
            return None
        record = self.rows.record(row, self.log)
        block = self.text[record.text_start : record.text_start + record.text_size]
        return PassageBlock(block, record.passages, record.state.revision, self.name)


def create_files(directory: Path) -> None:
    """Make the files of an empty generation."""
    for name in ("rows.log", "passages.bin", "vectors.f16", "titles.f16"):
        AppendFile(directory / name).create()
    index_directory = directory / "words"
    index_directory.mkdir()
    index = Index(schema(), str(index_directory))
    Analysers().register(index)
    writer = index.writer(OpenGeneration.HEAP, 1)
    writer.add_document(head_document(json.dumps(asdict(Head()))))
    writer.commit()
    writer.wait_merging_threads()


class OpenGeneration:
    """An opened generation, safe to share between threads."""

    HEAP = 64_000_000
    """Bytes of tantivy's write buffer."""

    def __init__(self, directory: Path, recipe: Recipe, kernel: Kernel) -> None:
        self.name = directory.name
        self.recipe = recipe
        self.kernel = kernel
        self.log = AppendFile(directory / "rows.log")
        self.text = AppendFile(directory / "passages.bin")
        self.vectors = AppendFile(directory / "vectors.f16")
        self.titles = AppendFile(directory / "titles.f16")
        self._meta = directory / "words" / "meta.json"
        self._refreshing = Lock()
        self._snapshot: Snapshot | None = None
        self._seen: tuple[int, ...] = ()
        analysers = Analysers()
        with readable(self.name):
            self._index = Index.open(str(directory / "words"))
            # The searcher is moved on by hand, together with everything that must agree with it.
            self._index.config_reader("manual", 0)
            analysers.register(self._index)
            self.builder = QueryBuilder(self._index.schema, analysers)

    def snapshot(self) -> Snapshot:
        """The newest commit of any process. Costs one `stat` when nothing was written."""
        with readable(self.name):
            seen = self._signature()
            if self._snapshot is not None and seen == self._seen:
                return self._snapshot
            with self._refreshing:
                seen = self._signature()
                if self._snapshot is None or seen != self._seen:
                    self._snapshot = self._load(self._snapshot)
                    self._seen = seen
                return self._snapshot

    def _signature(self) -> tuple[int, ...]:
        # tantivy replaces the file at every commit and merge, so its inode changes even within one tick of the clock.
        stat = self._meta.stat()
        return stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size

    def _load(self, former: Snapshot | None) -> Snapshot:
        self._index.reload()
        searcher = self._index.searcher()
        head = self._head(searcher)
        if former is not None and former.head == head and former.rows.size == head.log:
            # Only segments were merged: everything but the searcher stays.
            return Snapshot(
                self.name,
                searcher,
                head,
                former.rows,
                former.log,
                former.text,
                former.vectors,
                former.titles,
                former.owners,
            )
        known = former.rows if former is not None else Rows.empty()
        if known.size > head.log:
            raise Unavailable("Index generation %(name)s went back in time. %(remedy)s", name=self.name, remedy=REMEDY)
        log = self.log.view(head.log)
        rows = known.extended(bytes(log[known.size : head.log]))
        width = 2 * self.recipe.dimension
        vectors = as_vectors(self.vectors.view(width * head.slots), self.recipe.dimension)
        titles = as_vectors(self.titles.view(width * head.titles), self.recipe.dimension)
        owners = np.repeat(np.arange(len(rows), dtype=np.int32), rows.slots)
        return Snapshot(self.name, searcher, head, rows, log, self.text.view(head.text), vectors, titles, owners)

    def _head(self, searcher: Searcher) -> Head:
        hits = searcher.search(Query.term_query(self._index.schema, "id", HEAD, "basic"), 1).hits
        if not hits:
            raise Unavailable("Index generation %(name)s has lost its head. %(remedy)s", name=self.name, remedy=REMEDY)
        return Head(**json.loads(str(searcher.doc(hits[0][1]).get_first("head"))))

    @contextmanager
    def writer(self) -> Iterator[IndexWriter]:
        """A tantivy writer for one batch. The caller holds the directory's lock and commits; otherwise nothing happened."""
        with readable(self.name):
            _sweep(self._meta)
            writer = self._index.writer(self.HEAP, 1)
        try:
            yield writer
        except BaseException:
            writer.rollback()
            raise
        finally:
            # Merges left running would be thrown away with the writer, and segments pile up.
            writer.wait_merging_threads()


def _sweep(meta: Path) -> None:
    """Remove the lists of deletions that a commit wrote before it was killed. The caller holds the directory's lock.

    They are named by the segment and the number of the operation, and the next commit counts on from the last one that was
    finished: it would find its own name taken, and so would every later one. No reader knows of them.
    """
    finished = json.loads(meta.read_bytes())["opstamp"]
    for path in meta.parent.glob("*.*.del"):
        if int(path.suffixes[-2][1:]) > finished:
            path.unlink(missing_ok=True)
