"""`ipcu search`: the same results as the page, in a terminal."""

import html
import re

import click

from core.paging import Page
from search.engine import Sort
from search.results import Hit, SearchRequest
from webapp.terminal.common import running, viewer_for
from webapp.wording.texts import degraded_text

MARK = re.compile(r"</?mark>")


@click.command()
@click.argument("question", nargs=-1, required=True)
@click.option("--as", "email", required=True, metavar="USER", help="E-mail address of the person who searches.")
@click.option("--page", default=1, type=click.IntRange(1), help="Page of the list.")
@click.option("--size", default=10, type=click.IntRange(1, 100), help="Results a page.")
@click.option("--sort", default=Sort.RELEVANCE.value, type=click.Choice([sort.value for sort in Sort]))
@click.option("--as-typed", is_flag=True, help="Do not take words that look mistyped for others.")
@click.option("--closest", is_flag=True, help="Show the closest matches even where none is reliable.")
def search(
    question: tuple[str, ...], email: str, page: int, size: int, sort: str, *, as_typed: bool, closest: bool
) -> None:
    """Search as a person, with exactly the rights that person has."""
    request = SearchRequest(
        text=" ".join(question), page=Page(page, size), sort=Sort(sort), as_typed=as_typed, closest=closest
    )
    with running() as runtime, runtime.reading() as session:
        viewer = viewer_for(session, email)
        runtime.warm_up()
        response = runtime.search.search(session, viewer, request)
    for note in (*response.parsed.notes, degraded_text(response.degraded)):
        if note:
            click.echo(f"note: {note}", err=True)
    for number, hit in enumerate(response.hits, start=request.page.offset + 1):
        _print(number, hit)
    if response.hints.corrected:
        click.echo(f"Searched also for: {response.hints.corrected} (--as-typed: only for what was typed)")
    if response.hints.did_you_mean:
        click.echo(f"Did you mean: {response.hints.did_you_mean}")
    if response.hints.without_quotes:
        click.echo(f"Nothing has exactly the words in quotation marks. Without them: {response.hints.without_quotes}")
    if response.hints.found_alone:
        click.echo(f"Nothing has all of these words. One of them alone: {', '.join(response.hints.found_alone)}")
    for hint in response.hints.drop_hints:
        click.echo(f"Without {f'{hint.field} {hint.value}'.strip()}: {hint.total}")
    if response.is_empty:
        way = f" --closest shows the {response.unreliable} closest matches all the same." if response.unreliable else ""
        click.echo(f"Nothing reliable found.{way}")
    took = sum(response.took.values())
    click.echo(f"{response.total} results, {response.mode.value}, {took:.1f} ms", err=True)


def _print(number: int, hit: Hit) -> None:
    card = hit.card
    click.secho(f"{number:>3}. {card.title}", bold=True)
    click.echo(f"     {card.kind_label} · {card.organisation} · {card.marking} · {card.changed:%Y-%m-%d}")
    for extract in hit.extracts:
        place = extract.place
        where = place.label + (f", p. {place.page}" if place.page else "")
        click.echo(f"     {where + ': ' if where else ''}{_styled(extract.html)}")


def _styled(marked: str) -> str:
    parts = MARK.split(marked)
    return "".join(
        click.style(html.unescape(part), bold=index % 2 == 1) if index % 2 else html.unescape(part)
        for index, part in enumerate(parts)
    ).replace("\n", " ")
