"""How fast texts and questions become vectors, in float32 and in what the product chooses: `python -m benchmarks.bench_embedding`."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from search.embedding import SentenceTransformerEmbedder, transformer

QUESTION = "what do I do with a phone that is still switched on"
WORDS_PER_TEXT = 110


def texts(count: int) -> list[str]:
    """Random words of our own documents, the same each time."""
    words = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8").split()
    draw = np.random.default_rng(1)
    return [" ".join(draw.choice(words, size=WORDS_PER_TEXT)) for _ in range(count)]


def question_milliseconds(embedder: SentenceTransformerEmbedder, times: int = 60) -> Sequence[float]:
    """Milliseconds of each of so many forward passes of one question."""
    taken = []
    for _ in range(times + 5):
        began = time.perf_counter()
        embedder.embed_query(QUESTION)
        taken.append((time.perf_counter() - began) * 1000)
    return taken[5:]


def main() -> None:
    """Print texts a second, a question's median, and how far the vectors agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=320)
    arguments = parser.parse_args()
    given = texts(arguments.texts)
    chosen = transformer._computes_in_bfloat16
    reference = None
    for name, decide in (("float32", lambda: False), ("as chosen here", chosen)):
        transformer._computes_in_bfloat16 = decide
        embedder = SentenceTransformerEmbedder()
        embedder.embed(given[:16])
        began = time.perf_counter()
        vectors = embedder.embed(given)
        rate = len(given) / (time.perf_counter() - began)
        median = float(np.median(question_milliseconds(embedder)))
        reference = vectors if reference is None else reference
        agreement = float((vectors * reference).sum(axis=1).min())
        print(f"{name:<16}{rate:>8.1f} texts/s{median:>8.1f} ms a question, least cosine with float32 {agreement:.5f}")


if __name__ == "__main__":
    main()
