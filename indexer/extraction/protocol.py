"""How parent and child talk: one JSON object a line, requests in, answers out."""

import json
from dataclasses import asdict
from typing import Any

from indexer.extraction.model import Extraction, ExtractionLimits, ExtractionStatus, TextBlock


def encode_limits(limits: ExtractionLimits) -> str:
    """Return limits as an argument for the child's command line."""
    return json.dumps(asdict(limits))


def decode_limits(text: str) -> ExtractionLimits:
    """Undo :func:`encode_limits`."""
    return ExtractionLimits(**json.loads(text))


def encode_request(path: str, media_type: str) -> bytes:
    """Return the line that asks for one file. ASCII, so that any file name survives."""
    return json.dumps([path, media_type]).encode("ascii") + b"\n"


def decode_request(line: bytes) -> tuple[str, str]:
    """Undo :func:`encode_request`."""
    path, media_type = json.loads(line)
    return str(path), str(media_type)


def encode_answer(extraction: Extraction, detail: str, worn: bool) -> bytes:
    """Return the line that answers: the result, a note for the log, whether the child is done."""
    answer = {
        "status": extraction.status.value,
        "reason": extraction.reason,
        "blocks": [[block.text, block.heading, block.page] for block in extraction.blocks],
        "pages": extraction.pages,
        "truncated": extraction.truncated,
        "remarks": extraction.remarks,
        "detail": detail,
        "worn": worn,
    }
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def decode_answer(line: bytes) -> tuple[Extraction, str, bool]:
    """Undo :func:`encode_answer`; raises ValueError for anything else."""
    try:
        answer: dict[str, Any] = json.loads(line)
        blocks = tuple(TextBlock(text, heading, page) for text, heading, page in answer["blocks"])
        status = ExtractionStatus(answer["status"])
        extraction = Extraction(
            status, answer["reason"], blocks, answer["pages"], answer["truncated"], tuple(answer["remarks"])
        )
        return extraction, answer["detail"], answer["worn"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not an answer") from error


def max_answer_bytes(limits: ExtractionLimits) -> int:
    """Return more bytes than the longest honest answer has."""
    # Four bytes for any character; a block of one word costs some thirty more.
    return limits.max_characters * 20 + 1_000_000
