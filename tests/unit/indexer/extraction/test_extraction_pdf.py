"""Text of PDF files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from indexer.extraction import Extraction, ExtractionLimits, ExtractionStatus, extract
from indexer.extraction.parsers.pdf_lines import Line, mend

PDF = "application/pdf"
MakePdf = Callable[..., Path]


def all_text(extraction: Extraction) -> str:
    return "\n".join(block.text for block in extraction.blocks)


def test_text_comes_by_page_under_the_nearest_heading(make_pdf: MakePdf) -> None:
    body = [(10.0, f"Officers keep a record of every stop, line {n}.") for n in range(8)]
    path = make_pdf([[(18.0, "Search powers"), *body], [(10.0, "The second page."), *body]])

    result = extract(path, PDF)

    assert (result.status, result.reason, result.pages) == (ExtractionStatus.OK, "", 2)
    assert [(block.page, block.heading) for block in result.blocks] == [
        (1, "Search powers"),
        (2, "Search powers"),
    ]
    assert result.blocks[0].text.startswith("Search powers\n")
    assert result.blocks[1].text.startswith("The second page.\nOfficers keep")


def test_words_split_at_line_ends_are_joined_and_real_hyphens_stay(make_pdf: MakePdf) -> None:
    lines = ["The infor-", "mation supports decision-", "making. Sound decision-making matters."]

    text = all_text(extract(make_pdf([[(10.0, line) for line in lines]]), PDF))

    assert "The information supports decision-making." in text


def test_repeated_headers_and_footers_are_kept_once(make_pdf: MakePdf) -> None:
    themes = ["custody", "traffic", "forensics", "training", "patrols"]
    pages = [
        [(10.0, "Operations manual"), (10.0, f"About {theme}."), (10.0, f"Page {n} of 5")]
        for n, theme in enumerate(themes, start=1)
    ]

    text = all_text(extract(make_pdf(pages), PDF))

    assert text.count("Operations manual") == 1
    assert all(f"About {theme}." in text for theme in themes)


def test_numbered_lines_that_do_not_follow_the_pages_stay(make_pdf: MakePdf) -> None:
    numbers = [3, 4, 9, 17, 18]
    pages = [[(10.0, f"Article {n}"), (10.0, f"{n} words")] for n in numbers]

    text = all_text(extract(make_pdf(pages), PDF))

    assert all(f"Article {n}" in text for n in numbers)


def test_a_line_drawn_in_pieces_is_one_line_and_columns_stay_apart() -> None:
    def piece(text: str, left: float, right: float, bottom: float = 100.0) -> Line:
        return Line(text, left, right, bottom + 10, bottom)

    pieces = [
        piece("Ta", 0, 10),
        piece("ble", 10.5, 20),
        piece("of", 23, 30),
        piece("page", 90, 110),
        piece("below", 112, 130, bottom=80.0),
    ]

    assert [line.text for line in mend(pieces)] == ["Table of", "page", "below"]


def test_pages_without_text_are_passed_over(make_pdf: MakePdf) -> None:
    result = extract(make_pdf([[], [(10.0, "Only here.")]]), PDF)

    assert [(block.page, block.text) for block in result.blocks] == [(2, "Only here.")]
    assert result.pages == 2


def test_a_scan_has_no_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "scan.pdf"))
    canvas.rect(100, 100, 300, 500, fill=1)
    canvas.save()

    result = extract(tmp_path / "scan.pdf", PDF)

    assert result.status is ExtractionStatus.NO_TEXT
    assert "scan" in result.reason
    assert result.pages == 1


def test_a_password_is_reported(make_pdf: MakePdf) -> None:
    lock = StandardEncryption("user", "owner", strength=128)

    result = extract(make_pdf([[(10.0, "secret")]], encrypt=lock), PDF)

    assert (result.status, result.blocks) == (ExtractionStatus.ENCRYPTED, ())
    assert "password" in result.reason


def test_encryption_without_a_user_password_is_no_obstacle(make_pdf: MakePdf) -> None:
    lock = StandardEncryption("", "owner", strength=128)

    assert all_text(extract(make_pdf([[(10.0, "open to all")]], encrypt=lock), PDF)) == ("open to all")


@pytest.mark.parametrize("content", [b"%PDF-1.7\n" + b"\x93garbage" * 50, b"not a pdf at all"])
def test_garbage_is_broken(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "garbage.pdf"
    path.write_bytes(content)

    result = extract(path, PDF)

    assert result.status is ExtractionStatus.BROKEN
    assert result.reason


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_read_as_far_as_possible_or_broken(make_pdf: MakePdf, share: float) -> None:
    path = make_pdf([[(10.0, "cut short")]])
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    result = extract(path, PDF)

    assert result.status is not ExtractionStatus.OK or "cut short" in all_text(result)
    assert (result.status is ExtractionStatus.OK) == (result.reason == "")


def test_pages_beyond_the_limit_are_left_out(make_pdf: MakePdf) -> None:
    path = make_pdf([[(10.0, f"Page number {n}")] for n in range(1, 6)])

    result = extract(path, PDF, ExtractionLimits(max_pages=2))

    assert [block.page for block in result.blocks] == [1, 2]
    assert (result.pages, result.truncated) == (5, True)


def test_a_file_that_never_ends_is_too_slow(endless_pdf: Path) -> None:
    result = extract(endless_pdf, PDF, ExtractionLimits(seconds=0.5))

    assert result.status is ExtractionStatus.TOO_SLOW
    assert result.reason


def test_a_file_that_takes_all_memory_is_too_large(endless_pdf: Path) -> None:
    result = extract(endless_pdf, PDF, ExtractionLimits(memory_mb=150))

    assert result.status is ExtractionStatus.TOO_LARGE
    assert "memory" in result.reason
