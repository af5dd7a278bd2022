"""What holds for every test: what it may need, an environment of its own, and hands off the data of a real instance."""

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.needs import NEEDS, REQUIRE, Outcome, parse_required

pytest_plugins = ("tests.databases",)

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = str(ROOT / "var")
# Audit events that create or change files. What compiled code does is not seen; its paths come from the settings.
WATCHED = frozenset({"open", "os.mkdir", "os.remove", "os.rename", "os.link", "sqlite3.connect"})

# No deadline: a busy machine is not a fault of the code.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

outcome_key = pytest.StashKey[Outcome]()
data_key = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Before anything of ours is imported: a clean environment, no hub, a data directory that is thrown away."""
    try:
        config.stash[outcome_key] = Outcome(parse_required(os.environ.get(REQUIRE, ""), NEEDS))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    data = Path(tempfile.mkdtemp(prefix="ipcu-tests-"))
    config.stash[data_key] = data
    for name in [name for name in os.environ if name.startswith("IPCU_") and not name.startswith("IPCU_TEST_")]:
        del os.environ[name]
    os.environ.update(
        {
            "IPCU_DATA_DIR": str(data),
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }
    )
    sys.addaudithook(_keep_off_real_data)


def _keep_off_real_data(event: str, arguments: tuple[object, ...]) -> None:
    if event not in WATCHED or not arguments or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    path = os.path.abspath(os.fsdecode(arguments[0]).removeprefix("file:"))  # noqa: PTH100  called for every open()
    if path == REAL_DATA or path.startswith(REAL_DATA + os.sep):
        raise RuntimeError(f"A test touched {path}: real data lives there. Use tmp_path or the settings' data_dir.")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Throw the data directory of the run away."""
    if data := config.stash.get(data_key, None):
        shutil.rmtree(data, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The quick files of unit/ last, in whatever order they are otherwise: two processes then end at about the same time."""
    items.sort(key=lambda item: "unit" in item.path.parts)


def pytest_collection_finish() -> None:
    """What is there by now stays: the collector need not look through it, nor look for garbage at every turn. A tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail, a test whose need is not met."""
    for need in NEEDS.values():
        if item.get_closest_marker(need.name) is None or not need.missing():
            continue
        if failure := item.config.stash[outcome_key].refuse(need, item.nodeid):
            pytest.fail(failure, pytrace=False)
        pytest.skip(f"{need.name}: {need.missing()}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In one of several processes: hand what was not tested to the one that tells it."""
    if handed := getattr(session.config, "workeroutput", None):
        handed["skipped"] = session.config.stash[outcome_key].skipped


def pytest_testnodedown(node: Any) -> None:
    """In the process that tells: take what one of the others did not test. Nothing comes of one that crashed."""
    told = node.config.stash[outcome_key].skipped
    for name, tests in getattr(node, "workeroutput", {}).get("skipped", {}).items():
        told.setdefault(name, []).extend(tests)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was not tested and how to test it."""
    skipped = config.stash[outcome_key].skipped
    if skipped:
        terminalreporter.section("not tested on this machine", sep="-")
    for name, tests in sorted(skipped.items()):
        need = NEEDS[name]
        terminalreporter.line(f"{name}: {len(tests)} tests, because {need.missing()}. {need.how}")
