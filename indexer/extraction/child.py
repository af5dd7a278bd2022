"""The child process: limits itself, then answers one request a line until stdin ends.

Started by :mod:`indexer.extraction.extractor` only. Each parser is imported on the first file that
needs it, and after the limits are in force, so that a file costs only the libraries of its type.
"""

import importlib
import math
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from indexer.extraction.collector import Collector, OutputFullError
from indexer.extraction.model import (
    DOCX,
    HTML,
    MARKDOWN,
    PDF,
    PLAIN,
    PPTX,
    Extraction,
    ExtractionLimits,
    ExtractionStatus,
    UnreadableError,
)
from indexer.extraction.protocol import decode_limits, decode_request, encode_answer

_PARSERS = {
    PDF: ("indexer.extraction.parsers.pdf", "read_pdf"),
    DOCX: ("indexer.extraction.parsers.docx", "read_docx"),
    PPTX: ("indexer.extraction.parsers.pptx", "read_pptx"),
    PLAIN: ("indexer.extraction.parsers.text", "read_text"),
    MARKDOWN: ("indexer.extraction.parsers.markdown", "read_markdown"),
    HTML: ("indexer.extraction.parsers.html", "read_html"),
}
_MEMORY = "The file needs more memory than allowed to read."
_MAX_OPEN_FILES = 64

Parser = Callable[[Path, Collector], None]


def main(arguments: list[str]) -> None:
    """Serve requests from stdin. ``arguments`` is the one argument: the limits as JSON."""
    limits = decode_limits(arguments[0])
    answers = _private_stdout()
    _restrict(limits)
    for line in sys.stdin.buffer:
        path, media_type = decode_request(line)
        _allow_cpu_seconds(limits.seconds)
        extraction, detail = read_file(Path(path), media_type, limits)
        answers.write(encode_answer(extraction, detail, _is_worn(limits)))
        answers.flush()


def read_file(path: Path, media_type: str, limits: ExtractionLimits) -> tuple[Extraction, str]:
    """Read one file in this process; returns the result and a note for the log.

    Whatever a parser raises becomes a status.
    """
    out = Collector(limits)
    try:
        _run_parser(path, media_type, out)
    except UnreadableError as error:
        return Extraction(error.status, error.reason, pages=out.pages, remarks=tuple(out.remarks)), ""
    except MemoryError:
        return Extraction(ExtractionStatus.TOO_LARGE, _MEMORY), "MemoryError"
    except Exception as error:  # noqa: BLE001 - parsers raise anything on damaged files
        reason = "The file is damaged and cannot be read."
        return Extraction(ExtractionStatus.BROKEN, reason, pages=out.pages), repr(error)[:500]
    remarks = tuple(out.remarks)
    if not out.blocks:
        return Extraction(ExtractionStatus.NO_TEXT, "The file has no text.", pages=out.pages, remarks=remarks), ""
    return Extraction(ExtractionStatus.OK, "", tuple(out.blocks), out.pages, out.truncated, remarks), ""


def _run_parser(path: Path, media_type: str, out: Collector) -> None:
    if path.stat().st_size == 0:
        raise UnreadableError(ExtractionStatus.NO_TEXT, "The file is empty.")
    parser = _load_parser(media_type)
    try:
        parser(path, out)
    except OutputFullError:
        return


def _load_parser(media_type: str) -> Parser:
    module, name = _PARSERS[media_type]
    try:
        parser: Parser = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        reason = "The program that reads files of this type is not installed."
        raise UnreadableError(ExtractionStatus.UNSUPPORTED, reason) from error
    except (ImportError, OSError) as error:
        # A library that is there but cannot be mapped: the address space is used up.
        raise MemoryError from error
    return parser


def _private_stdout() -> BinaryIO:
    """Return stdout for answers alone; what native libraries print must not mix with them."""
    answers = os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("wb") as devnull:
        os.dup2(devnull.fileno(), 1)
    return answers


def _restrict(limits: ExtractionLimits) -> None:
    memory = limits.memory_mb * 1024 * 1024
    _set_limit("RLIMIT_AS", memory, memory)
    _set_limit("RLIMIT_CORE", 0, 0)
    _set_limit("RLIMIT_FSIZE", 0, 0)
    _set_limit("RLIMIT_NOFILE", _MAX_OPEN_FILES, _MAX_OPEN_FILES)
    # No process may be started from here.
    _set_limit("RLIMIT_NPROC", 0, 0)


def _allow_cpu_seconds(seconds: float) -> None:
    """Backstop for a parent that died: nobody else would stop this process then."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    _set_limit("RLIMIT_CPU", math.ceil(used + seconds) + 1, hard)


def _set_limit(name: str, soft: int, hard: int) -> None:
    try:
        resource.setrlimit(getattr(resource, name), (soft, hard))
    except (AttributeError, ValueError, OSError):
        # The platform lacks this limit, or an administrator set a lower one.
        return


def _is_worn(limits: ExtractionLimits) -> bool:
    """Tell whether so much memory was taken that the next file should get a fresh process.

    Asks /proc, because getrusage counts what the parent held before this program was started.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "")
    return int((peak.split() or ["", "0"])[1]) > limits.memory_mb * 1024 // 4
