"""Writes to the generations that take this process's documents, and remembers what each of them holds."""

from collections.abc import Iterable, Mapping, Sequence

from core.content import ContentRef
from core.errors import Unavailable
from indexer.plan import Expected, SyncAction, plan
from search.documents import SearchDocument, StoredState
from search.engine import Delete, Generation, Recipe, SearchEngine, Write

WRITES = frozenset({SyncAction.EMBED, SyncAction.METADATA_ONLY})


def write_targets(engine: SearchEngine, recipe: Recipe) -> list[str]:
    """Names of the generations to write to: the current one, and those being built with the same recipe.

    A current generation of another recipe is left alone while a fitting one is built; the rebuild will replace it.
    Raises Unavailable when nothing fits.
    """
    alive = [one for one in engine.generations() if one.is_current or one.is_building]
    if not alive:
        alive = [_first_generation(engine, recipe)]
    fitting = [one.name for one in alive if one.recipe == recipe]
    if not fitting:
        raise Unavailable("The index was made with another model or version. Run `ipcu index rebuild`.")
    return fitting


class Target:
    """One generation while a batch of references is brought up to date in it."""

    def __init__(self, engine: SearchEngine, name: str, refs: Sequence[ContentRef]) -> None:
        self._engine = engine
        self.name = name
        self._stored: dict[ContentRef, StoredState] = dict(engine.state(refs, name))

    def plan(self, ref: ContentRef, expected: Expected | None) -> SyncAction:
        """What is to be done with an object here."""
        return plan(expected, self._stored.get(ref))

    def write(self, documents: Iterable[SearchDocument], absent: Iterable[ContentRef] = ()) -> Mapping[ContentRef, str]:
        """Store what differs and delete what is absent; the reasons by reference of what the engine did not take."""
        chosen = [one for one in documents if self.plan(one.ref, _state_of(one)) in WRITES]
        gone = [Delete(ref, self._stored[ref].revision) for ref in absent if ref in self._stored]
        batch: list[Write] = [*chosen, *gone]
        if not batch:
            return {}
        failed = self._engine.write(batch, self.name).failed
        for one in chosen:
            if one.ref not in failed:
                self._stored[one.ref] = StoredState(one.revision, one.content_hash, one.state_hash)
        return failed


def _state_of(document: SearchDocument) -> Expected:
    return Expected(document.content_hash, document.state_hash, document.revision)


def _first_generation(engine: SearchEngine, recipe: Recipe) -> Generation:
    name = engine.create_generation(recipe)
    engine.promote(name)
    return next(one for one in engine.generations() if one.name == name)
