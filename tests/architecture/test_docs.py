"""README says what there is: every setting, every command, every make target, every variable of the tests."""

import ast
import re

import click
import pytest

from core.settings import Settings
from tests.architecture.source import ROOT
from webapp.cli.program import cli

README = (ROOT / "README.md").read_text()
OUR_VARIABLE = re.compile(r"\bIPCU_[A-Z][A-Z0-9_]*\b")
SET_UP = ("scripts/set_up.py", "tests/needs.py", "tests/functional/killing/test_killed.py")


def commands(group, prefix="ipcu"):
    """`ipcu index rebuild` and so on: every command below a group, groups themselves not counted."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


def unsaid(names, text):
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]


def variables():
    """Every variable that the product, its set-up or its tests read."""
    names = {f"IPCU_{name.upper()}" for name in Settings.model_fields}
    for path in SET_UP:
        strings = [node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.Constant)]
        names |= {name for node in strings if isinstance(node.value, str) for name in OUR_VARIABLE.findall(node.value)}
    return names


def test_readme_names_every_variable():
    missing = unsaid(sorted(variables()), README)
    assert not missing, f"README does not name {missing}: who runs this looks there, not into the code."


def test_readme_names_no_variable_that_is_gone():
    gone = sorted(set(OUR_VARIABLE.findall(README)) - variables())
    assert not gone, f"README promises {gone}, which nothing reads."


def test_readme_names_every_command():
    missing = unsaid(commands(cli), README)
    assert not missing, f"README does not name {missing}."


def test_readme_names_no_command_that_is_gone():
    known = list(commands(cli))
    said = re.findall(r"`(ipcu [a-z][a-z -]*[a-z])", README)
    gone = [name for name in said if not any(f"{name} ".startswith(f"{real} ") or real == name for real in known)]
    assert not gone, f"README promises {gone}; known are {known}."


@pytest.mark.parametrize("target", re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
def test_readme_names_every_target(target):
    assert not unsaid([f"make {target}"], README), f"README does not name `make {target}`."


def test_readme_names_every_decision():
    missing = unsaid([path.name for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))], README)
    assert not missing, f"README does not link {missing}: a decision that nobody finds is made again."


def test_what_is_unsaid_is_seen():
    group = click.Group("cli", commands={"index": click.Group("index", commands={"rebuild": click.Command("rebuild")})})
    assert list(commands(group)) == ["ipcu index rebuild"]
    assert unsaid(["IPCU_PORT", "ipcu index"], "IPCU_PORTS and ipcu index") == ["IPCU_PORT"]
