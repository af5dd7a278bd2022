"""The child process and its limits."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.extraction import (
    SUPPORTED_TYPES,
    Extraction,
    ExtractionLimits,
    ExtractionStatus,
    Extractor,
    extract,
    sniff_media_type,
)

BROKEN_FILES = Path(__file__).parents[5] / "shared/data/documents/broken"
PLAIN = "text/plain"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text("a few words", encoding="utf-8")
    return path


def child_id(extractor: Extractor) -> int:
    assert extractor._child is not None
    return extractor._child._process.pid


def test_one_child_serves_many_files(note: Path) -> None:
    with Extractor() as extractor:
        results = [extractor.extract(note, PLAIN) for _ in range(2)]
        first = child_id(extractor)
        results.append(extractor.extract(note, PLAIN))
        assert child_id(extractor) == first

    assert {result.status for result in results} == {ExtractionStatus.OK}


def test_a_new_child_comes_after_so_many_files_and_after_a_failure(note: Path, endless_pdf: Path) -> None:
    # Drawing fills memory as it goes: a fast machine must not reach that limit first.
    with Extractor(ExtractionLimits(seconds=1, memory_mb=8192), files_per_child=2) as extractor:
        assert extractor.extract(note, PLAIN).status is ExtractionStatus.OK
        first = child_id(extractor)
        assert extractor.extract(note, PLAIN).status is ExtractionStatus.OK
        assert extractor.extract(note, PLAIN).status is ExtractionStatus.OK
        assert child_id(extractor) != first
        assert extractor.extract(endless_pdf, "application/pdf").status is ExtractionStatus.TOO_SLOW
        assert extractor.extract(note, PLAIN).status is ExtractionStatus.OK


def test_a_child_killed_between_files_is_replaced(note: Path) -> None:
    with Extractor() as extractor:
        extractor.extract(note, PLAIN)
        os.kill(child_id(extractor), 9)

        assert extractor.extract(note, PLAIN).status is ExtractionStatus.OK


def test_no_child_is_left_behind(note: Path) -> None:
    with Extractor() as extractor:
        extractor.extract(note, PLAIN)
        process = child_id(extractor)

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_time_is_kept_by_the_clock(endless_pdf: Path) -> None:
    result = extract(endless_pdf, "application/pdf", ExtractionLimits(seconds=0.2))

    assert result.status is ExtractionStatus.TOO_SLOW


def test_too_little_memory_for_a_text_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(b"word " * 10_000_000)

    result = extract(path, PLAIN, ExtractionLimits(memory_mb=100))

    assert result.status is ExtractionStatus.TOO_LARGE
    assert "memory" in result.reason


def test_files_over_the_size_limit_are_not_read(note: Path) -> None:
    result = extract(note, PLAIN, ExtractionLimits(max_file_mb=0))

    assert result.status is ExtractionStatus.TOO_LARGE
    assert "0 MB" in result.reason


@pytest.mark.parametrize("media_type", ["image/png", "application/octet-stream", ""])
def test_other_types_are_unsupported(note: Path, media_type: str) -> None:
    result = extract(note, media_type)

    assert result.status is ExtractionStatus.UNSUPPORTED
    assert result.reason


def test_a_missing_file_is_the_only_exception(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        extract(tmp_path / "gone.pdf", "application/pdf")


def test_a_folder_and_a_pipe_are_not_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe"):
        assert extract(path, PLAIN).status is ExtractionStatus.BROKEN


@pytest.mark.parametrize("media_type", sorted(SUPPORTED_TYPES))
def test_a_wrong_type_costs_a_status_only(make_pdf: Callable[..., Path], media_type: str) -> None:
    path = make_pdf([[(10.0, "words")]])

    assert isinstance(extract(path, media_type), Extraction)


def test_odd_names_relative_paths_and_other_folders_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = 'odd "näme"\n€.txt'
    (tmp_path / name).write_text("found", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert extract(Path(name), PLAIN).blocks[0].text == "found"


def test_a_text_loads_no_parser_library(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import indexer.extraction.child as c;"
        "from indexer.extraction import ExtractionLimits;"
        "c.read_file(Path(sys.argv[1]), 'text/plain', ExtractionLimits());"
        "print(sorted({'pypdfium2', 'docx', 'pptx', 'bs4', 'torch', 'numpy'} & set(sys.modules)))"
    )
    path = tmp_path / "note.txt"
    path.write_text("words", encoding="utf-8")
    root = Path(__file__).parents[4]

    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=root, capture_output=True, check=True)

    assert done.stdout.strip() == b"[]"


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs Linux /proc")
def test_the_child_is_limited_and_sees_no_secrets(note: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPCU_SECRET_KEY", "do-not-tell")
    with Extractor(ExtractionLimits(memory_mb=300)) as extractor:
        extractor.extract(note, PLAIN)
        process = Path(f"/proc/{child_id(extractor)}")
        environment = (process / "environ").read_bytes()
        rows = (process / "limits").read_text(encoding="ascii").splitlines()

    limits = {row[:25].strip(): row[26:].split()[0] for row in rows}
    assert b"do-not-tell" not in environment
    assert limits["Max address space"] == str(300 * 1024 * 1024)
    assert limits["Max file size"] == limits["Max core file size"] == "0"
    assert limits["Max cpu time"] != "unlimited"


def test_real_broken_files_always_give_a_status() -> None:
    if not BROKEN_FILES.is_dir():
        pytest.skip(f"real files are not here: {BROKEN_FILES}")
    with Extractor(ExtractionLimits(seconds=20)) as extractor:
        for path in sorted(BROKEN_FILES.iterdir()):
            with path.open("rb") as stream:
                media_type = sniff_media_type(stream, path.name)
            result = extractor.extract(path, media_type)
            assert (result.status is ExtractionStatus.OK) == (result.reason == ""), path.name
            assert (result.status is ExtractionStatus.OK) == bool(result.blocks), path.name
