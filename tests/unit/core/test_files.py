"""The content-addressed store."""

import hashlib
import io
from pathlib import Path

import pytest

from core.errors import Invalid, NotFound
from core.files import DirectoryStore


def test_a_file_is_named_by_its_content_and_stored_once(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    first = store.put(io.BytesIO(b"same"), limit=100)
    second = store.put(io.BytesIO(b"same"), limit=100)
    assert first == second
    assert first.sha256 == hashlib.sha256(b"same").hexdigest()
    assert store.path(first.sha256).read_bytes() == b"same"
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


def test_too_large_and_empty_files_leave_nothing_behind(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    for content in (b"x" * 101, b""):
        with pytest.raises(Invalid):
            store.put(io.BytesIO(content), limit=100)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0" * 63, "/" * 64, "0" * 62 + "..", "f" * 64])
def test_only_digests_name_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        DirectoryStore(tmp_path).path(name)
