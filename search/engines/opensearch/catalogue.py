"""The generations on the cluster: one index each, a read alias, a write alias, and a mark on those under construction.

<prefix>-g000001-ab12cd   an index; its mapping's `_meta` says what it was made with
<prefix>-read             the one that readers use
<prefix>-write            the one that writes go to; both move together, in one cluster state
<prefix>-building         every one that is being filled or brought up to date
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import Conflict, NotFound, Unavailable
from search.engine import Generation, Recipe
from search.engines.common import REMEDY
from search.engines.opensearch.client import Client, Refused
from search.engines.opensearch.finishing import finish
from search.engines.opensearch.mapping import FORMAT, index_body
from search.engines.opensearch.vectors import Shape, VectorKind

_NAME = re.compile(r"g(\d{6,})-[0-9a-f]{6}")
_FIRST = "-000000"
"""End of the name of one that a first use made, empty, for readers and writers at once."""
_UNREADABLE = Recipe(0, "", 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One generation as the cluster lists it."""

    name: str
    index: str
    recipe: Recipe | None
    """None for one of another format."""
    is_current: bool
    is_building: bool
    kind: VectorKind = VectorKind.FLOAT
    shards: int = 1

    @property
    def number(self) -> int:
        """Its place in the order they were made."""
        return _number(self.name)

    def readable(self) -> Recipe:
        """What it was made with. Raises Unavailable for another format."""
        if self.recipe is None:
            raise Unavailable(
                "Index generation %(name)s has another format than this program reads. %(remedy)s",
                name=self.name,
                remedy=REMEDY,
            )
        return self.recipe


