"""`make bench` writes what it measured into results.md, each part to its own place and nowhere else."""

import importlib

from benchmarks.__main__ import NEEDS_NODE, ON_REQUEST, PARTS, RESULTS, WITHOUT_LIBRARIES, put


def test_a_part_replaces_its_own_tables():
    document = RESULTS.read_text("utf-8")
    once = put(document, "search", "| a |\n")
    assert "| a |" in once
    assert put(put(once, "search", "| b |"), "server", "| c |").replace("| b |", "| a |") == put(
        once, "server", "| c |"
    )


def test_every_part_has_a_place_and_a_module():
    document = RESULTS.read_text("utf-8")
    for name, (module, *_) in PARTS.items():
        importlib.import_module(f"benchmarks.{module}")
        if name not in {"embedding", "engine"}:
            assert put(document, name, "measured") != document
    assert set(PARTS) >= ON_REQUEST | WITHOUT_LIBRARIES | NEEDS_NODE


def test_a_part_without_a_place_changes_nothing():
    assert put("# Measured\n", "search", "| a |") == "# Measured\n"
