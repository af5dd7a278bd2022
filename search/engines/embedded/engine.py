"""`EmbeddedEngine`: the contract of `search.engine.SearchEngine` on a local directory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock

from core.content import ContentRef
from core.errors import Unavailable
from search.documents import StoredState
from search.engine import EngineQuery, EngineResult, Generation, Recipe, StoredPassages, Write, WriteReport
from search.engines.common import REMEDY
from search.engines.embedded.analysis import Normalise
from search.engines.embedded.damage import is_damage, readable
from search.engines.embedded.generation import OpenGeneration, Snapshot, create_files
from search.engines.embedded.kernels import Kernel, best_kernel
from search.engines.embedded.layout import Layout
from search.engines.embedded.running import QueryRun
from search.engines.embedded.writing import apply, dead_share


def _as_is(text: str) -> str:
    return text


class EmbeddedEngine:
    """A search index in a directory: any number of reading processes and threads, one writer at a time.

    The directory and its first generation are made at the first use. `recipe` is what this process would make an index
    with: it writes only to generations made with the same, and leaves the vectors of others alone when it reads.
    `normalise` is applied to title, summary, tags and body when they are indexed; queries come normalised.
    Not for a network file system: it relies on locks and mapped files of one machine.
    """

    name = "embedded"

    def __init__(
        self,
        directory: Path,
        *,
        recipe: Recipe,
        normalise: Normalise = _as_is,
        lock_timeout: float = 30.0,
        kernel: type[Kernel] | None = None,
    ) -> None:
        self._layout = Layout(Path(directory), lock_timeout)
        self._recipe = recipe
        self._normalise = normalise
        self._make_kernel = kernel or best_kernel
        self._open: dict[str, OpenGeneration] = {}
        self._opening = Lock()
        self._closed = False

    # --- reading ------------------------------------------------------------------------------------------------------

    def run(self, query: EngineQuery) -> EngineResult:
        """Both legs, total and facets from the current generation, one consistent view of it."""
        generation = self._generation(None)
        recipe = generation.recipe
        comparable = (recipe.model, recipe.dimension) == (
            self._recipe.model,
            self._recipe.dimension,
        )
        with readable(generation.name):
            snapshot = generation.snapshot()
            if query.exclude:
                # What waits to be indexed for the first time is not here, and an import may be long.
                query = replace(query, exclude=query.exclude.intersection(snapshot.rows.latest))
            result = QueryRun(generation, snapshot, query, with_vectors=comparable).result()
        return result if comparable or query.vector is None else replace(result, without_vectors=True)

    def passages(self, refs: Sequence[ContentRef]) -> Mapping[ContentRef, StoredPassages]:
        """The stored passages of those documents, each decoded only when it is asked for."""
        snapshot = self._generation(None).snapshot()
        found = {ref: snapshot.passages(ref) for ref in refs}
        return {ref: passages for ref, passages in found.items() if passages is not None}

    def state(self, refs: Sequence[ContentRef], generation: str | None = None) -> Mapping[ContentRef, StoredState]:
        """What is stored of those documents; absent ones are left out."""
        snapshot = self._generation(generation).snapshot()
        rows = ((ref, snapshot.rows.latest.get(ref)) for ref in refs)
        return {ref: _state(snapshot, row) for ref, row in rows if row is not None and snapshot.rows.alive[row]}

    def scan(self, generation: str | None = None) -> Iterator[tuple[ContentRef, StoredState]]:
        """Every stored document, as of the moment the scan began."""
        snapshot = self._generation(generation).snapshot()
        for row in snapshot.rows.living():
            yield snapshot.rows.refs[row], _state(snapshot, row)

    def dead_share(self, generation: str | None = None) -> float:
        """The share of stored vectors that belong to replaced or deleted documents; a rebuild frees them."""
        return dead_share(self._generation(generation).snapshot())

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self, batch: Sequence[Write], generation: str | None = None) -> WriteReport:
        """Apply a batch in one commit. Every reference of it ends in exactly one list of the report.

        `Unavailable` when the generation was made with another recipe, or another writer keeps the lock too long.
        """
        self._generation(generation)  # a first generation is made before the lock is taken
        with self._layout.writing():
            opened = self._generation(generation)
            if opened.recipe != self._recipe:
                raise Unavailable(
                    f"Index generation {opened.name} was made with {opened.recipe}, this process has {self._recipe}. {REMEDY}"
                )
            with _writable(opened.name):
                return apply(opened, batch, self._normalise)

    # --- generations --------------------------------------------------------------------------------------------------

    def generations(self) -> Sequence[Generation]:
        """All generations, oldest first. One that cannot be read is listed with nothing in it."""
        self._check_open()
        current = self._layout.current_or_none()
        return [self._describe(name, is_current=name == current) for name in self._layout.names()]

    def create_generation(self, recipe: Recipe) -> str:
        """Start an empty generation marked as building and return its name."""
        self._check_open()
        with self._layout.writing():
            return self._layout.create(recipe, create_files)

    def reopen(self, name: str) -> None:
        """Mark a former generation as building again, so that writes reach it."""
        self._check_open()
        with self._layout.writing():
            self._layout.reopen(name)

    def promote(self, name: str) -> None:
        """Make it the one that readers use, atomically; the former is kept for roll-back."""
        self._check_open()
        with self._layout.writing():
            self._layout.promote(name)

    def drop(self, name: str) -> None:
        """Remove a generation that is not current (`Conflict` if it is, `NotFound` if there is none)."""
        self._check_open()
        with self._layout.writing():
            self._layout.drop(name)
        with self._opening:
            self._open.pop(name, None)

    def close(self) -> None:
        """Give back files and locks; every later call raises Unavailable."""
        with self._opening:
            self._closed = True
            self._open.clear()

    # --- opening ------------------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("The search index is closed.")

    def _generation(self, name: str | None) -> OpenGeneration:
        self._check_open()
        chosen = name if name is not None else self._current()
        path = self._layout.path(chosen)
        with self._opening:
            self._check_open()
            opened = self._open.get(chosen)
            if opened is None:
                opened = OpenGeneration(path, self._layout.recipe(chosen), self._make_kernel())
                self._open[chosen] = opened
            return opened

    def _current(self) -> str:
        name = self._layout.current()
        if name is not None:
            return name
        with self._layout.writing():
            name = self._layout.current()  # another process may have been first
            if name is None:
                name = self._layout.create(self._recipe, create_files)
                self._layout.promote(name)
        return name

    def _describe(self, name: str, *, is_current: bool) -> Generation:
        documents = passages = 0
        try:
            recipe = self._layout.recipe(name)
        except Unavailable:
            recipe = Recipe(0, "", 0)
        else:
            try:
                head = self._generation(name).snapshot().head
                documents, passages = head.documents, head.passages
            except Unavailable:
                pass
        building = self._layout.is_building(name) and not is_current
        return Generation(name, recipe, documents, passages, self._layout.size(name), is_current, building)


def _state(snapshot: Snapshot, row: int) -> StoredState:
    return snapshot.rows.record(row, snapshot.log).state


@contextmanager
def _writable(name: str) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if not is_damage(error):
            raise
        raise Unavailable(f"Index generation {name} could not be written: {error}.") from error
