"""`make bench`: every part in a process of its own, so that the memory of one is not counted in another.

    make bench                           # all parts but `kinds`, `embedding` and `engine`, about half an hour
    make bench ARGS="search server"      # some
    make bench ARGS="kinds --keep DIR"   # with a directory in which libraries are built once and used again

What a part prints replaces its tables in benchmarks/results.md, with the machine and the day; `--dry` only prints. Nothing else should run
on the machine meanwhile: the load before and after each part is written down with it.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.measuring import machine, scratch

RESULTS = Path(__file__).resolve().parent / "results.md"
PARTS: dict[str, tuple[str, ...]] = {
    "indexing": ("bench_indexing",),
    "search": ("bench_search",),
    "server": ("bench_server",),
    "update": ("bench_update",),
    "compare": ("bench_compare",),
    "engines": ("bench_engines",),
    "names": ("bench_names",),
    "markup": ("bench_markup",),
    "kinds": ("bench_engines", "--kinds"),
    "embedding": ("bench_embedding",),
    "engine": ("bench_engine",),
}
"""Name to module and its arguments."""
ON_REQUEST = frozenset({"kinds", "embedding", "engine"})
WITHOUT_LIBRARIES = frozenset({"indexing", "markup", "embedding", "engine"})
NEEDS_NODE = frozenset({"engines", "kinds"})
NODE = "IPCU_TEST_OPENSEARCH_URL"


def run(name: str, directory: Path) -> str:
    """Run a part, showing what it prints; the text, empty when it failed."""
    module, *arguments = PARTS[name]
    keep = [] if name in WITHOUT_LIBRARIES else ["--keep", str(directory)]
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments, *keep]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return "" if process.returncode else "".join(lines)


def put(document: str, name: str, text: str) -> str:
    """The document with `text` as what the part measured; as it was when it has no place for it."""
    begin, end = f"<!-- {name}: make bench writes this -->\n", f"<!-- end of {name} -->"
    head, found, rest = document.partition(begin)
    _, closed, tail = rest.partition(end)
    return f"{head}{begin}{text.strip()}\n{end}{tail}" if found and closed else document


def main() -> int:
    """Run the parts; the number of those that failed or could not be run though they were asked for."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--keep", type=Path, help="build libraries here, and use those that are there")
    parser.add_argument("--dry", action="store_true", help="leave results.md as it is")
    options = parser.parse_args()
    unknown = [name for name in options.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    failed = 0
    with scratch(options.keep) as directory:
        for name in options.parts or [one for one in PARTS if one not in ON_REQUEST]:
            print(f"## {name}\n", flush=True)
            if name in NEEDS_NODE and not os.environ.get(NODE):
                print(f"Not measured: {NODE} names no node (`make services`, then `. build/services.env`).\n")
                failed += name in options.parts
                continue
            where = machine()
            print(f"{where}\n", flush=True)
            text = run(name, directory)
            where += f", after {os.getloadavg()[0]:.1f}"
            failed += not text
            if text and not options.dry:
                RESULTS.write_text(put(RESULTS.read_text("utf-8"), name, f"{where}\n\n{text}"), "utf-8")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
