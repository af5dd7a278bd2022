"""Chooses the similarity floor of the embedding model: `python -m benchmarks.calibrate_floor [DATA_DIRECTORY]`.

Questions of one collection put to another have no answer there; questions put to their own have, unless their documents
are taken out. For every floor: how many without an answer get a hit all the same, how many answered lose their best document.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.content import Section
from indexer.passages import split
from search.embedding import Embedder, SentenceTransformerEmbedder

SETS = ("stackfaq", "cranfield")
FLOORS = np.round(np.arange(0.20, 0.625, 0.02), 2)
Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Collection:
    """A public relevance collection."""

    documents: list[tuple[str, str, str]]
    """`(id, title, text)`."""
    queries: list[tuple[str, str]]
    relevant: dict[str, set[str]]


def read_collection(directory: Path) -> Collection:
    """Read corpus.jsonl, queries.jsonl and qrels.tsv."""
    documents = [json.loads(line) for line in (directory / "corpus.jsonl").read_text("utf-8").splitlines()]
    queries = [json.loads(line) for line in (directory / "queries.jsonl").read_text("utf-8").splitlines()]
    relevant: dict[str, set[str]] = {}
    for line in (directory / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        if float(grade) > 0:
            relevant.setdefault(query, set()).add(document)
    return Collection(
        [(one["id"], one["title"], one["text"]) for one in documents],
        [(one["id"], one["text"]) for one in queries if one["id"] in relevant],
        relevant,
    )


def embed_passages(collection: Collection, embedder: Embedder) -> tuple[Scores, NDArray[np.int64]]:
    """Vectors of all passages, and the number of the document each belongs to."""
    texts, owners = [], []
    for number, (_, title, text) in enumerate(collection.documents):
        pieces = [piece.embedded for piece in split(title, [Section(text)], embedder)]
        texts += pieces
        owners += [number] * len(pieces)
    return embedder.embed(texts), np.array(owners)


def best_per_document(queries: Scores, passages: Scores, owners: NDArray[np.int64], documents: int) -> Scores:
    """`(queries, documents)`: the cosine of each document's best passage."""
    best = np.full((documents, len(queries)), -1, dtype=np.float32)
    np.maximum.at(best, owners, passages @ queries.T)
    return best.T


def shares(values: Scores) -> Scores:
    """Share of values that reach each floor."""
    return np.array([(values >= floor).mean() for floor in FLOORS], dtype=np.float32)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).resolve().parents[2] / "shared" / "data" / "relevance"
    parser.add_argument("data", type=Path, nargs="?", default=default)
    parser.add_argument("--model", default="")
    arguments = parser.parse_args()
    embedder = SentenceTransformerEmbedder(arguments.model)
    collections = {name: read_collection(arguments.data / name) for name in SETS}
    queries = {name: embedder.embed([text for _, text in one.queries]) for name, one in collections.items()}
    columns: dict[str, Scores] = {}
    for name, one in collections.items():
        passages, owners = embed_passages(one, embedder)
        other = next(item for item in SETS if item != name)
        foreign = best_per_document(queries[other], passages, owners, len(one.documents))
        own = best_per_document(queries[name], passages, owners, len(one.documents))
        mask = np.array([[doc in one.relevant[query] for doc, _, _ in one.documents] for query, _ in one.queries])
        answered = np.where(mask, own, -1).max(axis=1)
        columns[f"{other}->{name} false"] = shares(foreign.max(axis=1))
        columns[f"{name} held out false"] = shares(np.where(mask, -1, own).max(axis=1))
        columns[f"{name} lost"] = 1 - shares(answered)
        columns[f"{name} relevant lost"] = 1 - shares(own[mask])
    print(f"model {embedder.digest}\nfloor  " + "  ".join(columns))
    for row, floor in enumerate(FLOORS):
        cells = "  ".join(f"{values[row]:>{len(name)}.1%}" for name, values in columns.items())
        print(f"{floor:<5.2f}  {cells}")


if __name__ == "__main__":
    main()
