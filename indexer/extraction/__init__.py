"""Text of uploaded files, read in a child process that is limited in time and memory.

The package promises that a file, however damaged or hostile, yields an :class:`Extraction` with a
status and a sentence a user understands. Nothing that a file contains raises an exception in the
calling process, and the parsers themselves are never imported there.
"""

from indexer.extraction.decoding import DecodedText, decode_text
from indexer.extraction.extractor import Extractor, extract
from indexer.extraction.front_matter import FrontMatter, split_front_matter
from indexer.extraction.model import (
    SUPPORTED_TYPES,
    Extraction,
    ExtractionLimits,
    ExtractionStatus,
    Remark,
    TextBlock,
)
from indexer.extraction.sniffing import is_program, sniff_media_type

__all__ = [
    "SUPPORTED_TYPES",
    "DecodedText",
    "Extraction",
    "ExtractionLimits",
    "ExtractionStatus",
    "Extractor",
    "FrontMatter",
    "Remark",
    "TextBlock",
    "decode_text",
    "extract",
    "is_program",
    "sniff_media_type",
    "split_front_matter",
]
