"""The header of a Markdown file for tools: YAML between `---`, TOML between `+++`. Metadata, and no text for readers."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import yaml  # type: ignore[import-untyped]

_MAX_HEADER = 20_000
_HEADER = re.compile(
    r"\s*?(?:(?P<yaml>---)[ \t]*\r?\n(?P<yaml_body>.*?)(?:^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z))"
    r"|(?P<toml>\+\+\+)[ \t]*\r?\n(?P<toml_body>.*?)(?:^\+\+\+[ \t]*(?:\r?\n|\Z)))",
    re.DOTALL | re.MULTILINE,
)
_LINE = re.compile(r"\s*$|\s*#|\s+\S|-\s|[\w .-]+\s*[:=]")
"""A line that a header may have even where the whole is no valid YAML or TOML."""


@dataclass(frozen=True)
class FrontMatter:
    """A Markdown text without its header, and what the header says; empty when there is none, or it cannot be parsed."""

    body: str
    values: Mapping[str, object] = field(default_factory=dict)


def split_front_matter(text: str) -> FrontMatter:
    """Part a Markdown text from its header. A rule with text between it and the next one is no header, and stays."""
    found = _HEADER.match(text[: _MAX_HEADER * 2])
    if found is None:
        return FrontMatter(text)
    is_toml = found["toml"] is not None
    header = found["toml_body"] if is_toml else found["yaml_body"]
    values = _parsed(header, tomllib.loads if is_toml else _load_yaml)
    if values is None and not (header.strip() and all(_LINE.match(line) for line in header.splitlines())):
        return FrontMatter(text)
    return FrontMatter(text[found.end() :], values or {})


def _load_yaml(header: str) -> object:
    # Nothing refers to another part in an honest header; a thousand laughs need it.
    if re.search(r"(?:^|[\s\[,])\*\w", header):
        raise yaml.YAMLError("an alias")
    return yaml.safe_load(header)


def _parsed(header: str, load: Callable[[str], object]) -> dict[str, object] | None:
    try:
        values = load(header)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        return None
    if values is None and not header.strip():
        return {}
    return {str(key).lower(): value for key, value in values.items()} if isinstance(values, dict) else None
