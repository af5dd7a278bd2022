"""The tools agree: format, lint and types are part of every run, so they cannot rot between two `make check`."""

import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

TOOLS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "--output-format=concise", "."),
    "types": ("mypy",),
}


def run(arguments, folder=ROOT):
    return subprocess.run([sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tool_has_nothing_to_say(tool):
    done = run(TOOLS[tool])
    assert done.returncode == 0, f"make check\n{done.stdout}{done.stderr}"


def test_a_tool_that_has_something_to_say_is_heard(tmp_path):
    (tmp_path / "bad.py").write_text("import os\nx = undefined\n")
    config = ["--config", str(ROOT / "pyproject.toml")]
    done = run(["ruff", "check", "--no-cache", *config, "."], tmp_path)
    assert done.returncode == 1
    assert "undefined" in done.stdout
