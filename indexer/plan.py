"""What to do with one object: a pure function of what the database says and what the index holds."""

from dataclasses import dataclass
from enum import StrEnum

from search.documents import StoredState


@dataclass(frozen=True, slots=True)
class Expected:
    """The state the index should have of an object."""

    content_hash: str
    """Over the embedded texts and the recipe: a difference asks for vectors."""
    state_hash: str
    """Over everything else."""
    revision: int


class SyncAction(StrEnum):
    """The cheapest step that makes the index right."""

    EMBED = "embed"
    METADATA_ONLY = "metadata_only"
    NOTHING = "nothing"
    DELETE = "delete"
    STALE = "stale"
    """The index holds something newer than the database showed us: somebody else was faster."""


def plan(expected: Expected | None, stored: StoredState | None) -> SyncAction:
    """The outcome for an object; `expected` is None when it does not belong in the index, `stored` when it is not there."""
    if expected is None:
        return SyncAction.NOTHING if stored is None else SyncAction.DELETE
    if stored is None:
        return SyncAction.EMBED
    if stored.revision > expected.revision:
        return SyncAction.STALE
    if stored.content_hash != expected.content_hash:
        return SyncAction.EMBED
    if stored.state_hash != expected.state_hash or stored.revision != expected.revision:
        return SyncAction.METADATA_ONLY
    return SyncAction.NOTHING
