"""Latency of one search and of the page around it, and where the page's time goes, in libraries of several sizes.

    python -m benchmarks.bench_search [--passages 10000 100000 400000] [--queries 300] [--keep DIR]

*Call* is everything between a question and its results: parsing, spelling, both legs under an access filter that keeps 60 % of
the documents, ten facets, the judgement whether the question is answered at all, fusion, re-check of the page in the database,
passages and highlights. The question's vector is made beforehand; what that takes with the model is measured apart. *Page*
is the whole request through Flask, signed in, without the network, until it can be sent.
"""

import argparse
import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, before_render_template, template_rendered
from flask.testing import FlaskClient

from benchmarks.library import PASSWORD, PERSON, Prepared, build, questions, viewer
from benchmarks.measuring import Memory, Spread, leave_out_of_garbage_collection, scratch, shown, size_of, table, timing
from core.paging import Page
from core.settings import Settings
from search.results import SearchRequest, SearchResponse
from webapp.app import create_app
from webapp.composition import build_embedder, build_runtime
from webapp.runtime import Runtime
from webapp.views import search as search_view

WARM_UP = 50
BESIDE = ("session and account", "search", "template")
PARTS = (*BESIDE[:2], "of it: re-check", "template", "rest", "once sent: history")


class Stages:
    """Milliseconds by stage, one entry for each question."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}

    def add(self, name: str, took: float) -> None:
        """One more."""
        self.taken.setdefault(name, []).append(took)

    def medians(self) -> dict[str, float]:
        """Of every stage."""
        return {name: Spread.of(values).p50 for name, values in self.taken.items()}


def open_library(directory: Path, texts: Sequence[str]) -> Runtime:
    """The library with a model that has these questions' vectors ready."""
    settings = Settings(data_dir=directory)
    embedder = build_embedder(settings, web=True)
    embedder.embed(["warm up"])
    return build_runtime(settings, web=False, embedder=Prepared(embedder, texts))


def measure_calls(runtime: Runtime, texts: Sequence[str]) -> tuple[list[float], Stages, list[SearchResponse]]:
    """Each question once."""
    person, took, stages, answers = viewer(runtime), list[float](), Stages(), []
    for text in texts:
        with timing(took), runtime.reading() as rows:
            answers.append(runtime.search.search(rows, person, SearchRequest(text=text, page=Page(1, 10))))
        for name, lap in answers[-1].took.items():
            stages.add(name, lap)
    return took, stages, answers


