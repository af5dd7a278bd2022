"""Where the time of indexing goes: extraction, cutting into passages, embedding, writing.

    python -m benchmarks.bench_indexing [--documents DIR] [--embed 256]

Reads the real documents beside the clone where they are, otherwise the attachments of the demo. Everything is extracted and cut; a sample of
the passages is embedded with all cores; all are written to an empty index, where those outside the sample have its vectors.
"""

import argparse
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files as resources
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks.measuring import shown, size_of, table
from core.access import MEMBER, OPEN
from core.content import ContentRef, Place, Section, SourceDocument
from core.settings import Settings
from indexer.build import PreparedDocument, prepare, recipe_for
from indexer.drain import DrainLimits
from indexer.extraction import Extraction, ExtractionStatus, Extractor, sniff_media_type
from indexer.plan import Expected
from library.models import KIND
from search.documents import SearchDocument
from search.engines.embedded import EmbeddedEngine
from search.text import normalise
from webapp.composition import build_embedder
from webapp.demo import FENCE
from webapp.demo.documents import make_document
from webapp.library.importing.files import find_files

REAL = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "documents"
WRITTEN = datetime(2024, 1, 1, tzinfo=UTC)


def demo_files(directory: Path) -> None:
    """Write the demo's attachments."""
    for entry in (resources("webapp.demo") / "content" / "records").iterdir():
        meta = tomllib.loads(entry.read_text("utf-8").split(FENCE, 2)[1])
        for one in meta.get("attachments", []):
            (directory / one["filename"]).write_bytes(make_document(one["filename"], one["title"], one["body"]))


def extract(paths: Sequence[Path]) -> Iterator[tuple[Path, Extraction]]:
    """What can be read, one child process for all."""
    with Extractor() as extractor:
        for path in paths:
            with path.open("rb") as stream:
                media_type = sniff_media_type(stream, path.name)
            yield path, extractor.extract(path, media_type)


def document(number: int, path: Path, extraction: Extraction) -> SourceDocument:
    """A file as the record that `ipcu library import` makes of it."""
    sections = tuple(
        Section(f"{one.heading}\n{one.text}" if one.heading else one.text, Place("attachment", path.name, "", one.page))
        for one in extraction.blocks
    )
    return SourceDocument(
        ref=ContentRef(KIND, number),
        revision=1,
        title=path.stem.replace("_", " ")[:200],
        summary="",
        tags=(),
        sections=sections,
        language="en",
        facets={},
        created=WRITTEN,
        changed=WRITTEN,
        audience=frozenset({MEMBER}),
        space=frozenset({OPEN}),
    )


def finished(drafts: Sequence[PreparedDocument], vectors: np.ndarray) -> Iterator[SearchDocument]:
    """Every document with a vector for each passage, of the sample."""
    rows = cycle(vectors)
    for draft in drafts:
        made = draft.finish({}, Expected("0", "0", 1))
        passages = tuple(replace(one, vector=row) for one, row in zip(made.passages, rows, strict=False))
        yield replace(made, passages=passages, title_vector=next(rows))


def main() -> None:
    """Measure each stage and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, default=REAL)
    parser.add_argument("--embed", type=int, default=256, help="passages in the sample")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ipcu-bench-") as scratch:
        given = options.documents
        if not given.is_dir():
            given = Path(scratch) / "demo"
            given.mkdir()
            demo_files(given)
        report(find_files(given).files, Path(scratch) / "index", options.embed)


def report(paths: Sequence[Path], index: Path, count: int) -> None:
    """One row for each stage."""
    rows: list[list[object]] = []

    def row(stage: str, seconds: float, *amounts: tuple[int, str]) -> None:
        rates = ", ".join(f"{shown(amount / seconds)} {unit}" for amount, unit in amounts)
        rows.append([stage, ", ".join(f"{amount:,} {unit}" for amount, unit in amounts), shown(seconds), rates])

    began = time.perf_counter()
    read = list(extract(paths))
    texts = [(path, one) for path, one in read if one.status is ExtractionStatus.OK]
    pages = sum(one.pages or 0 for _, one in texts)
    row("extraction", time.perf_counter() - began, (len(paths), "files"), (pages, "pages"))
    embedder = build_embedder(Settings(), web=False)
    embedder.count_tokens(["warm up"])
    began = time.perf_counter()
    drafts = [prepare(document(number, *one), embedder) for number, one in enumerate(texts, start=1)]
    passages = sum(len(draft.pieces) for draft in drafts)
    row("cutting", time.perf_counter() - began, (passages, "passages"))
    embedder.embed(["warm up"])
    every = [piece.embedded for draft in drafts for piece in draft.pieces if piece.embedded]
    sample = list(islice(every, 0, None, max(1, len(every) // count)))[:count]
    began = time.perf_counter()
    vectors = embedder.embed(sample)
    row(
        "embedding, a sample",
        time.perf_counter() - began,
        (len(sample), "passages"),
        (sum(embedder.count_tokens(sample)), "tokens"),
    )
    documents = list(finished(drafts, vectors))
    engine = EmbeddedEngine(index, recipe=recipe_for(embedder), normalise=normalise)
    began = time.perf_counter()
    group = DrainLimits().group
    for start in range(0, len(documents), group):
        failed = engine.write(documents[start : start + group]).failed
        if failed:
            raise SystemExit(f"not written: {dict(failed)}")
    row("writing", time.perf_counter() - began, (passages, "passages"))
    engine.close()
    table(["stage", "what", "seconds", "a second"], rows)
    print(
        f"{len(read) - len(texts)} of {len(read)} files have no text that can be read; index {size_of(index) >> 20} MB"
    )


if __name__ == "__main__":
    main()
