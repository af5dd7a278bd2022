"""`ipcu`, the command line. Commands share one lazily built runtime; those that need no model never import torch."""

import click

from core.errors import DomainError
from core.settings import SettingsError
from webapp.cli.audit import audit
from webapp.cli.database import database
from webapp.cli.demo import demo
from webapp.cli.doctor import doctor
from webapp.cli.index import index
from webapp.cli.library import library
from webapp.cli.search import search
from webapp.cli.serve import serve, worker
from webapp.cli.user import user


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ipcu-knowledge-exchange")
def cli() -> None:
    """The IPCU Knowledge Exchange."""


for command in (serve, worker, index, user, library, demo, search, audit, database, doctor):
    cli.add_command(command)


def main() -> None:
    """Entry point: domain and settings errors are one line, not a traceback."""
    try:
        cli(standalone_mode=False)
    except (DomainError, SettingsError) as error:
        click.echo(f"ipcu: {error}", err=True)
        raise SystemExit(1) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except click.Abort:
        click.echo("ipcu: stopped", err=True)
        raise SystemExit(130) from None
