"""What a file is, by its content."""

import io
import zipfile
from pathlib import Path

import pytest

from indexer.extraction import SUPPORTED_TYPES, ExtractionStatus, extract, sniff_media_type
from indexer.extraction.model import DOCX, ENCRYPTED_OFFICE, PPTX

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


def sniff(path: Path) -> str:
    with path.open("rb") as stream:
        return sniff_media_type(stream, path.name)


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "report.docx", "application/pdf"),
        (b"junk\x00\x01\n%PDF-1.4\n", "scan.bin", "application/pdf"),
        (b"A text about the %PDF-1.4 header", "a.txt", "text/plain"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "evil.pdf", "image/png"),
        (b"MZ" + bytes(200), "letter.txt", "application/x-msdownload"),
        (b"\x00\x01\x02\x03" * 20, "notes.txt", "application/octet-stream"),
        (b"just words", "notes.pdf", "text/plain"),
        (b"# Title", "notes.MD", "text/markdown"),
        (b"<!DOCTYPE html><p>x", "page", "text/html"),
        (b"<p>x", "page.html", "text/html"),
        (b"<html>shown as source", "page.txt", "text/plain"),
        ("Grüße".encode("cp1252"), "gruss.txt", "text/plain"),
        ("Wörter".encode("utf-16"), "w.txt", "text/plain"),
        ("abc ü".encode()[:-1], "cut.txt", "text/plain"),
        (b"", "empty.txt", "text/plain"),
        (OLE, "old.doc", "application/x-ole-storage"),
    ],
)
def test_content_decides_and_the_name_only_between_texts(head: bytes, name: str, expected: str) -> None:
    assert sniff_media_type(io.BytesIO(head), name) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["[Content_Types].xml", "word/document.xml"], DOCX),
        (["[Content_Types].xml", "ppt/presentation.xml"], PPTX),
        (
            ["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"],
            "application/vnd.ms-office",
        ),
        (["readme.txt", "word/document.xml"], "application/zip"),
    ],
)
def test_containers_are_known_by_their_parts(tmp_path: Path, parts: list[str], expected: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.pdf", "w") as package:
        for part in parts:
            package.writestr(part, "x")

    assert sniff(tmp_path / "a.pdf") == expected


def test_an_office_file_with_a_password_is_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "locked.docx"
    path.write_bytes(OLE + "EncryptedPackage".encode("utf-16-le"))

    media_type = sniff(path)

    assert media_type == ENCRYPTED_OFFICE
    assert extract(path, media_type).status is ExtractionStatus.ENCRYPTED


def test_a_damaged_container_is_just_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "cut.docx"
    path.write_bytes(b"PK\x03\x04" + bytes(50) + b"PK\x05\x06" + b"\xff" * 18)

    assert sniff(path) == "application/zip"
    assert "application/zip" not in SUPPORTED_TYPES
