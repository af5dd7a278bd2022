"""Sizes, from the first day: the models that had no cap each have a file of more than a thousand lines."""

import ast

import pytest

from tests.architecture.source import PACKAGES, Module, Offence, listing, of_tests, project

FUNCTION_P90, FUNCTION_MOST = 30, 60
MODULE_P90, MODULE_MOST, TEST_MODULE_MOST = 250, 400, 500
PACKAGE_MOST = 14
# Package -> how many modules it may have, and why it stays flat.
WIDER = {"core": (22, "each module is one contract of the kernel, imported everywhere by its name")}
# Written by a tool, and never changed again.
GENERATED = "webapp/migrations/versions"
SPLIT = "Split it by use case into a sub-package; never into a util.py."


def function_sizes(modules):
    """Each function with its lines, decorators not counted."""
    return {
        Offence(module.path, node.lineno, f"{node.name}() has {size} lines"): size
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for size in [(node.end_lineno or node.lineno) - node.lineno + 1]
    }


def module_sizes(modules):
    return {
        Offence(module.path, 1, f"{size} lines"): size for module in modules for size in [len(module.text.splitlines())]
    }


def over(sizes, most):
    return [offence for offence, size in sizes.items() if size > most]


def ninetieth(sizes):
    """The size that nine of ten do not exceed."""
    ordered = sorted(sizes.values())
    return ordered[(len(ordered) * 9 - 1) // 10] if ordered else 0


def package_sizes(modules):
    """Modules in each package directory, its __init__ not counted."""
    counts = {}
    for module in modules:
        folder, _, file = module.path.rpartition("/")
        if file != "__init__.py":
            counts[folder] = counts.get(folder, 0) + 1
    return counts


def written(modules):
    return [module for module in modules if not module.within(GENERATED)]


def test_no_function_is_too_long():
    offences = over(function_sizes(written(project())), FUNCTION_MOST)
    assert not offences, listing(offences, f"A function has at most {FUNCTION_MOST} lines: name its steps.")


@pytest.mark.parametrize("package", PACKAGES)
def test_most_functions_are_short(package):
    sizes = function_sizes(module for module in written(project()) if module.package == package)
    longest = sorted(sizes, key=sizes.__getitem__)[-5:]
    assert ninetieth(sizes) <= FUNCTION_P90, listing(
        longest, f"Nine of ten functions fit in {FUNCTION_P90} lines. Longest:"
    )


def test_no_module_is_too_long():
    offences = over(module_sizes(written(project())), MODULE_MOST)
    assert not offences, listing(offences, f"A module has at most {MODULE_MOST} lines. {SPLIT}")


def test_no_test_module_is_too_long():
    offences = over(module_sizes(of_tests()), TEST_MODULE_MOST)
    assert not offences, listing(offences, f"A test module has at most {TEST_MODULE_MOST} lines. {SPLIT}")


@pytest.mark.parametrize("package", PACKAGES)
def test_most_modules_are_short(package):
    sizes = module_sizes(module for module in written(project()) if module.package == package)
    longest = sorted(sizes, key=sizes.__getitem__)[-5:]
    assert ninetieth(sizes) <= MODULE_P90, listing(longest, f"Nine of ten modules fit in {MODULE_P90} lines. Longest:")


def test_no_package_is_crowded():
    crowded = {
        folder: count
        for folder, count in package_sizes(written(project())).items()
        if count > WIDER.get(folder, (PACKAGE_MOST, ""))[0]
    }
    assert not crowded, f"A package has at most {PACKAGE_MOST} modules before it gets sub-packages: {crowded}"


def test_sizes_are_seen():
    long = Module("core/long.py", "def long():\n" + "    pass\n" * FUNCTION_MOST)
    assert over(function_sizes([long]), FUNCTION_MOST)
    assert over(module_sizes([Module("core/long.py", "A = 1\n" * (MODULE_MOST + 1))]), MODULE_MOST)
    assert package_sizes([Module(f"core/m{number}.py", "") for number in range(15)]) == {"core": 15}
    assert ninetieth({number: number for number in range(1, 11)}) == 9
