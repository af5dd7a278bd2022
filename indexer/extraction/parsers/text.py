"""Plain text files."""

from pathlib import Path

from indexer.extraction.collector import Collector
from indexer.extraction.decoding import decode_text


def read_text(path: Path, out: Collector) -> None:
    """Read a text file as one block."""
    out.add(out.decoded(decode_text(path.read_bytes())))
