"""Whether who asks for a name gets what has it: records that hardly anything but a made-up word tells from others.

    python -m benchmarks.bench_names [--passages 100000] [--names 150] [--keep DIR]

Titles of the drawn library end in a word made up for them. Each is asked for alone, and among common words of which its record has none on purpose.
"""

import argparse
import random
from pathlib import Path

from sqlmodel import select

from benchmarks.library import FIRST, build, viewer
from benchmarks.measuring import scratch, table
from core.access import load_tokens
from core.paging import Page
from core.settings import Settings
from library.models import KIND, Record
from search.results import SearchRequest
from webapp.composition import build_runtime
from webapp.runtime import Runtime

FORMS = {"alone": "{}", "among other words": "what does the report on {} say about evidence"}


def names(runtime: Runtime, count: int) -> list[str]:
    """The made-up words of so many records that every member may read."""
    with runtime.reading() as session:
        rows = list(session.exec(select(Record.id, Record.title).where(Record.id >= FIRST)))  # type: ignore[operator]
        random.Random(4).shuffle(rows)
        found = []
        for number, title in rows:
            if len(found) < count and "member" in load_tokens(session, KIND, [number])[number].audience:
                found.append(title.split()[-1])
    return found


def measure(runtime: Runtime, asked: list[str]) -> list[list[object]]:
    """For each form: how many questions have a record with the name first, anywhere on the first page, and no answer."""
    person, rows = viewer(runtime), list[list[object]]()
    for form, text in FORMS.items():
        first = shown = empty = 0
        for name in asked:
            with runtime.reading() as session:
                request = SearchRequest(text=text.format(name), page=Page(1, 10))
                hits = runtime.search.search(session, person, request).hits
            having = [name in hit.card.title.split() for hit in hits]
            first += having[:1] == [True]
            shown += any(having)
            empty += not hits
        rows.append([form, len(asked), first, shown, empty])
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--names", type=int, default=150)
    parser.add_argument("--keep", type=Path, help="build the library here, and use the one that is there")
    options = parser.parse_args()
    with scratch(options.keep) as directory:
        runtime = build_runtime(Settings(data_dir=build(directory, options.passages)), web=False)
        runtime.warm_up()
        rows = measure(runtime, names(runtime, options.names))
        runtime.close()
    table(["the name", "questions", "its record first", "on the first page", "nothing shown"], rows)


if __name__ == "__main__":
    main()
