"""`OpenSearchEngine`: the contract of `search.engine.SearchEngine` on a cluster."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from core.content import ContentRef
from core.errors import Unavailable
from search.documents import StoredState
from search.engine import (
    EngineQuery,
    EngineResult,
    Generation,
    Recipe,
    StoredPassages,
    Write,
    WriteReport,
)
from search.engines.common import REMEDY
from search.engines.opensearch import mapping, writing
from search.engines.opensearch.catalogue import Catalogue, Entry
from search.engines.opensearch.checks import Trouble, check_cluster, troubles_of
from search.engines.opensearch.client import Access, Client, Refused, encoded, raise_for
from search.engines.opensearch.mapping import Normalise
from search.engines.opensearch.running import QueryRun
from search.engines.opensearch.vectors import Shape

_PAGE = 1000
"""Documents fetched at once by `scan` and `state`."""
_KEPT_OPEN = "5m"


def _as_is(text: str) -> str:
    return text


class OpenSearchEngine:
    """A search index on a cluster, shared by any number of processes; `prefix` keeps it apart from others there.

    Nothing connects before the first use, which also checks that version and plugins fit and makes the first generation.
    `recipe` is what this process would make an index with: it writes only to generations made with the same, and leaves
    the vectors of others alone when it reads. `normalise` is applied to title, summary, tags and body when they are indexed.
    """

    name = "opensearch"

    def __init__(
        self,
        access: Access,
        *,
        recipe: Recipe,
        prefix: str = "ipcu",
        shape: Shape | None = None,
        normalise: Normalise = _as_is,
        client: Client | None = None,
    ) -> None:
        self._client = client or Client(access)
        self._shape = shape or Shape()
        self._catalogue = Catalogue(self._client, prefix, self._shape)
        self._recipe = recipe
        self._normalise = normalise
        self._version = ""
        self._reading: Entry | None = None
        self._checking = Lock()
        self._closed = False

    # --- reading ------------------------------------------------------------------------------------------------------

    def run(self, query: EngineQuery) -> EngineResult:
        """Both legs, total and facets from the current generation."""
        self._ready()
        for _ in range(3):
            entry = self._read_from()
            run = QueryRun(query, mapping.nest(self._recipe), self._recipe.dimension, entry.kind, entry.shards)
            if run.is_empty:
                return run.nothing()
            answers = self._search(run.bodies(), entry)
            if answers is not None:
                return replace(
                    run.result(answers), without_vectors=query.vector is not None and not self._compares(entry)
                )
            self._reading = None  # another generation was promoted
        raise Unavailable("The search index is being replaced; try again in a moment.")

    def _compares(self, entry: Entry) -> bool:
        made = entry.recipe
        return made is not None and (made.model, made.dimension) == (self._recipe.model, self._recipe.dimension)

    def _read_from(self) -> Entry:
        """The generation that readers use, as this process last saw it: questions must be put as its vectors are kept."""
        if self._reading is None:
            self._reading = self._catalogue.current(self._recipe)
        return self._reading

    def _search(self, bodies: Sequence[object], entry: Entry) -> list[Mapping[str, Any]] | None:
        """The answers of an `_msearch`; None when they do not come from that generation."""
        head = b'{"index":"%s"}\n' % self._catalogue.reading.encode()
        lines = b"".join(head + encoded(body) + b"\n" for body in bodies)
        params = {"cancel_after_time_interval": f"{int(1000 * self._client.access.timeout)}ms"}
        answers: list[Mapping[str, Any]] = self._client.read("/_msearch", lines, params)["responses"]
        troubles = [_trouble(answer) for answer in answers if "error" in answer]
        if troubles and (troubles[0].is_missing or self._catalogue.current(self._recipe).index != entry.index):
            return None
        for trouble in troubles:
            raise_for(trouble)
        if any(answer.get("timed_out") or answer["_shards"]["failed"] for answer in answers):
            raise Unavailable("The search servers answered in part only; try again in a moment.")
        return answers if {hit["_index"] for one in answers for hit in one["hits"]["hits"]} <= {entry.index} else None

    def passages(self, refs: Sequence[ContentRef]) -> Mapping[ContentRef, StoredPassages]:
        """The stored passages of those documents."""
        self._ready()
        found = self._stored(self._catalogue.reading, refs, "texts,state")
        return {ref: _Passages(source.get("texts", []), source["state"][0]) for ref, source in found}

    def state(self, refs: Sequence[ContentRef], generation: str | None = None) -> Mapping[ContentRef, StoredState]:
        """What is stored of those documents; absent ones are left out."""
        entry = self._entry(generation)
        return {ref: StoredState(*source["state"]) for ref, source in self._stored(entry.index, refs, "state")}

    def _stored(self, index: str, refs: Sequence[ContentRef], part: str) -> Iterator[tuple[ContentRef, dict[str, Any]]]:
        """One part of the living documents among those, as last written."""
        for start in range(0, len(refs), _PAGE):
            names = {str(ref): ref for ref in refs[start : start + _PAGE]}
            try:
                answer = self._client.read(
                    f"/{index}/_mget", {"ids": list(names)}, {"_source_includes": f"{part},deleted"}, "POST"
                )
            except Refused as refusal:
                if not refusal.is_missing:
                    raise
                return
            for found in answer["docs"]:
                source = found.get("_source", {})
                if found.get("found") and not source.get("deleted"):
                    yield names[found["_id"]], source

    def scan(self, generation: str | None = None) -> Iterator[tuple[ContentRef, StoredState]]:
        """Every stored document, as of the moment the scan began."""
        entry = self._entry(generation)
        self._client.change("POST", f"/{entry.index}/_refresh")
        opened = self._client.change("POST", f"/{entry.index}/_search/point_in_time", params={"keep_alive": _KEPT_OPEN})
        point = opened["pit_id"]
        body: dict[str, Any] = {
            "size": _PAGE,
            "track_total_hits": False,
            "_source": ["state"],
            "docvalue_fields": ["ref"],
            "query": {"term": {"deleted": False}},
            "sort": [{"ref": "asc"}],
            "pit": {"id": point, "keep_alive": _KEPT_OPEN},
        }
        try:
            while hits := self._client.read("/_search", body)["hits"]["hits"]:
                for hit in hits:
                    yield ContentRef.parse(hit["fields"]["ref"][0]), StoredState(*hit["_source"]["state"])
                body["search_after"] = hits[-1]["sort"]
        finally:
            self._client.change("DELETE", "/_search/point_in_time", {"pit_id": [point]})

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self, batch: Sequence[Write], generation: str | None = None) -> WriteReport:
        """Apply a batch. Every reference of it ends in exactly one list of the report.

        `Unavailable` when the generation was made with another recipe, or the servers refuse writes; what of the batch
        was taken before that may be sent again.
        """
        entry = self._entry(generation)
        if entry.readable() != self._recipe:
            raise Unavailable(
                f"Index generation {entry.name} was made with {entry.recipe}, this process has {self._recipe}. {REMEDY}"
            )
        made = writing.plan(batch, self._recipe)
        target = self._catalogue.writing if generation is None else entry.index
        form = writing.Form(self._recipe, entry.kind, self._normalise)
        bulk = writing.Bulk(self._client, target, form, is_alias=generation is None)
        outcome = bulk.send(list(made.effective.values()))
        if outcome.done and not entry.is_building:
            # One under construction has no readers yet; whatever looks into it refreshes it first.
            self._client.change("POST", f"/{target}/_refresh")
        outcome.stale |= self._overtaken(entry.index, made.flawed)
        return writing.report(made, outcome)

    def _overtaken(self, index: str, flawed: Mapping[ContentRef, int]) -> set[ContentRef]:
        """Of documents that cannot be stored, those that are out of date anyway."""
        if not flawed:
            return set()
        answer = self._client.read(
            f"/{index}/_mget", {"ids": [str(ref) for ref in flawed]}, {"_source_includes": "state"}, "POST"
        )
        stored = {found["_id"]: found["_source"]["state"][0] for found in answer["docs"] if found.get("found")}
        return {ref for ref, revision in flawed.items() if stored.get(str(ref), revision) > revision}

    # --- generations --------------------------------------------------------------------------------------------------

    def generations(self) -> Sequence[Generation]:
        """All generations, oldest first. One of another format is listed with nothing in it."""
        self._ready()
        return self._catalogue.described()

    def create_generation(self, recipe: Recipe) -> str:
        """Start an empty generation marked as building and return its name."""
        self._ready()
        return self._catalogue.create(recipe)

    def reopen(self, name: str) -> None:
        """Mark a former generation as building again, so that writes reach it."""
        self._ready()
        self._catalogue.reopen(name)

    def promote(self, name: str) -> None:
        """Make it the one that readers use, atomically; the former is kept for roll-back."""
        self._ready()
        self._catalogue.promote(name)

    def drop(self, name: str) -> None:
        """Remove a generation that is not current (`Conflict` if it is, `NotFound` if there is none)."""
        self._ready()
        self._catalogue.drop(name)

    def close(self) -> None:
        """Give back connections; every later call raises Unavailable."""
        self._closed = True
        self._client.close()

    # --- being there --------------------------------------------------------------------------------------------------

    def check(self) -> str:
        """The version of the cluster. Raises Unavailable with the reason when it cannot be used."""
        if self._closed:
            raise Unavailable("The search index is closed.")
        return check_cluster(self._client)

    def troubles(self) -> list[Trouble]:
        """What ails the cluster though it answers, each with its remedy. Raises Unavailable when it does not."""
        self._ready()
        return troubles_of(self._client, self._catalogue.prefix, self._shape)

    def _ready(self) -> None:
        if self._closed:
            raise Unavailable("The search index is closed.")
        with self._checking:
            if not self._version:
                self._version = self.check()

    def _entry(self, generation: str | None) -> Entry:
        self._ready()
        return self._catalogue.current(self._recipe) if generation is None else self._catalogue.entry(generation)


class _Passages(StoredPassages):
    """The passages of one document, made one by one when asked for."""

    def __init__(self, stored: list[list[Any]], revision: int) -> None:
        self.revision = revision
        self._stored = stored

    def __len__(self) -> int:
        return len(self._stored)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        ordinal = index + len(self) if index < 0 else index
        if not 0 <= ordinal < len(self):
            raise IndexError(index)
        return mapping.passage(ordinal, self._stored[ordinal])


def _trouble(answer: Mapping[str, Any]) -> Refused:
    error = answer["error"]
    return Refused(int(answer.get("status", 500)), str(error.get("type", "")), str(error.get("reason", ""))[:300])
