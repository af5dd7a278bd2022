"""The engine on an OpenSearch cluster: BM25 and k-NN in one round trip, one index per generation behind aliases.

The only package that imports opensearchpy. See `running` for how one `_msearch` answers both legs exactly.
"""

from search.engines.opensearch.client import Access, Client
from search.engines.opensearch.engine import OpenSearchEngine
from search.engines.opensearch.vectors import Shape, VectorKind

__all__ = ["Access", "Client", "OpenSearchEngine", "Shape", "VectorKind"]
