"""Where things are kept: `ipcu database upgrade`, `ipcu database copy`, `ipcu files purge`."""

from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy.exc import ArgumentError

from core.attachments import purge_unused
from core.clock import SystemClock
from core.db import address_of
from core.errors import Invalid
from core.settings import Settings, load_settings
from webapp.migrations import upgrade as upgrade_database
from webapp.migrations.copy import copy_database
from webapp.terminal.common import need_database, need_directory, running, say
from webapp.terminal.progress import Bar


@click.group()
def database() -> None:
    """The database."""


@database.command()
def upgrade() -> None:
    """Bring the database to the schema of this version; creates it when it is not there."""
    prepare_database(load_settings())
    say("The database is up to date.")


@database.command()
@click.option("--to", "target", required=True, metavar="URL", help="The empty database: postgresql://user@host/name")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its password.")
def copy(target: str, password_file: Path | None) -> None:
    """Copy everything to another, empty database; all of it or nothing. Stop the site and its workers first."""
    settings = load_settings()
    need_database(settings)
    address = _target(target, password_file)
    with Bar("Copying") as bar:
        report = copy_database(settings.database, address, SystemClock(), bar.step)
    if report.cleaned:
        say(f"{report.cleaned} texts held NUL characters, which were left out.")
    say(
        f"{sum(report.rows.values())} rows of {len(report.rows)} tables copied and counted; "
        f"the audit chain of {report.events} events is intact.\n"
        "Next: set IPCU_DATABASE_URL to the new database and start. The files and the secret key stay in the data "
        "directory; the index stays as it is and need not be rebuilt."
    )


def _target(url: str, password_file: Path | None) -> str:
    try:
        address = address_of(url)
    except (ArgumentError, ValueError) as error:
        raise Invalid(f"--to: {error}") from None
    if password_file is not None:
        address = address.set(password=password_file.read_text("utf-8").strip())
    return address.render_as_string(hide_password=False)


def prepare_database(settings: Settings) -> None:
    """Make the data directory and bring the database to this version."""
    need_directory(settings)
    upgrade_database(settings.database)


@click.group()
def files() -> None:
    """The store of attached files."""


@files.command()
@click.option("--hours", type=click.FloatRange(min=1), help="Keep what was unused for less than so long.")
def purge(hours: float | None) -> None:
    """Remove the bytes of files that nothing has used for IPCU_PURGE_HOURS. The servers do it by themselves, too."""
    with running() as runtime:
        grace = timedelta(hours=runtime.settings.purge_hours if hours is None else hours)
        report = purge_unused(runtime.work, runtime.files, now=runtime.clock.now(), grace=grace)
    click.echo(
        f"{report.removed} files removed, {report.freed / (1 << 20):.1f} MB freed; "
        f"{report.waiting} more are unused and wait."
    )
