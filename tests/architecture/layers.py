"""Rules about imports inside one package, as functions over the graph of modules."""

from collections.abc import Iterable, Mapping

from tests.architecture.imports import module_graph
from tests.architecture.source import Module

Graph = dict[str, set[str]]


def children_graph(graph: Mapping[str, set[str]], package: str) -> Graph:
    """Of a package, at any depth: each direct module or sub-package -> those of its siblings that anything in it imports."""
    prefix = f"{package}."
    found: Graph = {}
    for module, targets in graph.items():
        if not module.startswith(prefix):
            continue
        child = _child(module, prefix)
        siblings = {_child(target, prefix) for target in targets if target.startswith(prefix)}
        found.setdefault(child, set()).update(siblings - {child})
    return found


def _child(module: str, prefix: str) -> str:
    return module.removeprefix(prefix).partition(".")[0]


def packages_of(modules: Iterable[Module]) -> list[str]:
    """Dotted names of all packages, sub-packages included."""
    return sorted({module.name for module in modules if module.path.endswith("/__init__.py")})


def upward(modules: Iterable[Module], package: str, layers: Iterable[frozenset[str]]) -> list[str]:
    """Imports inside a package that do not go to a lower layer, and modules that are in no layer."""
    height = {name: number for number, layer in enumerate(layers) for name in layer}
    graph = children_graph(module_graph(modules), package)
    lost = [f"{package}.{name} is in no layer" for name in sorted(graph.keys() - height.keys())]
    return lost + [
        f"{package}.{name} (layer {height[name]}) imports {package}.{target} (layer {height[target]})"
        for name, targets in sorted(graph.items())
        for target in sorted(targets)
        if name in height and target in height and height[target] >= height[name]
    ]
