"""`ipcu forums recount`."""

import click
from sqlmodel import col, select

from forums.models import Thread
from forums.service.recounting import recount_all
from webapp.terminal.common import running, say


@click.group()
def forums() -> None:
    """Dialogues: spaces, categories, threads."""


@forums.command("recount")
def recount() -> None:
    """Count the posts of all threads anew and say how many counts were wrong. Harmless at any time."""
    with running() as runtime:
        with runtime.reading() as session:
            ids = list(session.exec(select(Thread.id).order_by(col(Thread.id))))
        with runtime.work() as work:
            wrong = recount_all(work)
    say(f"{len(ids)} threads looked at, {wrong} counts put right.")
