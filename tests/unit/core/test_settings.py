"""Settings refuse to start with a clear message; the secret key is made once."""

import threading
from pathlib import Path

import pytest

from core.settings import Settings, SettingsError, load_settings, secret_key


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("IPCU_PORT", "99999", "IPCU_PORT"),
        ("IPCU_SECRET_KEY", "short", "at least 32"),
        ("IPCU_SIMILARITY_FLOOR", "2", "IPCU_SIMILARITY_FLOOR"),
        ("IPCU_EMBEDDING", "perhaps", "IPCU_EMBEDDING"),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=message):
        load_settings()


def test_a_demo_is_never_served_as_the_real_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPCU_DEMO", "true")
    monkeypatch.setenv("IPCU_HTTPS", "true")
    with pytest.raises(SettingsError, match="IPCU_DEMO"):
        load_settings()


def test_many_first_starts_agree_on_one_secret_key(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    keys: list[str] = []
    threads = [threading.Thread(target=lambda: keys.append(secret_key(settings))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    assert len(keys[0]) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
