"""What the commands share: the runtime, a database that fits, logging, and acting as a person."""

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from pydantic import ValidationError
from sqlmodel import Session

from core.access import SYSTEM, Viewer, viewer_of
from core.errors import Invalid, Unavailable
from core.people import find_user_by_email
from core.private import make_private
from core.settings import Settings, load_settings
from webapp.migrations import Schema, schema
from webapp.part import Part
from webapp.runtime import Runtime

OURS = ("core", "indexer", "search", "webapp")
"""Packages whose log records are wanted at the level of the settings, beside those of the parts; of others only warnings are."""


@dataclass(frozen=True, slots=True)
class Program:
    """What the entry point gives to every command, as the context's object: commands of parts must not name the parts."""

    parts: tuple[Part, ...]
    build: Callable[..., Runtime]
    """`webapp.composition.build_runtime`."""


@contextmanager
def running(*, any_database: bool = False, log: bool = False) -> Iterator[Runtime]:
    """A runtime for one command, closed at its end. The embedding model may use all cores.

    Raises Unavailable when there is no database of this version, unless `any_database` is wanted. `log` is for what
    runs on: it keeps a log as the server does, where a command only says what is wrong.
    """
    settings = load_settings()
    if settings.data_dir.exists():
        # Before the database in it is opened, which would say less. A directory that is not there is not made for nothing.
        need_directory(settings)
    if not any_database:
        need_database(settings)
    need_directory(settings)
    start_logging(settings.log_level if log else "WARNING", traces=log)
    program = click.get_current_context().find_object(Program)
    assert program is not None
    runtime = program.build(settings, web=False, parts=program.parts)
    try:
        yield runtime
    finally:
        runtime.close()


def need_directory(settings: Settings) -> None:
    """Make the data directory, private to its owner. Raises Unavailable when it cannot be made or written."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        make_private(settings.data_dir)
        tempfile.TemporaryFile(dir=settings.data_dir).close()
    except OSError as error:
        raise Unavailable(
            f"The data directory {settings.data_dir} cannot be used: {error.strerror}. IPCU_DATA_DIR says where it is."
        ) from error


def need_database(settings: Settings) -> None:
    """Raise Unavailable, with the remedy, when the database is not there yet or is older than this program."""
    state = schema(settings.database)
    if state is Schema.MISSING:
        raise Unavailable(
            f"There is no database yet ({_shown(settings)}). Run `ipcu database upgrade`; IPCU_DATA_DIR says where it is."
        )
    if state is Schema.OLDER:
        raise Unavailable("The database is of an older version of this program. Run `ipcu database upgrade`.")


def _shown(settings: Settings) -> str:
    return "IPCU_DATABASE_URL" if settings.database_url else str(settings.data_dir)


class _OneLine(logging.Formatter):
    """Says what went wrong without the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, and the class of the exception with its text."""
        error = record.exc_info[1] if record.exc_info else None
        return f"{record.getMessage()}: {type(error).__name__}: {error}" if error else record.getMessage()


def start_logging(level: str, *, traces: bool = True) -> None:
    """Write our records from `level` on, and the warnings of others, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s") if traces else _OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    program = click.get_current_context().find_object(Program)
    parts = program.parts if program else ()
    for name in (*OURS, *(part.name for part in parts)):
        logging.getLogger(name).setLevel(level)


def viewer_for(session: Session, email: str) -> Viewer:
    """The viewer behind an address. Raises Invalid for an unknown or disabled account."""
    user = find_user_by_email(session, email)
    if user is None or not user.is_active:
        raise Invalid("Nobody active has the address %(email)s.", email=email)
    return viewer_of(session, user)


acting = click.option(
    "--as", "actor", default="", metavar="EMAIL", help="Who does it, for policy and audit trail. Default: the system."
)
"""The option of commands that change who may do what."""


def acting_viewer(session: Session, actor: str) -> Viewer:
    """The named person, or the system itself. Raises Invalid for an unknown or disabled account."""
    return viewer_for(session, actor) if actor else SYSTEM


def in_words(error: ValidationError) -> str:
    """The first thing a draft refuses, on one line."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    said = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def say(text: str) -> None:
    """Something for the person at the terminal that is not the command's result."""
    click.echo(text, err=True)
