"""The test run itself: a need that is not met is said aloud or fails, and real data is out of reach."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.needs import NEEDS, Need, Outcome, parse_required

ABSENT = Need("cluster", lambda: "it is not there", "Start it.")
PROBE = """
import pytest

@pytest.mark.postgres
def test_with_a_need():
    assert False, "must not run"

def test_without():
    pass
"""


def test_a_required_need_fails_and_another_is_noted():
    strict, lax = Outcome(frozenset({"cluster"})), Outcome(frozenset())
    assert strict.refuse(ABSENT, "one") == "IPCU_TEST_REQUIRE names cluster, but it is not there. Start it."
    assert lax.refuse(ABSENT, "one") == ""
    assert lax.skipped == {"cluster": ["one"]}


def test_a_list_of_needs_is_read():
    assert parse_required(" browser, redis,", NEEDS) == {"browser", "redis"}
    assert parse_required("", NEEDS) == frozenset()


def test_a_typo_in_the_list_is_refused():
    with pytest.raises(ValueError, match="brwoser"):
        parse_required("brwoser", NEEDS)


def run_probe(folder: Path, require: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (folder / "test_probe.py").write_text(PROBE)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IPCU_")}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            str(ROOT / "pyproject.toml"),
            "--rootdir",
            str(folder),
            "-q",
            str(folder),
        ],
        cwd=ROOT,
        env=environment | {"IPCU_TEST_REQUIRE": require},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_says_what_it_skipped_and_how_to_get_it(tmp_path):
    done = run_probe(tmp_path, "")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "postgres: 1 tests, because IPCU_TEST_POSTGRES_URL is not set. make services" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


def test_a_run_fails_where_a_need_is_required(tmp_path):
    done = run_probe(tmp_path, "redis,postgres")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "IPCU_TEST_REQUIRE names postgres" in done.stdout


def test_a_run_stops_at_an_unknown_need(tmp_path):
    done = run_probe(tmp_path, "postgers")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "postgers" in done.stderr


@pytest.mark.parametrize("touch", [lambda path: path.mkdir(), lambda path: (path / "x").open("w")])
def test_real_data_is_out_of_reach(touch):
    with pytest.raises(RuntimeError, match="real data"):
        touch(ROOT / "var")


def test_settings_point_to_a_directory_of_the_run():
    assert Path(os.environ["IPCU_DATA_DIR"]).is_dir()
    assert ROOT not in Path(os.environ["IPCU_DATA_DIR"]).parents
