"""Whether a cluster is one this program can work with; said plainly, before anything is asked of it."""

import re

from core.errors import Unavailable
from search.engines.opensearch.client import Client

OLDEST = (3, 5)


def check_cluster(client: Client) -> str:
    """The version of the cluster. Raises Unavailable when it is not OpenSearch, too old, or has no k-NN plugin."""
    about = client.read("/").get("version", {})
    number = str(about.get("number", ""))
    if about.get("distribution") != "opensearch":
        raise Unavailable(f"The server is not OpenSearch ({number or 'unknown'}). Check IPCU_OPENSEARCH_URL.")
    found = re.match(r"(\d+)\.(\d+)", number)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise Unavailable(
            f"OpenSearch {number} is too old: filters on documents inside nested k-NN queries are right "
            f"from {'.'.join(map(str, OLDEST))} on only. Upgrade the cluster."
        )
    plugins = client.read("/_cat/plugins", params={"format": "json", "h": "name,component"})
    if not any("knn" in str(plugin.get("component", "")).lower() for plugin in plugins):
        raise Unavailable("OpenSearch has no k-NN plugin (opensearch-knn). Install it on every node.")
    return number
