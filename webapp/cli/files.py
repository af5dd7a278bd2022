"""`ipcu files purge`."""

from datetime import timedelta

import click

from core.attachments import purge_unused
from webapp.cli.common import running


@click.group()
def files() -> None:
    """The store of attached files."""


@files.command()
@click.option("--hours", type=click.FloatRange(min=0), help="Keep what was unused for less than so long.")
def purge(hours: float | None) -> None:
    """Remove the bytes of files that nothing has used for IPCU_PURGE_HOURS. The servers do it by themselves, too."""
    with running() as runtime:
        grace = timedelta(hours=runtime.settings.purge_hours if hours is None else hours)
        report = purge_unused(runtime.work, runtime.files, now=runtime.clock.now(), grace=grace)
    click.echo(
        f"{report.removed} files removed, {report.freed / (1 << 20):.1f} MB freed; "
        f"{report.waiting} more are unused and wait."
    )
