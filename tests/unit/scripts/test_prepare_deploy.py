"""Secrets are made once, kept for ever after, and readable in containers but not by other users of the machine."""

import ssl
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "prepare_deploy.sh"

pytestmark = pytest.mark.nginx


def prepare(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", str(SCRIPT), *words], capture_output=True, text=True, check=False)


def test_it_makes_what_is_missing_and_keeps_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert prepare("exchange.police.example", str(folder)).returncode == 0
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert sorted(made) == ["postgres_password", "redis_password", "secret_key", "tls.crt", "tls.key"]
    assert len({*made.values()}) == 5
    assert all(len(made[name].strip()) == 64 for name in ("postgres_password", "redis_password", "secret_key"))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}

    (folder / "redis_password").unlink()
    again = prepare("exchange.police.example", str(folder))
    assert again.stdout.count("==> made") == 1
    kept = {path.name: path.read_text() for path in folder.iterdir()}
    assert kept | {"redis_password": ""} == made | {"redis_password": ""}


@pytest.mark.parametrize("name", ["exchange.police.example", "10.1.2.3"])
def test_the_certificate_is_for_the_name(tmp_path: Path, name: str) -> None:
    assert prepare(name, str(tmp_path / "secrets")).returncode == 0
    context = ssl.create_default_context(cafile=str(tmp_path / "secrets" / "tls.crt"))
    (found,) = context.get_ca_certs()
    assert name in {value for _, value in found["subjectAltName"]}


def test_without_a_name_it_says_how(tmp_path: Path) -> None:
    done = prepare()
    assert done.returncode != 0
    assert "sh scripts/prepare_deploy.sh exchange.police.example" in done.stderr
