"""Whether a cluster is one this program can work with, and what ails it; said plainly, with a remedy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import Unavailable
from search.engines.opensearch.client import Client
from search.engines.opensearch.vectors import Shape

OLDEST = (3, 5)
_SHARDS_OF_A_NODE = "cluster.max_shards_per_node"
_NO_NEW_INDEX = "cluster.blocks.create_index"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What ails a cluster that answers."""

    text: str
    remedy: str


def check_cluster(client: Client) -> str:
    """The version of the cluster. Raises Unavailable when it is not OpenSearch, too old, or has no k-NN plugin."""
    about = client.read("/").get("version", {})
    number = str(about.get("number", ""))
    if about.get("distribution") != "opensearch":
        raise Unavailable(
            "The server is not OpenSearch (%(version)s). Check IPCU_OPENSEARCH_URL.", version=number or "unknown"
        )
    found = re.match(r"(\d+)\.(\d+)", number)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise Unavailable(
            "OpenSearch %(version)s is too old: filters on documents inside nested k-NN queries are right "
            "from %(oldest)s on only. Upgrade the cluster.",
            version=number,
            oldest=".".join(map(str, OLDEST)),
        )
    plugins = client.read("/_cat/plugins", params={"format": "json", "h": "name,component"})
    if not any("knn" in str(plugin.get("component", "")).lower() for plugin in plugins):
        raise Unavailable("OpenSearch has no k-NN plugin (opensearch-knn). Install it on every node.")
    return number


def troubles_of(client: Client, prefix: str, shape: Shape) -> list[Trouble]:
    """What ails the indices of that prefix or stands against what the settings ask. Raises Unavailable without an answer."""
    health = client.read(f"/_cluster/health/{prefix}-*")
    nodes = int(health["number_of_data_nodes"])
    return [
        *_of_shards(health["status"], nodes, shape),
        *_of_room(client, nodes, shape),
        *_of_blocks(client, prefix),
    ]


def _of_shards(status: str, nodes: int, shape: Shape) -> Iterator[Trouble]:
    if status == "red":
        yield Trouble(
            "parts of the index are on no search server",
            "Bring back the server that held them, or run `ipcu index rebuild`.",
        )
    if nodes <= shape.replicas:
        yield Trouble(
            f"{shape.replicas} copies of every shard need {shape.replicas + 1} search servers, there are {nodes}",
            f"Add servers, or set IPCU_OPENSEARCH_REPLICAS={max(nodes - 1, 0)} and run `ipcu index rebuild`.",
        )


def _of_room(client: Client, nodes: int, shape: Shape) -> Iterator[Trouble]:
    try:
        answer = client.read("/_cluster/settings", params={"include_defaults": "true", "flat_settings": "true"})
    except Unavailable:
        return  # a user for these indices only may not read it; a rebuild that does not fit is refused with the reason
    merged = answer.get("defaults", {}) | answer.get("persistent", {}) | answer.get("transient", {})
    most, asked = int(merged.get(_SHARDS_OF_A_NODE, 1000)) * nodes, shape.shards * (1 + shape.replicas)
    if str(merged.get(_NO_NEW_INDEX)) == "true":
        yield Trouble(
            "the cluster takes no new index: the disks of all search servers are nearly full",
            f"Free disk there, or add a server; the block (`{_NO_NEW_INDEX}`) then goes by itself. No rebuild until then.",
        )
    if asked > most:
        yield Trouble(
            f"the settings ask for {asked} shards and copies, the cluster takes {most}",
            f"Lower IPCU_OPENSEARCH_SHARDS or IPCU_OPENSEARCH_REPLICAS, or raise `{_SHARDS_OF_A_NODE}`.",
        )


def _of_blocks(client: Client, prefix: str) -> Iterator[Trouble]:
    params = {"flat_settings": "true", "ignore_unavailable": "true"}
    found = client.read(f"/{prefix}-*/_settings/index.blocks.*", params=params)
    blocks = {name for body in found.values() for name, value in body["settings"].items() if value == "true"}
    if blocks:
        off = ", ".join(f'"{name}": null' for name in sorted(blocks))
        yield Trouble(
            f"the index takes no writes ({', '.join(sorted(blocks))}): the disk of a search server may be full",
            "Free disk there; the servers then lift a flood-stage block by themselves within a minute. If it stays: "
            f"curl -X PUT -H 'content-type: application/json' ADDRESS/{prefix}-*/_settings -d '{{{off}}}'. "
            "What changed meanwhile waits and is indexed then.",
        )
