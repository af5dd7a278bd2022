"""Imports go downward only, third parties stay behind their fences, nothing is imported late or in a circle."""

import ast
import importlib.util
import json
import re
import subprocess
import sys

import pytest

from tests.architecture import imports
from tests.architecture.source import PACKAGES, ROOT, Module, listing, project, read
from tests.architecture.table import FENCES, IMPORTS

REASONS = {
    imports.against_the_table: "Imports go downward only (tests/architecture/table.py, DESIGN section 2). Join two domains "
    "in webapp, or refer to foreign content by ContentRef.",
    imports.over_the_fence: "A library is used in one place, so that it can be replaced there. Call that place.",
    imports.inside_functions: "An import inside a function hides a cycle or a cost. Move it up, or enter it in "
    "table.LAZY with the reason.",
    imports.not_at_run_time: "TYPE_CHECKING blocks are how import cycles are normalised. Turn the dependency round.",
}
BAD = {
    imports.against_the_table: ("core/bad.py", "from library.models import Record"),
    imports.over_the_fence: ("library/bad.py", "import flask.views"),
    imports.inside_functions: ("library/bad.py", "def late():\n    from core import db"),
    imports.not_at_run_time: ("library/bad.py", "if typing.TYPE_CHECKING:\n    import core.db"),
}
# Executed by Alembic or as a program, not imported.
NOT_IMPORTED = re.compile(r"(^|\.)(__main__|env)$|\.versions\.")
ONLY_FOR_BENCHMARKS = frozenset({"lancedb"})
IMPORT_ALL = """
import importlib, json, os, socket, sys, threading, warnings
warnings.simplefilter("error")
os.environ.clear()
root, names = json.load(sys.stdin)
sys.path.insert(0, root)
def closed(*arguments, **options):
    raise OSError("a socket was opened at import")
socket.socket.connect = socket.socket.bind = socket.create_connection = closed
broken = []
for name in names:
    try:
        importlib.import_module(name)
    except BaseException as error:
        broken.append(f"{name}: {type(error).__name__}: {error}")
heavy = sorted({"torch", "sentence_transformers", "transformers"} & set(sys.modules))
print(json.dumps([broken, heavy, [t.name for t in threading.enumerate()], os.listdir()]))
"""


@pytest.mark.parametrize("rule", REASONS, ids=lambda rule: rule.__name__)
def test_the_project_keeps_the_rule(rule):
    offences = [offence for module in project() for offence in rule(module)]
    assert not offences, listing(offences, REASONS[rule])


@pytest.mark.parametrize("rule", BAD, ids=lambda rule: rule.__name__)
def test_the_rule_sees_a_bad_example(rule):
    assert rule(Module(*BAD[rule]))


def test_a_fence_opens_for_the_package_that_a_file_grew_into():
    text = "import opensearchpy"
    assert not imports.over_the_fence(Module("search/engines/opensearch.py", text))
    assert not imports.over_the_fence(Module("search/engines/opensearch/client.py", text))
    assert imports.over_the_fence(Module("search/engines/opensearch_tools.py", text))


def test_the_table_itself_has_no_cycle():
    cycle = imports.find_cycle(IMPORTS)
    assert not cycle, f"The table allows a cycle: {' -> '.join(cycle)}"


def test_no_modules_import_each_other_in_a_circle():
    cycle = imports.find_cycle(imports.module_graph(project()))
    assert not cycle, f"Modules that need each other are one module, or miss a third one below: {' -> '.join(cycle)}"


def test_a_circle_is_seen():
    first = Module("core/one.py", "from core import two")
    second = Module("core/two.py", "import core.one")
    assert imports.find_cycle(imports.module_graph([first, second])) == ["core.one", "core.two", "core.one"]


def test_the_table_names_what_exists():
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert found == set(IMPORTS), "Enter the package in tests/architecture/table.py, with what it may import."
    unknown = [name for name in FENCES if not name.isidentifier()]
    assert not unknown, f"table.FENCES wants import names, not distribution names: {unknown}"


def test_every_fence_guards_something():
    idle = imports.unused_fences([*project(), *read("benchmarks")])
    assert not idle, f"table.FENCES names libraries that are not imported there: {idle}"
    missing = [name for name in FENCES if importlib.util.find_spec(name) is None and name not in ONLY_FOR_BENCHMARKS]
    assert not missing, f"table.FENCES names libraries that are not installed: {missing}"


def test_a_fence_that_guards_nothing_is_seen():
    modules = [Module("core/one.py", "import flask.views"), Module("core/two.py", "import bleach")]
    fences = {"flask": ("core/one.py", "core/two.py"), "pypdf": ("core",)}
    assert imports.unused_fences(modules, fences) == ["flask in core/two.py", "pypdf in core"]


def test_every_excuse_for_a_late_import_is_needed():
    idle = imports.unused_excuses(project())
    assert not idle, f"table.LAZY excuses what nobody does: {idle}"
    assert imports.unused_excuses([Module("core/a.py", "import torch")], [("core/a.py", "torch")])


@pytest.mark.parametrize("package", PACKAGES)
def test_the_package_says_what_it_may_import(package):
    text = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text())) or ""
    said = allowed_by_docstring(text)
    assert said == IMPORTS[package], (
        f"The docstring of {package}/__init__.py is the first thing a reader sees; it must end like the table says: "
        f"'May import {' and '.join(sorted(IMPORTS[package])) or 'nothing of ours'}.'"
    )


def test_a_docstring_that_claims_too_much_is_seen():
    assert allowed_by_docstring("Things. May import core and search.") == {"core", "search"}
    assert allowed_by_docstring("Things.") == frozenset()


def allowed_by_docstring(text: str) -> frozenset[str]:
    claim = re.search(r"May import ([\w ,]+)\.", text)
    if claim is None:
        return frozenset()
    if claim[1] == "everything":
        return frozenset(IMPORTS) - {"webapp"}
    return frozenset(re.findall(r"\w+", claim[1])) & frozenset(IMPORTS)


def import_fresh(names, folder, root=ROOT):
    done = subprocess.run(
        [sys.executable, "-I", "-c", IMPORT_ALL],
        input=json.dumps([str(root), names]),
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_importing_does_nothing(tmp_path):
    names = [module.name for module in project() if not NOT_IMPORTED.search(module.name)]
    broken, heavy, threads, made = import_fresh(names, tmp_path)
    assert not broken, "Importing must work with an empty environment and no network:\n" + "\n".join(broken)
    assert not heavy, f"Importing all of the project loaded {heavy}: the entry point builds the world, nobody else."
    assert threads == ["MainThread"], f"Importing started threads: {threads}"
    assert not made, f"Importing wrote files: {made}"


def test_the_command_line_starts_without_torch(tmp_path):
    broken, heavy, _, _ = import_fresh(["webapp.cli.program"], tmp_path)
    assert not broken, "\n".join(broken)
    assert not heavy, f"`ipcu --help` would load {heavy} and take seconds."


def test_an_import_with_consequences_is_seen(tmp_path):
    root = tmp_path / "root"
    work = tmp_path / "work"
    work.mkdir()
    root.mkdir()
    (root / "greedy.py").write_text(
        "import os, socket\nopen('made', 'w').close()\nos.environ['HOME']\nsocket.create_connection(('127.0.0.1', 1))"
    )
    broken, _, _, made = import_fresh(["greedy"], work, root)
    assert broken
    assert made == ["made"]
