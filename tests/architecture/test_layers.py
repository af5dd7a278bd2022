"""Inside every package, too, imports go downward only: no circle of siblings, and the layers of the large packages are data."""

import pytest

from tests.architecture import imports, layers
from tests.architecture.source import Module, project
from tests.architecture.table import LAYERS


@pytest.mark.parametrize("package", layers.packages_of(project()))
def test_no_siblings_need_each_other(package):
    graph = layers.children_graph(imports.module_graph(project()), package)
    cycle = imports.find_cycle(graph)
    assert not cycle, (
        f"Inside {package}: {' -> '.join(cycle)}. Modules and sub-packages that need each other, through whichever module of theirs, "
        "are one, or miss a third one below."
    )


@pytest.mark.parametrize("package", LAYERS)
def test_imports_inside_a_package_go_downward(package):
    offences = layers.upward(project(), package, LAYERS[package])
    assert not offences, "\n".join(
        ["Move what both need down, or the importer up; a new module is entered in table.LAYERS.", *offences]
    )


@pytest.mark.parametrize("package", LAYERS)
def test_the_layers_name_what_exists(package):
    named = [name for layer in LAYERS[package] for name in layer]
    assert len(named) == len(set(named)), "A module is in one layer."
    found = layers.children_graph(imports.module_graph(project()), package)
    assert set(named) <= found.keys(), f"table.LAYERS names what is gone: {sorted(set(named) - found.keys())}"


def test_a_circle_through_sub_packages_is_seen():
    modules = [
        Module("search/text/words.py", ""),
        Module("search/text/spelling.py", "from search.query.model import ParsedQuery"),
        Module("search/query/model.py", "from search.text.words import words"),
    ]
    assert not imports.find_cycle(imports.module_graph(modules))  # no module needs itself ...
    assert imports.find_cycle(layers.children_graph(imports.module_graph(modules), "search")) == [
        "query",
        "text",
        "query",
    ]


def test_an_arrow_upward_and_a_module_without_a_layer_are_seen():
    modules = [
        Module("webapp/low.py", "import webapp.high"),
        Module("webapp/high.py", ""),
        Module("webapp/beside.py", "from webapp import low, lost"),
        Module("webapp/lost.py", ""),
    ]
    chosen = (frozenset({"low", "beside"}), frozenset({"high"}))
    assert layers.upward(modules, "webapp", chosen) == [
        "webapp.lost is in no layer",
        "webapp.beside (layer 0) imports webapp.low (layer 0)",
        "webapp.low (layer 0) imports webapp.high (layer 1)",
    ]
