"""What some tests need beyond Python, and what a run says when the machine lacks it.

A test names its need by a marker (`@pytest.mark.browser`). Where the need is not met the test is skipped and the end of
the run says how to get it; a need that is named in `IPCU_TEST_REQUIRE` fails instead, so CI cannot quietly test less.
"""

import importlib.util
import os
import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

REQUIRE = "IPCU_TEST_REQUIRE"
DOCUMENTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "documents"
CASES = DOCUMENTS.with_name("cases")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that tests may need. `missing` says why it is not there, or nothing when it is."""

    name: str
    missing: Callable[[], str]
    how: str


@dataclass(slots=True)
class Outcome:
    """What a run could not do."""

    required: frozenset[str]
    skipped: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, need: Need, test: str) -> str:
        """Note that `test` cannot run. Returns the failure text when the need is required, else nothing."""
        self.skipped.setdefault(need.name, []).append(test)
        if need.name in self.required:
            return f"{REQUIRE} names {need.name}, but {need.missing()}. {need.how}"
        return ""


def parse_required(text: str, known: Mapping[str, Need]) -> frozenset[str]:
    """The names in `IPCU_TEST_REQUIRE`. Raises ValueError for one that no need has: a typo must not require nothing."""
    names = frozenset(part.strip() for part in text.split(",") if part.strip())
    if unknown := names - set(known):
        raise ValueError(f"{REQUIRE} names {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
    return names


@cache
def find_chromium() -> str:
    """The path of a Chromium: the system's, or one that Playwright installed for itself; empty when there is none."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    own = sorted(home.glob("chromium-*/chrome-linux*/chrome")) + sorted(
        home.glob("chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    )
    return str(own[-1]) if own else ""


def _no_browser() -> str:
    return "" if find_chromium() else "no Chromium is installed"


def _no_documents() -> str:
    return "" if DOCUMENTS.is_dir() else f"{DOCUMENTS} is not there"


def _no_cases() -> str:
    return "" if CASES.is_dir() else f"{CASES} is not there"


def _no_model() -> str:
    return "" if importlib.util.find_spec("sentence_transformers") else "sentence-transformers is not installed"


def _no_nginx() -> str:
    # Debian keeps it off the path of ordinary users.
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"))
    missing = [name for name in ("nginx", "curl", "openssl") if not shutil.which(name, path=path)]
    return f"{' and '.join(missing)} is not installed" if missing else ""


@cache
def _no_service(variable: str, port: int) -> str:
    address = os.environ.get(variable, "")
    if not address:
        return f"{variable} is not set"
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or port), timeout=3).close()
    except OSError as error:
        return f"{variable} is set, but nothing answers there ({type(error).__name__})"
    return ""


NEEDS = {
    need.name: need
    for need in (
        Need(
            "browser",
            _no_browser,
            "Debian: apt-get install chromium. Elsewhere: .venv/bin/playwright install chromium.",
        ),
        Need(
            "cases",
            _no_cases,
            f"Small files with what must be read from them; put the folder at {CASES}.",
        ),
        Need(
            "documents",
            _no_documents,
            f"They are real texts that are not ours to publish; put a folder of them at {DOCUMENTS}.",
        ),
        Need("model", _no_model, "make setup installs it."),
        Need("nginx", _no_nginx, "Debian: apt-get install nginx-light curl openssl."),
        Need(
            "opensearch",
            lambda: _no_service("IPCU_TEST_OPENSEARCH_URL", 9200),
            "make services, then: . build/services.env. Or start an OpenSearch node and set IPCU_TEST_OPENSEARCH_URL to its address.",
        ),
        Need(
            "postgres",
            lambda: _no_service("IPCU_TEST_POSTGRES_URL", 5432),
            "make services, then: . build/services.env. Or start PostgreSQL and set IPCU_TEST_POSTGRES_URL to a database that tests may empty.",
        ),
        Need(
            "redis",
            lambda: _no_service("IPCU_TEST_REDIS_URL", 6379),
            "make services, then: . build/services.env. Or start Redis and set IPCU_TEST_REDIS_URL to a database that tests may empty.",
        ),
    )
}
