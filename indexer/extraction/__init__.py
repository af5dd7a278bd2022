"""Text of uploaded files, read in a child process that is limited in time and memory.

The package promises that a file, however damaged or hostile, yields an :class:`Extraction` with a
status and a sentence a user understands. Nothing that a file contains raises an exception in the
calling process, and the parsers themselves are never imported there.
"""

from indexer.extraction.extractor import Extractor, extract
from indexer.extraction.model import (
    SUPPORTED_TYPES,
    Extraction,
    ExtractionLimits,
    ExtractionStatus,
    TextBlock,
)
from indexer.extraction.sniffing import sniff_file, sniff_media_type

__all__ = [
    "SUPPORTED_TYPES",
    "Extraction",
    "ExtractionLimits",
    "ExtractionStatus",
    "Extractor",
    "TextBlock",
    "extract",
    "sniff_file",
    "sniff_media_type",
]
