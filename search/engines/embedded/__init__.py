"""The engine without a server: tantivy for words and facets, a float16 file for meaning, one directory per generation.

The only package that imports tantivy and numkong. See `generation` for how a write becomes durable.
"""

from search.engines.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