class Catalogue:
    """Lists, makes, promotes and removes the generations under one prefix."""

    def __init__(self, client: Client, prefix: str, shape: Shape) -> None:
        self._client = client
        self.prefix = prefix
        self._shape = shape
        self.reading = f"{prefix}-read"
        self.writing = f"{prefix}-write"
        self._building = f"{prefix}-building"

    def entries(self) -> list[Entry]:
        """Every generation, oldest first."""
        found = self._client.read(
            f"/{self.prefix}-g*", params={"expand_wildcards": "open", "include_defaults": "false"}
        )
        entries = []
        for index, body in found.items():
            name = index.removeprefix(f"{self.prefix}-")
            if not _NAME.fullmatch(name):
                continue
            aliases = body.get("aliases", {})
            current = self.reading in aliases
            building = self._building in aliases and not current
            kind, shards = _kind(body), int(body["settings"]["index"]["number_of_shards"])
            entries.append(Entry(name, index, _recipe(body), current, building, kind, shards))
        return sorted(entries, key=lambda entry: entry.number)

    def entry(self, name: str) -> Entry:
        """One generation. Raises NotFound for an unknown name."""
        for entry in self.entries():
            if entry.name == name:
                return entry
        raise NotFound("There is no index generation %(name)s.", name=name)

    def current(self, recipe: Recipe) -> Entry:
        """The one that readers use; the first one is made for `recipe` when there has never been any."""
        entries = self.entries()
        if kept := self._only_current(entries):
            return kept
        lost = Unavailable(
            "The search index %(prefix)s has lost its alias %(alias)s. %(remedy)s",
            prefix=self.prefix,
            alias=self.reading,
            remedy=REMEDY,
        )
        if any(not entry.is_building for entry in entries):
            raise lost
        # Two processes may be first at once: both make the same name, and one of them is told that it is there.
        number = max((entry.number for entry in entries), default=0) + 1
        name = f"g{number:06d}{_FIRST}"
        try:
            self._make(name, recipe, (self.reading, self.writing), filling=False)
        except Refused as answer:
            if answer.kind != "resource_already_exists_exception":
                raise
        # Another may have been promoted since the look above.
        if kept := self._only_current(self.entries()):
            return kept
        raise lost

    def _only_current(self, entries: Sequence[Entry]) -> Entry | None:
        """The current one, if any. Where a first use and a promotion met and there are two, the one that was made empty gives way."""
        current = [entry for entry in entries if entry.is_current]
        kept = max(current, key=lambda entry: (not entry.name.endswith(_FIRST), entry.number), default=None)
        if released := [self._release(entry.index) for entry in current if entry is not kept]:
            self._client.change("POST", "/_aliases", {"actions": released})
        return kept

    def _release(self, index: str) -> dict[str, Any]:
        """Neither read from nor written to any more, if it was."""
        return {"remove": {"index": index, "aliases": [self.reading, self.writing], "must_exist": False}}

    def create(self, recipe: Recipe) -> str:
        """Add a generation under construction."""
        number = max((entry.number for entry in self.entries()), default=0) + 1
        # The random part keeps a name from ever meaning two generations to a process that still knows the dropped one.
        name = f"g{number:06d}-{secrets.token_hex(3)}"
        self._make(name, recipe, (self._building,), filling=True)
        return name

    def _make(self, name: str, recipe: Recipe, aliases: Sequence[str], *, filling: bool) -> None:
        body = index_body(recipe, self._shape, filling=filling) | {"aliases": {alias: {} for alias in aliases}}
        self._client.change("PUT", f"/{self.prefix}-{name}", body)

    def reopen(self, name: str) -> None:
        """Mark a former one as under construction again."""
        entry = self.entry(name)
        if entry.is_current:
            raise Conflict("Index generation %(name)s is in use already.", name=name)
        action = {"add": {"index": entry.index, "alias": self._building}}
        self._client.change("POST", "/_aliases", {"actions": [action]})

    def promote(self, name: str) -> None:
        """Move both aliases to it in one step. One under construction is merged and copied first, which may take long."""
        entry = self.entry(name)
        entry.readable()
        if entry.is_building:
            finish(self._client, entry.index, self._shape)
        self._client.change("POST", f"/{entry.index}/_refresh")
        # Whichever are current when the cluster does it, not when somebody last looked.
        actions = [self._release(f"{self.prefix}-g*")]
        actions += [{"add": {"index": entry.index, "alias": alias}} for alias in (self.reading, self.writing)]
        if entry.is_building:
            actions += [{"remove": {"index": entry.index, "alias": self._building}}]
        self._client.change("POST", "/_aliases", {"actions": actions})

    def drop(self, name: str) -> None:
        """Remove a generation that is not current."""
        entry = self.entry(name)
        if entry.is_current:
            raise Conflict("Index generation %(name)s is in use; promote another one first.", name=name)
        self._client.change("DELETE", f"/{entry.index}")

    def described(self) -> list[Generation]:
        """All generations with what they hold. One of another format is listed with nothing in it."""
        entries = self.entries()
        if not entries:
            return []
        every = ",".join(entry.index for entry in entries)
        self._client.change("POST", f"/{every}/_refresh")
        sizes = self._client.read(f"/{every}/_stats/store")["indices"]
        return [self._describe(entry, sizes.get(entry.index, {})) for entry in entries]

    def _describe(self, entry: Entry, size: Any) -> Generation:
        documents = passages = 0
        if entry.recipe is not None:
            body = {
                "size": 0,
                "track_total_hits": True,
                "query": {"term": {"deleted": False}},
                "aggs": {"passages": {"sum": {"field": "passages"}}},
            }
            answer = self._client.read(f"/{entry.index}/_search", body)
            documents = int(answer["hits"]["total"]["value"])
            passages = int(answer["aggregations"]["passages"]["value"])
        stored = int(size.get("total", {}).get("store", {}).get("size_in_bytes", 0))
        return Generation(
            name=entry.name,
            recipe=entry.recipe or _UNREADABLE,
            documents=documents,
            passages=passages,
            bytes=stored,
            is_current=entry.is_current,
            is_building=entry.is_building,
            differs=self._differs(entry),
        )

    def _differs(self, entry: Entry) -> str:
        """How it is laid out other than the settings ask."""
        is_kind, is_shards = entry.kind is self._shape.vectors, entry.shards == self._shape.shards
        return ", ".join(
            [
                *([] if is_kind else [f"{entry.kind} vectors, the settings ask for {self._shape.vectors}"]),
                *([] if is_shards else [f"{entry.shards} shards, the settings ask for {self._shape.shards}"]),
            ]
        )


def _recipe(body: Any) -> Recipe | None:
    meta = body.get("mappings", {}).get("_meta", {})
    if meta.get("format") != FORMAT:
        return None
    return Recipe(meta["schema"], meta["model"], meta["dimension"])


def _kind(body: Any) -> VectorKind:
    try:
        return VectorKind(body.get("mappings", {}).get("_meta", {}).get("vectors", VectorKind.FLOAT))
    except ValueError:
        return VectorKind.FLOAT  # of another format, which nobody reads


def _number(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match.group(1)) if match else 0
