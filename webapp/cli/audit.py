"""`ipcu audit verify`."""

import click

from core.audit import verify as verify_chain
from webapp.terminal.common import running


@click.group()
def audit() -> None:
    """The audit chain."""


@audit.command()
@click.option(
    "--seen", default="", metavar="END", help="The end that an earlier run printed; it must still be in the chain."
)
def verify(seen: str) -> None:
    """Prove that no event was changed or removed since it was written.

    Note the end it prints somewhere outside the database: with --seen a later run proves that not even somebody who can
    write to the whole database has replaced the chain or cut it.
    """
    with running() as runtime, runtime.reading() as session:
        verdict = verify_chain(session, seen.strip())
    if not verdict.is_intact:
        raise click.ClickException(f"The audit chain is broken: {verdict.problem}.")
    click.echo(f"The audit chain is intact: {verdict.events} events, end {verdict.end}")
