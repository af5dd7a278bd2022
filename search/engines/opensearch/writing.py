"""Applying a batch: folded to one write a document, sent in requests the servers can hold, slower when they ask for it."""

import json
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from opensearchpy.exceptions import ConnectionError as Unreachable

from core.content import ContentRef
from core.errors import Unavailable
from search.documents import SearchDocument
from search.engine import Recipe, Write, WriteReport
from search.engines.common import flaw
from search.engines.opensearch.client import Client, Refused, is_block, raise_for
from search.engines.opensearch.mapping import Normalise, source_of, tombstone
from search.engines.opensearch.vectors import VectorKind

_MOST_BYTES = 8_000_000
_MOST_DOCUMENTS = 500
_BULK_SECONDS = 60.0
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Waits after servers said that they have too much to do; then the batch is put off by whoever sent it."""
_LONGEST_ASKED = 10.0
"""A server that asks to be left alone for longer gets the batch later, from whoever sent it: marks are leased meanwhile."""
_BUSY = frozenset({429, 502, 503, 504})

_OVERLOADED = Unavailable("The search server is overloaded and took no more writes; they will be tried again.")

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Plan:
    """A batch with one write a document: the newest, and of equal revisions the last."""

    effective: dict[ContentRef, Write] = field(default_factory=dict)
    failed: dict[ContentRef, str] = field(default_factory=dict)
    flawed: dict[ContentRef, int] = field(default_factory=dict)
    """Revision of what cannot be stored."""


@dataclass(slots=True)
class BulkOutcome:
    """What the servers said of each document."""

    done: set[ContentRef] = field(default_factory=set)
    stale: set[ContentRef] = field(default_factory=set)
    failed: dict[ContentRef, str] = field(default_factory=dict)


def plan(batch: Sequence[Write], recipe: Recipe) -> Plan:
    """Fold a batch."""
    made = Plan()
    known: dict[ContentRef, int] = {}
    for write in batch:
        ref = write.ref
        if write.revision < known.get(ref, write.revision):
            continue
        reason = flaw(write, recipe.dimension) if isinstance(write, SearchDocument) else None
        # Taken out first, so that the order stays that of the last writes.
        made.effective.pop(ref, None)
        made.failed.pop(ref, None)
        if reason is not None:
            made.failed[ref] = reason
            made.flawed[ref] = write.revision
            continue
        known[ref] = write.revision
        made.effective[ref] = write
    return made


@dataclass(frozen=True, slots=True)
class Form:
    """How a generation wants its documents."""

    recipe: Recipe
    kind: VectorKind
    normalise: Normalise


class Bulk:
    """The requests of one batch to one index or write alias."""

    def __init__(self, client: Client, target: str, form: Form, *, is_alias: bool) -> None:
        self._client = client
        self._path = f"/{target}/_bulk"
        # A lost alias must be an error: without this the servers would make an index of that name.
        self._params = {"require_alias": "true"} if is_alias else {}
        self._form = form
        self._outcome = BulkOutcome()
        self._given_up = _OVERLOADED
        self._asked_to_wait = 0.0

    def send(self, writes: Sequence[Write]) -> BulkOutcome:
        """Send all of it. Raises Unavailable when servers stay busy, refuse or are gone: some of it may be written then."""
        for chunk in _chunks((write.ref, self._lines(write)) for write in writes):
            self._send_until_taken(chunk)
        return self._outcome

    def _lines(self, write: Write) -> bytes:
        guard = {"_id": str(write.ref), "version": write.revision, "version_type": "external_gte"}
        if isinstance(write, SearchDocument):
            source = source_of(write, self._form.recipe, self._form.normalise, self._form.kind)
        else:
            source = tombstone(write)
        both = f"{_json({'index': guard})}\n{_json(source)}\n"
        return both.encode("utf-8", "replace")

    def _send_until_taken(self, chunk: dict[ContentRef, bytes]) -> None:
        left, at_once = chunk, len(chunk)
        for wait in (*PAUSES, None):
            left = self._send_by(left, at_once)
            if not left:
                return
            at_once = max(1, at_once // 2)  # a queue that is full takes small requests sooner
            if wait is not None:
                _log.info("search server is busy: %d writes wait", len(left))
                if self._asked_to_wait > _LONGEST_ASKED:
                    break
                # Never before the server said, and writers must not all come back at once.
                self._client.pause(self._asked_to_wait + wait * (0.5 + random.random()))  # noqa: S311
        raise self._given_up

    def _send_by(self, chunk: dict[ContentRef, bytes], at_once: int) -> dict[ContentRef, bytes]:
        """Send a chunk in requests of so many documents; what must be sent again. The first that is put off ends the round."""
        items = list(chunk.items())
        for start in range(0, len(items), at_once):
            left = self._one_request(dict(items[start : start + at_once]))
            if left:
                return left | dict(items[start + at_once :])
        return {}

    def _one_request(self, chunk: dict[ContentRef, bytes]) -> dict[ContentRef, bytes]:
        self._asked_to_wait = 0.0
        try:
            answer = self._client.send("POST", self._path, b"".join(chunk.values()), self._params, _BULK_SECONDS)
        except Unreachable:
            # Once more after a wait: the guard makes a write that did arrive harmless.
            self._given_up = Unavailable("The search server cannot be reached.")
            return chunk
        except Refused as refusal:
            if refusal.status in _BUSY and not is_block(refusal.kind):
                self._given_up, self._asked_to_wait = _OVERLOADED, refusal.retry_after
                return chunk
            raise_for(refusal)
        left = {}
        for (ref, lines), item in zip(chunk.items(), answer["items"], strict=True):
            if self._is_put_off(ref, item["index"]):
                left[ref] = lines
        return left

    def _is_put_off(self, ref: ContentRef, item: dict[str, Any]) -> bool:
        """Note what became of one document; True when it must be sent again."""
        status = int(item["status"])
        if status < 300:
            self._outcome.done.add(ref)
        elif status == 409:
            self._outcome.stale.add(ref)  # something newer is there
        else:
            error = item.get("error", {})
            answer = Refused(status, str(error.get("type", "")), str(error.get("reason", ""))[:200])
            if status in _BUSY and not is_block(answer.kind):
                return True
            if is_block(answer.kind) or answer.is_missing or status in {401, 403}:
                raise_for(answer)
            self._outcome.failed[ref] = f"{answer.kind}: {answer.reason}"[:300]
        return False


def report(made: Plan, outcome: BulkOutcome) -> WriteReport:
    """Every reference of a batch in one list."""
    written = [ref for ref, one in made.effective.items() if ref in outcome.done and isinstance(one, SearchDocument)]
    deleted = [ref for ref in made.effective if ref in outcome.done and ref not in set(written)]
    return WriteReport(
        written=tuple(written),
        deleted=tuple(deleted),
        stale=tuple(ref for ref in (*made.effective, *made.flawed) if ref in outcome.stale),
        failed={ref: reason for ref, reason in made.failed.items() if ref not in outcome.stale} | outcome.failed,
    )


def _chunks(lines: Iterator[tuple[ContentRef, bytes]]) -> Iterator[dict[ContentRef, bytes]]:
    chunk: dict[ContentRef, bytes] = {}
    size = 0
    for ref, one in lines:
        if chunk and (size + len(one) > _MOST_BYTES or len(chunk) >= _MOST_DOCUMENTS):
            yield chunk
            chunk, size = {}, 0
        chunk[ref] = one
        size += len(one)
    if chunk:
        yield chunk


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
