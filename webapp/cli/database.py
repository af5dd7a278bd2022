"""`ipcu database upgrade`."""

import click

from core.settings import Settings, load_settings
from webapp.cli.common import need_directory, say
from webapp.migrations import upgrade as upgrade_database


@click.group()
def database() -> None:
    """The database."""


@database.command()
def upgrade() -> None:
    """Bring the database to the schema of this version; creates it when it is not there."""
    prepare_database(load_settings())
    say("The database is up to date.")


def prepare_database(settings: Settings) -> None:
    """Make the data directory and bring the database to this version."""
    need_directory(settings)
    upgrade_database(settings.database)
