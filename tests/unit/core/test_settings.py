"""Settings refuse to start with a clear message; the secret key is made once."""

import threading
from pathlib import Path

import pytest

from core.db import address_of
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
        ({"SHARDS": "0"}, "IPCU_OPENSEARCH_SHARDS"),
        ({"REPLICAS": "-1"}, "IPCU_OPENSEARCH_REPLICAS"),
        ({"SEGMENTS": "few"}, "IPCU_OPENSEARCH_SEGMENTS"),
        ({"VECTORS": "fp16"}, "IPCU_OPENSEARCH_VECTORS.*'float', 'sq', 'on_disk' or 'byte'"),
    ],
)
def test_a_cluster_is_named_safely(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], message: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"IPCU_OPENSEARCH_{name}", value)
    with pytest.raises(SettingsError, match=message) as refused:
        load_settings()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"IPCU_REDIS_URL": "queue.example:6379"}, "an address like"),
        ({"IPCU_REDIS_URL": "redis://queue.example:many"}, "an address like"),
        ({"IPCU_REDIS_URL": "redis://:secret@queue.example"}, "is logged"),
        ({"IPCU_REDIS_URL": "redis://queue.example", "IPCU_REDIS_CA_FILE": "ca.pem"}, "for rediss://"),
        ({"IPCU_REDIS_URL": "rediss://queue.example", "IPCU_REDIS_CA_FILE": "no/such/file.pem"}, "not a file"),
        ({"IPCU_REDIS_URL": "redis://queue.example", "IPCU_EXTRACTION_SECONDS": "900"}, "IPCU_JOB_MINUTES"),
        ({"IPCU_REDIS_PREFIX": "a:b"}, "IPCU_REDIS_PREFIX"),
    ],
)
def test_a_queue_is_named_safely(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], message: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=message) as refused:
        load_settings()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"TOKEN": "short"}, "at least 16"),
        ({"TOKEN": "sixteen and more, with spaces"}, "without spaces"),
        ({"PORT": "9100"}, "IPCU_METRICS_TOKEN is not"),
        ({"PORT": "99999", "TOKEN": "a-token-that-is-long"}, "IPCU_METRICS_PORT"),
    ],
)
def test_metrics_are_open_to_nobody_by_mistake(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], message: str
) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"IPCU_METRICS_{name}", value)
    with pytest.raises(SettingsError, match=message) as refused:
        load_settings()
    assert values.get("TOKEN", "?") not in str(refused.value)


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


def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p@ss:word/1\n")
    monkeypatch.setenv("IPCU_DATABASE_URL", "postgres://anna@db.example/ipcu")
    monkeypatch.setenv("IPCU_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    settings = load_settings()
    address = address_of(settings.database)
    assert (address.drivername, address.username, address.password) == ("postgresql+psycopg", "anna", "p@ss:word/1")
    assert "p@ss" not in repr(settings)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"URL": "mysql://a/b"}, "IPCU_DATABASE_URL: mysql is not a database"),
        ({"URL": "nonsense"}, "no address"),
        ({"URL": "postgresql://anna:a@db.example/x", "PASSWORD": "b"}, "set one"),
        ({"PASSWORD": "b"}, "names no server"),
        ({"URL": "sqlite:///x", "PASSWORD": "b"}, "names no server"),
        ({"PASSWORD_FILE": "no/such/file"}, "IPCU_DATABASE_PASSWORD_FILE names no/such/file, which cannot be read"),
        ({"PASSWORD_FILE": "no/such/file", "PASSWORD": "b"}, "both set"),
        ({"PASSWORD_FILE": "/dev/null"}, "IPCU_DATABASE_PASSWORD_FILE names /dev/null, which is empty"),
        ({"POOL": "0"}, "IPCU_DATABASE_POOL"),
    ],
)
def test_a_database_is_named_safely(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], message: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"IPCU_DATABASE_{name}", value)
    with pytest.raises(SettingsError, match=message):
        load_settings()


def test_a_setting_that_is_no_secret_may_come_from_a_file_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("8123\n")
    monkeypatch.setenv("IPCU_PORT_FILE", str(tmp_path / "port"))
    assert load_settings().port == 8123


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("IPCU_UPLOAD_TYPES", "pdf", "media types like application/pdf"),
        ("IPCU_UPLOAD_TYPES", " ", "media types like application/pdf"),
        ("IPCU_UPLOAD_QUOTA_MB", "10", "less than IPCU_UPLOAD_MB"),
        ("IPCU_SCAN_COMMAND", "no-such-program-here --quiet", "no-such-program-here, which is no program"),
        ("IPCU_SCAN_COMMAND", 'clamscan "', "no command line"),
    ],
)
def test_limits_of_uploads_that_cannot_hold_are_refused(monkeypatch, name, value, problem):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=problem):
        load_settings()


def test_accepted_types_are_a_list_or_all(monkeypatch):
    assert "application/pdf" in load_settings().accepted_types
    monkeypatch.setenv("IPCU_UPLOAD_TYPES", "text/plain, application/pdf")
    assert load_settings().accepted_types == ("text/plain", "application/pdf")
    monkeypatch.setenv("IPCU_UPLOAD_TYPES", "*")
    assert load_settings().accepted_types == ()
    monkeypatch.setenv("IPCU_SCAN_COMMAND", "sh -c true")
    assert load_settings().scan_command


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("IPCU_PROT", "Do you mean IPCU_PORT?"),
        ("ipcu_sesion_hours", "Do you mean IPCU_SESSION_HOURS?"),
        ("IPCU_SECRETKEY_FILE", "Do you mean IPCU_SECRET_KEY_FILE?"),
        ("IPCU_TESTS", ""),
        ("IPCU_QQQQ", ""),
    ],
)
def test_a_mistyped_variable_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, hint: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(f"{name} is no setting of this program.")
    assert hint in str(refused.value)
    assert str(refused.value).count("\n") == 0


def test_what_others_read_and_every_form_of_a_setting_is_no_mistake(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hours").write_text("3")
    for name, value in {
        "IPCU_TORCH": "cpu",
        "IPCU_TEST_REQUIRE": "",
        "IPCU_SESSION_HOURS_FILE": str(tmp_path / "hours"),
        "ipcu_threads": "3",
        "IPCUX": "1",
    }.items():
        monkeypatch.setenv(name, value)
    assert load_settings().session_hours == 3
    assert load_settings().database_limits.threads == 3
