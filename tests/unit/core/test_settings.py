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


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"URL": "search.example:9200"}, "addresses like"),
        ({"URL": "https://anna:secret@search.example:9200"}, "is logged"),
        ({"URL": "https://a.example", "USERNAME": "anna"}, "go together"),
        ({"URL": "https://a.example", "USERNAME": "anna", "PASSWORD": "p", "API_KEY": "k"}, "one of the two"),
        ({"URL": "https://a.example, http://b.example", "API_KEY": "k"}, "not https"),
        ({"URL": "https://a.example", "CA_FILE": "no/such/file.pem"}, "not a file"),
        ({"PREFIX": "Caps"}, "IPCU_OPENSEARCH_PREFIX"),
    ],
)
def test_a_cluster_is_named_safely(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], message: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"IPCU_OPENSEARCH_{name}", value)
    with pytest.raises(SettingsError, match=message) as refused:
        load_settings()
    assert "secret" not in str(refused.value)


def test_a_list_of_servers_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPCU_OPENSEARCH_URL", "https://a.example:9200, https://b.example:9200,")
    monkeypatch.setenv("IPCU_OPENSEARCH_API_KEY", "k")
    assert load_settings().opensearch_urls == ("https://a.example:9200", "https://b.example:9200")


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
