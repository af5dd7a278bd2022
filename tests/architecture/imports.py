"""Rules about imports, as functions from modules to offences."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping

from tests.architecture.source import Module, Offence
from tests.architecture.table import FENCES, IMPORTS, LAZY

Imported = tuple[ast.stmt, str]


def imported(tree: ast.AST) -> Iterator[Imported]:
    """Every absolute module name that is imported anywhere below `tree`, with its statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module


def against_the_table(module: Module) -> list[Offence]:
    """Imports of packages of ours that the table does not allow."""
    allowed = IMPORTS[module.package] | {module.package}
    return [
        module.at(node, f"{module.package} may not import {name}")
        for node, name in imported(module.tree)
        if name.split(".")[0] in IMPORTS and name.split(".")[0] not in allowed
    ]


def over_the_fence(module: Module) -> list[Offence]:
    """Imports of third parties outside the place that hides them."""
    found = []
    for node, name in imported(module.tree):
        places = FENCES.get(name.split(".")[0])
        if places and not any(module.within(place) for place in places):
            found.append(module.at(node, f"{name} is for {', '.join(places)} only"))
    return found


def unused_fences(modules: Iterable[Module], fences: Mapping[str, tuple[str, ...]] = FENCES) -> list[str]:
    """Places of fences in which nothing imports what they fence: such a fence guards nothing, and hides a rename."""
    modules = list(modules)
    used = {(name.split(".")[0], module.path): module for module in modules for _, name in imported(module.tree)}
    return [
        f"{library} in {place}"
        for library, places in fences.items()
        for place in places
        if not any(name == library and module.within(place) for (name, _), module in used.items())
    ]


def unused_excuses(modules: Iterable[Module], lazy: Iterable[tuple[str, str]] = LAZY) -> list[str]:
    """Excuses for late imports that nobody needs any more."""
    late = {
        (module.path, name)
        for module in modules
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for _, name in imported(function)
    }
    return [
        f"{name} in {path}"
        for path, name in lazy
        if not any(file == path and (found == name or found.startswith(f"{name}.")) for file, found in late)
    ]


def inside_functions(module: Module) -> list[Offence]:
    """Imports that wait inside a function without a reason in the table."""
    functions = (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    found = {
        module.at(node, f"{name} is imported inside {function.name}()")
        for function in functions
        for node, name in imported(function)
        if not {(module.path, name), (module.path, name.split(".")[0])} & LAZY.keys()
    }
    return sorted(found, key=str)


def not_at_run_time(module: Module) -> list[Offence]:
    """`if TYPE_CHECKING:` blocks: what they hide is a cycle."""
    return [
        module.at(node, "an import that only type checkers see")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]


def module_graph(modules: Iterable[Module]) -> dict[str, set[str]]:
    """Module -> the modules of ours that it imports. `from package import submodule` counts as the submodule."""
    known = {module.name: module for module in modules}
    graph: dict[str, set[str]] = {}
    for name, module in known.items():
        edges = graph.setdefault(name, set())
        for node, target in imported(module.tree):
            names = [f"{target}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            deeper = {full for full in names if full in known}
            edges |= deeper or ({target} & set(known))
        edges.discard(name)
    return graph


def find_cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """One cycle of a graph, first node repeated at the end; empty when there is none."""
    done: set[str] = set()

    def visit(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for target in sorted(graph.get(node, ())):
            if cycle := visit(target, [*path, node]):
                return cycle
        done.add(node)
        return []

    sys.setrecursionlimit(max(sys.getrecursionlimit(), 10 * len(graph) + 1000))
    return next((cycle for node in sorted(graph) if (cycle := visit(node, []))), [])
