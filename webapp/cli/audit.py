"""`ipcu audit verify`."""

import click

from core.audit import verify as verify_chain
from webapp.cli.common import running


@click.group()
def audit() -> None:
    """The audit chain."""


@audit.command()
def verify() -> None:
    """Prove that no event was changed or removed since it was written."""
    with running() as runtime, runtime.reading() as session:
        verdict = verify_chain(session)
    if not verdict.is_intact:
        raise click.ClickException(f"The audit chain is broken: {verdict.problem}.")
    click.echo(f"The audit chain is intact: {verdict.events} events.")
