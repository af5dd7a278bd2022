"""What the commands share: the runtime, progress bars, and acting as a person."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Task as RichTask
from rich.text import Text
from sqlmodel import Session

from core.access import Viewer, viewer_of
from core.errors import Invalid
from core.people import find_user_by_email
from core.settings import load_settings
from webapp.runtime import Runtime, build_runtime

console = Console(stderr=True)


@contextmanager
def running() -> Iterator[Runtime]:
    """A runtime for one command, closed at its end. The embedding model may use all cores."""
    runtime = build_runtime(load_settings(), web=False)
    try:
        yield runtime
    finally:
        runtime.close()


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: RichTask) -> Text:
        """Units per second, once known."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="dim")


class Bar:
    """A progress bar with rate and time left; on something that is no terminal it prints a line now and then."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            transient=False,
        )
        self._task: TaskID | None = None
        self._printed = -1

    def __enter__(self) -> "Bar":
        if console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if console.is_terminal:
            self._progress.stop()

    def update(self, done: int, total: int, note: str = "") -> None:
        """Show how far it is."""
        if not console.is_terminal:
            self._print(done, total)
            return
        if self._task is None:
            self._task = self._progress.add_task(self._label, total=total, note="")
        self._progress.update(self._task, completed=done, total=total, note=note[-40:])

    def _print(self, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 10
        if tenth != self._printed:
            self._printed = tenth
            click.echo(f"{self._label}: {done} of {total}", err=True)


def viewer_for(session: Session, email: str) -> Viewer:
    """The viewer behind an address. Raises Invalid for an unknown or disabled account."""
    user = find_user_by_email(session, email)
    if user is None or not user.is_active:
        raise Invalid(f"Nobody active has the address {email}.")
    return viewer_of(session, user)
