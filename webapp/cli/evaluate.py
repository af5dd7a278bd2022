"""`ipcu evaluate`: how good search is, measured on judged questions."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from core.clock import SystemClock
from core.settings import load_settings
from search.evaluation.collection import Judged, read_collection, write_run
from search.evaluation.report import Figures, compare, figures, groups_of
from search.results import Legs
from webapp.composition import build_embedder
from webapp.evaluation import Measured, measure_collection, measure_demo, strangers_to
from webapp.terminal.common import running, start_logging
from webapp.terminal.progress import Bar

HEAD = (
    f"{'':<26}{'questions':>10}{'nDCG@10':>9}{'MRR@10':>9}{'recall@20':>11}{'wrongly empty':>15}{'rightly empty':>15}"
)


@click.command()
@click.option(
    "--collection",
    "collections",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Directory with corpus.jsonl, queries.jsonl and qrels.tsv; again for more. Without it: the loaded demo.",
)
@click.option(
    "--runs", type=click.Path(file_okay=False, path_type=Path), help="Write TREC run files into this directory."
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep what was embedded of the collections here, for the next time.",
)
def evaluate(collections: tuple[Path, ...], runs: Path | None, cache: Path | None) -> None:
    """Measure search by words, by meaning and by both, on judged questions.

    Questions of one collection put to another are those without an answer. `hybrid` is what people get; `closest` its order
    with nothing left empty, which alone can be compared with the legs: they leave nothing empty either.
    """
    for measured in _collections(collections, cache) if collections else [_demo()]:
        for line in report_of(measured):
            click.echo(line)
        if runs is not None:
            for legs, run in measured.runs.items():
                write_run(runs / f"{measured.name}.{legs.value}.txt", f"ipcu-{legs.value}", run, measured.name_of)


def report_of(measured: Measured) -> list[str]:
    """The table of one set of questions, with the intervals of the differences."""
    lines = [f"\n{measured.name}", HEAD]
    groups = groups_of(measured.questions)
    for legs, run in measured.runs.items():
        lines.append(_row(legs.value, figures(run, measured.questions)))
    lines += [_row(f"  hybrid: {name}", figures(measured.runs[Legs.HYBRID], own)) for name, own in groups.items()]
    lines += [_difference(measured, other, measured.questions) for other in (Legs.LEXICAL, Legs.SEMANTIC)]
    return lines


def _demo() -> Measured:
    with running() as runtime, Bar("Demo") as bar:
        runtime.warm_up()
        return measure_demo(runtime, bar.step)


def _collections(directories: Sequence[Path], cache: Path | None) -> list[Measured]:
    settings = load_settings()
    start_logging("WARNING", traces=False)
    embedder = build_embedder(settings, web=False)
    given = [read_collection(directory) for directory in directories]
    measured = []
    with tempfile.TemporaryDirectory(prefix="ipcu-evaluate-") as temporary, Bar("Evaluating") as bar:
        for collection in given:
            directory = (cache or Path(temporary)) / collection.name
            strangers = strangers_to(collection, given)
            measured.append(
                measure_collection(
                    collection, strangers, directory, embedder=embedder, clock=SystemClock(), progress=bar.step
                )
            )
    return measured


def _row(name: str, reached: Figures) -> str:
    return (
        f"{name:<26}{reached.questions + reached.unanswerable:>10}{_number(reached.ndcg10):>9}{_number(reached.mrr10):>9}"
        f"{_number(reached.recall20):>11}{_share(reached.wrongly_empty):>15}{_share(reached.rightly_empty):>15}"
    )


def _difference(measured: Measured, other: Legs, questions: Sequence[Judged]) -> str:
    interval = compare(measured.runs[Legs.CLOSEST], measured.runs[other], questions)
    if interval is None:
        return ""
    verdict = "clear" if interval.is_clear else "could be chance"
    return (
        f"nDCG@10 {Legs.CLOSEST.value} - {other.value}: {interval.mean:+.3f}, 95 % interval {interval.low:+.3f} to {interval.high:+.3f}"
        f" ({verdict})"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
