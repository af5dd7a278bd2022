"""A sign of life for whoever looks after a process that serves no HTTP: the time of a file."""

import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)

BEAT_SECONDS = 10.0


class Alive:
    """`with Alive(path):` touches the file at once and every few seconds, and removes it at the end. Without a path it does nothing.

    It says that the process runs, not that what it needs is there: a process must not be ended because Redis is away.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="ipcu-alive", daemon=True)

    def __enter__(self) -> Self:
        if self._path is not None:
            self._path.touch()
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is not None:
            self._stop.set()
            self._thread.join(timeout=BEAT_SECONDS)
            self._path.unlink(missing_ok=True)

    def _beat(self) -> None:
        while self._path is not None and not self._stop.wait(BEAT_SECONDS):
            try:
                self._path.touch()
            except OSError as error:
                log.warning("%s cannot be touched: %s", self._path, error.strerror)
