"""Progress of everything that takes longer than a second: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.text import Text

EVERY = 5.0
"""Seconds between two lines where there is no terminal."""
NOTE = 48


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: RichTask) -> Text:
        """Units per second, once known."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="dim")


@dataclass(slots=True)
class _Phase:
    """One part of the work, with its own count."""

    began: float
    first: int
    printed: float
    is_done: bool = False
    task: TaskID | None = None


class Bar:
    """Progress with rate and time left. Work in several phases gets a bar, or lines, for each of them.

    It is there from the first moment: before anything is counted it says that it has begun.
    """

    def __init__(
        self, label: str, *, clock: Callable[[], float] = time.monotonic, console: Console | None = None
    ) -> None:
        self._label = label
        self._clock = clock
        self._console = console or Console(stderr=True)
        self._phases: dict[str, _Phase] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[note]}"),
            console=self._console,
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    def update(self, done: int, total: int, note: str = "") -> None:
        """How far it is; `note` says what is at hand."""
        self._show("", done, total, note)

    def step(self, done: int, total: int, phase: str) -> None:
        """How far one phase of the work is: what the indexer reports."""
        self._show(phase, done, total, "")

    def _show(self, name: str, done: int, total: int, note: str) -> None:
        now = self._clock()
        phase = self._phases.get(name)
        if phase is None:
            phase = self._phases[name] = _Phase(now, done, float("-inf"))
        label = f"{self._label}, {name}" if name else self._label
        if not self._console.is_terminal:
            self._print(phase, label, done, total)
            return
        if phase.task is None:
            phase.task = self._progress.add_task(escape(label), total=total, note="")
        self._progress.update(phase.task, completed=done, total=total, note=escape(note[-NOTE:]))

    def _print(self, phase: _Phase, label: str, done: int, total: int) -> None:
        now = self._clock()
        if phase.is_done or (done < total and now - phase.printed < EVERY):
            return
        phase.printed, phase.is_done = now, done >= total
        spent, made = now - phase.began, done - phase.first
        rate = made / spent if spent > 0 else 0.0
        pace = f", {rate:.1f}/s" if rate else ""
        left = f", {(total - done) / rate:.0f} s left" if rate and done < total else ""
        click.echo(f"{label}: {done} of {total}{pace}{left}", err=True)
