"""`ipcu`, the command line. Commands share one lazily built runtime; those that need no model never import torch."""

import os
import signal
from typing import NoReturn

import click
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.errors import DomainError
from core.private import PRIVATE_UMASK
from core.settings import SettingsError
from webapp import installed_version
from webapp.cli.audit import audit
from webapp.cli.database import database, files
from webapp.cli.demo import demo
from webapp.cli.doctor import doctor
from webapp.cli.evaluate import evaluate
from webapp.cli.index import index
from webapp.cli.organisation import organisation
from webapp.cli.search import search
from webapp.cli.serve import scheduler, serve, worker
from webapp.cli.user import user
from webapp.composition import build_runtime
from webapp.parts import PARTS
from webapp.terminal.common import Program

FAILED, STOPPED, TERMINATED = 1, 130, 143
"""Exit statuses; wrong usage is Click's 2."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(installed_version())
def cli() -> None:
    """The IPCU Knowledge Exchange."""


COMMANDS = (
    serve,
    worker,
    scheduler,
    index,
    organisation,
    user,
    demo,
    search,
    evaluate,
    audit,
    database,
    files,
    doctor,
)
for command in (*COMMANDS, *(one for part in PARTS for one in part.commands)):
    cli.add_command(command)


def main() -> NoReturn:
    """Entry point: whatever a person, a machine or the data can do wrong is one line and a status, not a traceback."""
    signal.signal(signal.SIGTERM, _terminate)
    os.umask(PRIVATE_UMASK)
    try:
        # Without its own error handling Click returns the status that a command asked for.
        status = cli(prog_name="ipcu", standalone_mode=False, obj=Program(PARTS, build_runtime))
    except (DomainError, SettingsError) as error:
        _fail(str(error))
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except click.Abort:
        click.echo("ipcu: stopped", err=True)
        raise SystemExit(STOPPED) from None
    except SQLAlchemyError as error:
        _fail(f"The database does not work: {_reason(error)}.")
    except ImportError as error:
        # A database or a service was chosen whose driver is an extra.
        _fail(f"A package is missing: {error}.")
    except OSError as error:
        _fail(f"{error.filename or 'the system'}: {error.strerror or error}")
    raise SystemExit(status if isinstance(status, int) else 0)


def _fail(message: str) -> NoReturn:
    click.echo(f"ipcu: {message}", err=True)
    raise SystemExit(FAILED) from None


def _reason(error: SQLAlchemyError) -> str:
    """What the driver says, on one line, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return " ".join(str(cause).split()) or type(error).__name__


def _terminate(*_: object) -> NoReturn:
    # An exception, so that what a command holds (marks, locks, child processes) is given back on the way out.
    raise SystemExit(TERMINATED)
