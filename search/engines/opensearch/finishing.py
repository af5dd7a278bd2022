"""The last steps of a rebuild before readers come: few segments, then copies, then refreshes again."""

import logging
import time
from typing import Any

from core.errors import Unavailable
from search.engines.opensearch.client import Client, Refused
from search.engines.opensearch.mapping import in_use
from search.engines.opensearch.vectors import Shape

_LOOK_SECONDS = 1.0
_COPY_SECONDS = 600.0
"""Longest wait for copies; readers can do without them, so a cluster that lacks nodes does not stop a rebuild."""

_log = logging.getLogger(__name__)


def finish(client: Client, index: str, shape: Shape) -> None:
    """Make an index that was filled ready for readers. Done again it does nothing. Raises Unavailable when it cannot be."""
    client.change("POST", f"/{index}/_refresh")
    if shape.segments:
        _merge(client, index, shape.segments)
    client.change("PUT", f"/{index}/_settings", {"index": in_use(shape.replicas)})
    if shape.replicas:
        _await_copies(client, index, shape.replicas)


def _merge(client: Client, index: str, segments: int) -> None:
    """Each segment has a graph of its own and every search asks all of them, so the fewer the faster."""
    # As a task: merging a large shard takes longer than any proxy keeps a request open.
    params = {"max_num_segments": str(segments), "wait_for_completion": "false"}
    task = client.change("POST", f"/{index}/_forcemerge", params=params)["task"]
    while not (state := client.read(f"/_tasks/{task}"))["completed"]:
        client.pause(_LOOK_SECONDS)
    _check(index, state)


def _check(index: str, state: Any) -> None:
    failed = state.get("error") or state.get("response", {}).get("_shards", {}).get("failed")
    if failed:
        _log.error("merging %s failed: %s", index, str(state)[:500])
        raise Unavailable(f"The search servers could not merge {index} (a full disk?). Run the rebuild again.")


def _await_copies(client: Client, index: str, replicas: int) -> None:
    nodes = int(client.read("/_cluster/health")["number_of_data_nodes"])
    if nodes <= replicas:
        _log.warning("%s copies of every shard need %s data nodes; there are %s", replicas, replicas + 1, nodes)
        return
    deadline = time.monotonic() + _COPY_SECONDS
    while time.monotonic() < deadline:
        try:
            # A wait of its own for every look keeps the request short.
            if (
                client.read(f"/_cluster/health/{index}", params={"wait_for_status": "green", "timeout": "5s"})["status"]
                == "green"
            ):
                return
        except Refused as answer:
            if answer.status != 408:
                raise
    _log.warning("the copies of %s are not ready yet; readers go there without", index)
