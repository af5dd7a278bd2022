"""The project's files as the rules see them: parsed modules, templates, and what counts as a file of ours."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tests.architecture.table import IMPORTS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = tuple(IMPORTS)
NOT_OURS = frozenset({".git", ".venv", "__pycache__", "node_modules", "build", "var", "vendor", "test-artifacts"})


@dataclass(frozen=True, slots=True)
class Offence:
    """One place that breaks a rule."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root, its text, its syntax tree."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text, self.path)

    @property
    def name(self) -> str:
        """The dotted name it is imported by."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.path.split("/", 1)[0]

    def within(self, place: str) -> bool:
        """Whether this is the file `place`, lies in the directory `place`, or in the package that `place` grew into."""
        return self.path == place or self.path.startswith((place.rstrip("/") + "/", place.removesuffix(".py") + "/"))

    def at(self, node: ast.AST, what: str) -> Offence:
        """An offence at a node."""
        return Offence(self.path, getattr(node, "lineno", 1), what)


@cache
def project() -> tuple[Module, ...]:
    """Every module of our packages."""
    return tuple(module for package in PACKAGES for module in read(package))


@cache
def of_tests() -> tuple[Module, ...]:
    """Every module of the tests."""
    return tuple(read("tests"))


def read(folder: str) -> Iterator[Module]:
    """The modules below a folder, in a fixed order."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        relative = path.relative_to(ROOT)
        if NOT_OURS.isdisjoint(relative.parts):
            yield Module(relative.as_posix(), path.read_text())


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or would be, committed."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (ROOT / ".git").exists():
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        return tuple(path for name in names if name and (path := ROOT / name).is_file())
    return tuple(
        path for path in ROOT.rglob("*") if path.is_file() and NOT_OURS.isdisjoint(path.relative_to(ROOT).parts)
    )


def listing(offences: list[Offence], reason: str) -> str:
    """The message of a broken rule: why it exists, then where it is broken."""
    return "\n".join([reason, *sorted(map(str, offences))])


def dotted(node: ast.AST) -> str:
    """`a.b.c` for such an expression; a leading dot stands for what is not a plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""
