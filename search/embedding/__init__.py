"""Text to vectors: the packaged model, any other sentence-transformers model, a hash for tests, or nothing."""

from search.embedding.calibration import RELIABLE, floor_for
from search.embedding.port import Embedder, EmbedderState, is_mostly_latin
from search.embedding.query_vectors import QueryVectors
from search.embedding.stand_ins import HashEmbedder, NoEmbedder
from search.embedding.transformer import SentenceTransformerEmbedder

__all__ = [
    "RELIABLE",
    "Embedder",
    "EmbedderState",
    "HashEmbedder",
    "NoEmbedder",
    "QueryVectors",
    "SentenceTransformerEmbedder",
    "floor_for",
    "is_mostly_latin",
]
