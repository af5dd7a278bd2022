"""A directory for its owner alone."""

import logging
from pathlib import Path

import pytest

from core.private import make_private, open_to_others


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    (directory / "files" / "ab").mkdir(parents=True)
    (directory / "files" / "ab" / "cd").touch()
    (directory / "ipcu.sqlite3").touch()
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o664)
    return directory


def modes(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in (directory, *directory.rglob("*"))}


def test_others_lose_every_permission_and_the_owner_none(directory: Path) -> None:
    assert open_to_others(directory) == [directory, directory / "files", directory / "ipcu.sqlite3"]
    make_private(directory)
    assert modes(directory) == {"data": 0o700, "files": 0o700, "ab": 0o700, "cd": 0o600, "ipcu.sqlite3": 0o600}
    assert open_to_others(directory) == []


def test_what_a_link_leads_to_is_left_alone(directory: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    elsewhere.chmod(0o644)
    (directory / "link").symlink_to(elsewhere)
    (directory / "nowhere").symlink_to(tmp_path / "gone")
    make_private(directory)
    assert elsewhere.stat().st_mode & 0o777 == 0o644
    assert open_to_others(directory) == []


def test_a_private_directory_is_not_walked(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_private(directory)
    monkeypatch.setattr("core.private._within", lambda _: pytest.fail("it was walked"))
    make_private(directory)


def test_what_belongs_to_others_is_told_and_no_failure(
    directory: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    with caplog.at_level(logging.WARNING):
        make_private(directory)
    assert "5 entries could not be changed" in caplog.text


def test_a_file_kept_elsewhere_is_looked_at_too(directory: Path, tmp_path: Path) -> None:
    make_private(directory)
    database = tmp_path / "elsewhere.sqlite3"
    assert open_to_others(directory, database) == []
    database.touch()
    database.chmod(0o640)
    assert open_to_others(directory, database) == [database]