def measure_pages(app: Flask, texts: Sequence[str]) -> tuple[list[float], int]:
    """Each question once, by a client that is signed in; milliseconds, and the median size of a page in bytes."""
    client, took, sizes = sign_in(app), list[float](), list[int]()
    for text in texts:
        with timing(took):
            answer = client.get("/search", query_string={"q": text})
        if answer.status_code != 200:
            raise SystemExit(f"{text!r} was answered with {answer.status}")
        answer.close()
        sizes.append(len(answer.data))
    return took, sorted(sizes)[len(sizes) // 2]


def sign_in(app: Flask) -> FlaskClient:
    """A client with a session."""
    client = app.test_client()
    token = client.get("/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "email": PERSON, "password": PASSWORD}
    if client.post("/sign-in", data=form).status_code != 303:
        raise SystemExit("could not sign in")
    return client


@contextmanager
def split(app: Flask, runtime: Runtime, stages: Stages) -> Iterator[None]:
    """Add to `stages` what the parts of each page took, by wrapping them from outside."""
    opened: list[float] = []

    def timed(name: str, call: Any) -> Any:
        def run(*arguments: Any, **named: Any) -> Any:
            took: list[float] = []
            with timing(took):
                answer = call(*arguments, **named)
            stages.add(name, took[0])
            if name == "search":
                stages.add("of it: re-check", answer.took["check"])
            return answer

        return run

    def before(*_: object, **__: object) -> None:
        opened.append(time.perf_counter() * 1000)

    def after(*_: object, **__: object) -> None:
        stages.add("template", time.perf_counter() * 1000 - opened.pop())

    manager: Any = app.login_manager  # type: ignore[attr-defined]
    remember = search_view._remember
    load, find = manager._user_callback, runtime.search.search
    manager._user_callback = timed("session and account", load)
    runtime.search.search = timed("search", find)  # type: ignore[method-assign]
    search_view._remember = timed("once sent: history", remember)
    with before_render_template.connected_to(before, app), template_rendered.connected_to(after, app):
        yield
    manager._user_callback, search_view._remember = load, remember
    runtime.search.search = find  # type: ignore[method-assign]


def measure_model(texts: Sequence[str]) -> Spread:
    """Milliseconds of embedding a question on one thread, as a server does."""
    embedder, took = build_embedder(Settings(), web=True), list[float]()
    embedder.embed(["warm up"])
    for text in texts:
        with timing(took):
            embedder.embed_query(text)
    return Spread.of(took)


def _forget(runtime: Runtime) -> None:
    """That these questions have an answer is remembered for a minute; the next round is to find it out again."""
    runtime.search.forget_answers()


def measure(directory: Path, count: int) -> dict[str, Any]:
    """Everything about one library."""
    with_model = build_runtime(Settings(data_dir=directory), web=False)
    texts = questions(with_model, count + WARM_UP)
    with_model.close()
    before = Memory.of()
    runtime = open_library(directory, texts)
    measure_calls(runtime, texts[:WARM_UP])
    leave_out_of_garbage_collection()
    calls, laps, answers = measure_calls(runtime, texts[WARM_UP:])
    app, parts = create_app(runtime), Stages()
    measure_pages(app, texts[:WARM_UP])
    _forget(runtime)
    pages, size = measure_pages(app, texts[WARM_UP:])
    _forget(runtime)
    with split(app, runtime, parts):
        whole, _ = measure_pages(app, texts[WARM_UP:])
    for number, took in enumerate(whole):
        parts.add("rest", took - sum(parts.taken[name][number] for name in BESIDE))
    found = {
        "call": Spread.of(calls),
        "page": Spread.of(pages),
        "bytes": size,
        "laps": laps.medians(),
        "parts": parts.medians(),
        "totals": Spread.of([one.total for one in answers]).p50,
        "empty": sum(one.is_empty for one in answers),
        "memory": Memory.of(),
        "before": before,
        "index": size_of(directory / "index") >> 20,
    }
    runtime.close()
    # What belonged to this library alone must not be counted with the next.
    gc.unfreeze()
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000, 400_000])
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="build libraries here, and use those that are there")
    options = parser.parse_args()
    results: dict[int, dict[str, Any]] = {}
    with scratch(options.keep) as directory:
        for passages in options.passages:
            results[passages] = measure(build(directory, passages), options.queries)
    report(results)


def report(results: dict[int, dict[str, Any]]) -> None:
    """All tables of all sizes."""
    table(
        ["passages", "", "p50", "p95", "p99"],
        [[f"{size:,}", name, *one[name].cells()] for size, one in results.items() for name in ("call", "page")],
    )
    laps = ("embed", "engine", "judge", "fuse", "check", "show")
    table(
        ["passages, p50 of the call", "question", *laps[1:]],
        [[f"{size:,}", *(shown(one["laps"][lap]) for lap in laps)] for size, one in results.items()],
    )
    table(
        ["passages, p50 of the page", *PARTS, "KB of HTML"],
        [
            [f"{size:,}", *(shown(one["parts"][part]) for part in PARTS), f"{one['bytes'] / 1024:.0f}"]
            for size, one in results.items()
        ],
    )
    table(
        ["passages", "results (median)", "found unanswered", "index, MB", "memory, MB (own)"],
        [
            [f"{size:,}", f"{one['totals']:,.0f}", one["empty"], one["index"], one["memory"]]
            for size, one in results.items()
        ],
    )
    first = next(iter(results.values()))
    print(f"memory of the process before the index was opened: {first['before']} MB")


if __name__ == "__main__":
    main()
