"""`ipcu index`: the write side of search."""

import click

from webapp.terminal.common import running
from webapp.terminal.progress import Bar


@click.group()
def index() -> None:
    """Status, drain, rebuild, verify, promote."""


@index.command()
def status() -> None:
    """What the index holds, what waits, what was given up on."""
    with running() as runtime:
        state = runtime.indexer.status()
    for name, value in state.rows():
        click.echo(f"{name:<22} {value}")


@index.command()
def drain() -> None:
    """Index everything that changed, now, and read the texts of new files."""
    with running() as runtime, Bar("Indexing") as bar:
        report = runtime.indexer.run_all(bar.step)
    click.echo(report)
    if report.drained.stopped:
        raise click.exceptions.Exit(1)


@index.command()
@click.option("--no-promote", is_flag=True, help="Build and check, but leave readers on the present generation.")
def rebuild(no_promote: bool) -> None:
    """Build a new generation beside the present one and promote it when it is complete. Can be stopped and resumed."""
    with running() as runtime, Bar("Rebuilding") as bar:
        report = runtime.indexer.rebuild(bar.step, promote=not no_promote)
    click.echo(report)


@index.command()
def verify() -> None:
    """Compare database and index in both directions and mark every difference for indexing."""
    with running() as runtime, Bar("Verifying") as bar:
        report = runtime.indexer.verify(bar.step)
    click.echo(report)
    if not report.is_clean:
        raise click.exceptions.Exit(1)


@index.command()
@click.argument("generation")
def promote(generation: str) -> None:
    """Bring a former generation up to date and make readers use it."""
    with running() as runtime, Bar("Verifying") as bar:
        report = runtime.indexer.promote(generation, bar.step)
    click.echo(f"Readers now use {generation}. {report}")
