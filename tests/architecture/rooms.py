"""Rules about what each room of a domain package holds, and about commits, time and the environment."""

import ast
import re

from tests.architecture.imports import imported
from tests.architecture.source import Module, Offence, dotted
from tests.architecture.table import DOMAINS, ROOMS

# `.commit()` and `.begin()` elsewhere -> why they are not the database's.
COMMITS = {
    "core/uow.py": "the one place",
    "webapp/migrations": "Alembic's own transaction",
    "search/engines/embedded": "tantivy's writer: the commit point of the index, not of the database",
}
ENVIRONMENT = {
    "core/settings": "the one place",
    "indexer/extraction/extractor.py": "passes PATH and the like to its child process, reads no setting",
    "webapp/assets.py": "runs npm, at set-up only",
    "webapp/metrics/recording.py": "prometheus_client takes its directory from there and nowhere else; reads no setting",
}
# The words of a session that reads what was asked for and changes nothing.
WRITES = frozenset({"add", "add_all", "delete", "merge", "flush", "commit"})


def room_of(module: Module) -> str:
    """`policy` for `library/policy.py`, `library/policy/x.py` and `training/needs/policy.py`; empty for other files."""
    if module.package not in DOMAINS:
        return ""
    parts = module.path.removesuffix(".py").split("/")[1:]
    return next((part for part in parts if part in ROOMS), "")


def policy_without_session(module: Module) -> list[Offence]:
    """A policy that reads the database or the request."""
    if room_of(module) != "policy":
        return []
    return [
        module.at(node, f"a policy uses `{name}`")
        for node in ast.walk(module.tree)
        if (name := node.arg if isinstance(node, ast.arg) else getattr(node, "id", ""))
        in {"session", "work", "Session", "UnitOfWork", "select"}
    ]


def service_without_web(module: Module) -> list[Offence]:
    """A service that knows HTTP or HTML."""
    if room_of(module) != "service":
        return []
    webs = {"flask", "werkzeug", "jinja2", "markupsafe", "http"}
    found = [module.at(node, f"imports {name}") for node, name in imported(module.tree) if name.split(".")[0] in webs]
    return found + [module.at(node, "rolls back") for node in calls(module, {"rollback"})]


def queries_only_read(module: Module) -> list[Offence]:
    """A read that changes rows."""
    if room_of(module) != "queries":
        return []
    return [
        module.at(node, f"{dotted(node.func)}() in a read")
        for node in calls(module, WRITES)
        if "session" in dotted(node.func).split(".")
    ]


def drafts_without_tables(module: Module) -> list[Offence]:
    """A draft that is a table: table models do not validate when they are made."""
    return (
        [module.at(node, f"{node.name} is a table") for node in tables(module)] if room_of(module) == "drafts" else []
    )


def tables_only_in_models(module: Module) -> list[Offence]:
    """Tables of a domain outside its models."""
    if room_of(module) == "models" or module.package not in DOMAINS:
        return []
    return [module.at(node, f"{node.name} is a table") for node in tables(module)]


def tables_without_future(module: Module) -> list[Offence]:
    """`from __future__ import annotations` beside tables."""
    if not list(tables(module)):
        return []
    return [module.at(node, "postponed annotations") for node, name in imported(module.tree) if name == "__future__"]


def one_commit_point(module: Module) -> list[Offence]:
    """Commits, and transactions that commit by themselves."""
    if any(module.within(place) for place in COMMITS):
        return []
    return [module.at(node, f"{dotted(node.func)}()") for node in calls(module, {"commit", "begin", "begin_nested"})]


def naive_time(module: Module) -> list[Offence]:
    """Datetimes without a zone, and the computer's own date."""
    found = []
    for node in calls(module, {"now", "utcnow", "utcfromtimestamp", "fromtimestamp", "today"}):
        owner, _, verb = dotted(node.func).rpartition(".")
        if owner.rpartition(".")[2] not in {"datetime", "date"}:
            continue
        needed = {"now": 1, "fromtimestamp": 2}.get(verb)
        zoned = needed is not None and (len(node.args) >= needed or any(word.arg == "tz" for word in node.keywords))
        if not zoned:
            found.append(module.at(node, f"{owner}.{verb}() has no time zone"))
    return found


def environment_read_once(module: Module) -> list[Offence]:
    """The environment read outside the settings."""
    if any(module.within(place) for place in ENVIRONMENT):
        return []
    names = re.compile(r"^os\.(environb?|getenvb?|putenv)$")
    found = [module.at(node, dotted(node)) for node in ast.walk(module.tree) if names.match(dotted(node))]
    return found + [
        module.at(node, "imports environ from os")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "os"
        and {alias.name for alias in node.names} & {"environ", "getenv"}
    ]


def no_waiting(module: Module) -> list[Offence]:
    """Tests that wait for a time instead of an event. Asking another process again and again is no such wait."""
    slept = {"time.sleep", "sleep", "asyncio.sleep"}
    asking = {
        node
        for loop in ast.walk(module.tree)
        if isinstance(loop, ast.While) and not isinstance(loop.test, ast.Constant)
        for node in ast.walk(loop)
    }
    return [
        module.at(node, f"{dotted(node.func)}()")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and node not in asking
        and (dotted(node.func) in slept or dotted(node.func).endswith(".wait_for_timeout"))
    ]


def docstring_first(module: Module) -> list[Offence]:
    """Modules and packages that do not say what they are for."""
    return [] if ast.get_docstring(module.tree) else [Offence(module.path, 1, "no docstring")]


def calls(module: Module, verbs: set[str] | frozenset[str]) -> list[ast.Call]:
    """Calls of a method with one of these names."""
    return [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in verbs
    ]


def tables(module: Module) -> list[ast.ClassDef]:
    """Classes with `table=True`."""
    return [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        and any(word.arg == "table" and getattr(word.value, "value", False) for word in node.keywords)
    ]
