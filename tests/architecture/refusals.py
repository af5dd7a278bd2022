"""What the rooms below refuse with: the sentences in their code, which translations start from."""

import ast
from collections.abc import Iterator

from tests.architecture.source import Module, Offence

CLASSES = frozenset({"Message", "InvalidValue", "NotFound", "Forbidden", "Conflict", "Invalid", "Unavailable"})
GUARD = "require"
"""`require(allowed, message)`."""


def sentences(module: Module) -> set[str]:
    """Every message id the module holds."""
    found = set()
    for call, argument in _messages(module):
        assert isinstance(call, ast.Call)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            found.add(argument.value)
    return found


def made_up(module: Module) -> list[Offence]:
    """Messages put together before they are passed, which no catalogue can hold; and plain texts beside a field."""
    offences = [
        module.at(call, "a message of parts: write %(name)s and pass name=...")
        for call, argument in _messages(module)
        if isinstance(argument, ast.JoinedStr | ast.BinOp)
    ]
    plain = {
        target.id
        for node in module.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.JoinedStr)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    offences += [
        module.at(call, f"{argument.id} is a plain text: make it a Message(...)")
        for call, argument in _messages(module)
        if isinstance(argument, ast.Name) and argument.id in plain
    ]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _name(node) == "Invalid" and len(node.args) > 1:
            fields = node.args[1]
            values = fields.values if isinstance(fields, ast.Dict) else []
            offences += [
                module.at(node, "a field's text is a Message(...)")
                for value in values
                if isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp)
            ]
    return offences


def _messages(module: Module) -> Iterator[tuple[ast.Call, ast.expr]]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = _name(node)
        if name in CLASSES and node.args:
            yield node, node.args[0]
        elif name == GUARD and len(node.args) > 1:
            yield node, node.args[1]


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
