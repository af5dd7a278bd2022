"""`make bench`: every part in a process of its own, so that the memory of one is not counted in another.

    make bench                           # all parts but `kinds` and `engine`
    make bench ARGS="search server"      # some
    make bench ARGS="kinds --keep DIR"   # with a directory in which libraries are built once and used again

The tables are printed as they stand in benchmarks/results.md. Nothing else should run on the machine meanwhile.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.measuring import machine, scratch

PARTS: dict[str, tuple[str, ...]] = {
    "indexing": ("bench_indexing",),
    "search": ("bench_search",),
    "server": ("bench_server",),
    "update": ("bench_update",),
    "compare": ("bench_compare",),
    "engines": ("bench_engines",),
    "kinds": ("bench_engines", "--kinds"),
    "embedding": ("bench_embedding",),
    "engine": ("bench_engine",),
}
"""Name to module and its arguments."""
ON_REQUEST = frozenset({"kinds", "engine"})
WITHOUT_LIBRARIES = frozenset({"indexing", "embedding", "engine"})
NEEDS_NODE = frozenset({"engines", "kinds"})


def main() -> int:
    """Run the parts; the number of those that failed."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--keep", type=Path, help="build libraries here, and use those that are there")
    options = parser.parse_args()
    unknown = [name for name in options.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    print(f"{machine()}\n", flush=True)
    failed = 0
    with scratch(options.keep) as directory:
        for name in options.parts or [one for one in PARTS if one not in ON_REQUEST]:
            print(f"## {name}\n", flush=True)
            if name in NEEDS_NODE and not os.environ.get("IPCU_TEST_OPENSEARCH_URL"):
                print("Not measured: no OpenSearch node is named (`make services`, then `. build/services.env`).\n")
                failed += name in options.parts
                continue
            module, *arguments = PARTS[name]
            keep = [] if name in WITHOUT_LIBRARIES else ["--keep", str(directory)]
            command = [sys.executable, "-m", f"benchmarks.{module}", *arguments, *keep]
            failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
