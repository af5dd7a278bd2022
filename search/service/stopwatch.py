"""How long each stage of a search took."""

import time


class Stopwatch:
    """Runs from its making."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        """Milliseconds by stage."""
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """A stage ends here and the next one begins."""
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 2)
        self._last = now
