"""What docker-compose.yml says of each service, as far as a process of this machine can obey it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docker-compose.yml"

PORTS = {
    "proxy": (8080, 8443),
    "web": (8000,),
    "opensearch": (9200,),
    "postgres": (5432,),
    "redis": (6379,),
}
"""Where each service listens in its container."""
VARIABLE = re.compile(r"\$(?:\$|\{[A-Z_]+:-([^}]*)\})")
UNITS = {"s": 1.0, "m": 60.0, "": 1.0}


@dataclass(frozen=True, slots=True)
class Service:
    """One service; what is not said is what Compose takes then."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    needs: dict[str, str]
    """Service that must be there first, to the condition it must meet."""
    health: tuple[str, ...]
    """What to run to see whether it is well; nothing when it is not looked at."""
    secrets: tuple[str, ...]
    user: str
    tmpfs: dict[str, str]
    """Directory to the options of its mount."""
    volumes: tuple[str, ...]
    stop_signal: str
    grace: float
    """Seconds to end after that signal."""


def read(file: Path = FILE) -> dict[str, Service]:
    """The services by name."""
    return {name: _service(name, said) for name, said in load(file)["services"].items()}


def load(file: Path = FILE) -> dict[str, Any]:
    """The whole file with anchors and variables resolved; of a variable its default."""
    found = _resolved(yaml.safe_load(file.read_text()))
    assert isinstance(found, dict)
    return found


def secret_files(file: Path = FILE) -> dict[str, str]:
    """Secret to the name of its file in the folder of the secrets."""
    return {name: Path(said["file"]).name for name, said in load(file)["secrets"].items()}


def _service(name: str, said: Mapping[str, Any]) -> Service:
    return Service(
        name=name,
        command=tuple(said.get("command", ())),
        environment=dict(said.get("environment", {})),
        needs={needed: one["condition"] for needed, one in said.get("depends_on", {}).items()},
        health=_health(said.get("healthcheck", {}).get("test", ())),
        secrets=tuple(said.get("secrets", ())),
        user=said.get("user", ""),
        tmpfs=dict(one.partition(":")[::2] for one in said.get("tmpfs", ())),
        volumes=tuple(said.get("volumes", ())),
        stop_signal=said.get("stop_signal", "SIGTERM"),
        grace=seconds(said.get("stop_grace_period", "10s")),
    )


def _health(test: Iterable[str]) -> tuple[str, ...]:
    kind, *words = [*test] or [""]
    return ("sh", "-c", *words) if kind == "CMD-SHELL" else tuple(words)


def seconds(text: str) -> float:
    """`40s` and `1m`."""
    found = re.fullmatch(r"(\d+)([sm]?)", text)
    if not found:
        raise ValueError(f"{text} is no duration that is understood here")
    return int(found[1]) * UNITS[found[2]]


def _resolved(part: object) -> object:
    if isinstance(part, str):
        return VARIABLE.sub(lambda found: "$" if found[0] == "$$" else found[1], part)
    if isinstance(part, list):
        return [_resolved(one) for one in part]
    if isinstance(part, dict):
        return {name: _resolved(one) for name, one in part.items()}
    return part
