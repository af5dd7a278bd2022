"""`ipcu database upgrade`."""

import click

from core.settings import load_settings
from webapp.migrations import upgrade as upgrade_database


@click.group()
def database() -> None:
    """The database."""


@database.command()
def upgrade() -> None:
    """Bring the database to the schema of this version; creates it when it is not there."""
    settings = load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade_database(settings.database)
    click.echo("The database is up to date.", err=True)
