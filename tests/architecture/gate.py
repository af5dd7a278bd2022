"""Rules that leave `search.disclosure` the only way from index and dictionary to a reader, as functions from modules to offences."""

import ast

from tests.architecture.imports import imported
from tests.architecture.rooms import calls
from tests.architecture.source import Module, Offence, dotted

GATE = "search/disclosure.py"
ENGINES = ("search/engine.py", "search/engines")


def only_the_gate_makes_queries(module: Module) -> list[Offence]:
    """Queries for the engine, and what they may see, made or changed elsewhere."""
    if module.within(GATE) or any(module.within(place) for place in ENGINES):
        return []
    found = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func).rpartition(".")[2]
        if name in {"EngineQuery", "AccessFilter"}:
            found.append(module.at(node, f"makes an {name}"))
        if name == "replace" and {word.arg for word in node.keywords} & {"access", "exclude"}:
            found.append(module.at(node, "changes what a query may see"))
    return found


def only_retrieval_asks_the_engine(module: Module) -> list[Offence]:
    """`engine.run` and `engine.passages` called elsewhere."""
    if module.within("search/service/retrieval.py") or any(module.within(place) for place in ENGINES):
        return []
    return [
        module.at(node, f"{dotted(node.func)}()")
        for node in calls(module, {"run", "passages"})
        if isinstance(node.func, ast.Attribute) and dotted(node.func.value).rpartition(".")[2] in {"engine", "_engine"}
    ]


def only_the_gate_takes_words(module: Module) -> list[Offence]:
    """Words taken out of the dictionary elsewhere, or its tables read."""
    if module.package == "indexer" or any(
        module.within(place) for place in (GATE, "search/query/slips.py", "search/text/spelling.py")
    ):
        return []
    found = [
        module.at(node, f"{dotted(node.func)}()") for node in calls(module, {"complete", "corrections", "proposals"})
    ]
    if module.within("search/reference.py"):  # makes the dictionary
        return found
    return found + [
        module.at(node, f"imports {alias.name}")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "search.models"
        for alias in node.names
        if alias.name in {"DictionaryEntry", "DictionaryWord"}
    ]


def only_the_gate_reads_sources(module: Module) -> list[Offence]:
    """Cards and documents of the domains read elsewhere in search."""
    if module.package != "search" or module.within(GATE):
        return []
    found = [
        module.at(node, f"{dotted(node.func)}()")
        for node in calls(module, {"unsettled", "load"})
        if dotted(node.func.value).rpartition(".")[2] in {"source", "_source"}
    ]
    if module.within("search/service/service.py"):  # hands them on
        return found
    return found + [
        module.at(node, f"imports {name}") for node, name in imported(module.tree) if name == "core.sources"
    ]


def only_hints_are_hints(module: Module) -> list[Offence]:
    """Hints made elsewhere than where each is asked of the gate."""
    if module.within("search/service/hints.py") or module.within("search/results.py"):
        return []
    return [
        module.at(node, f"makes {name}")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and (name := dotted(node.func).rpartition(".")[2]) in {"Hints", "DropHint"}
    ]
