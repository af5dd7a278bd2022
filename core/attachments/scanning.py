"""The virus check: a program of the administrator's choice looks at every upload before anything names it."""

import logging
import shlex
import subprocess
from pathlib import Path

from core.errors import Invalid, Message, Unavailable

log = logging.getLogger(__name__)

CLEAN, INFECTED = 0, 1
"""Exit statuses, as `clamscan` and `clamdscan` have them."""


class Scanner:
    """Runs the command with the path of the file as last argument. Without a command everything is clean."""

    def __init__(self, command: str = "", *, seconds: float = 120) -> None:
        self._command = shlex.split(command)
        self._seconds = seconds

    def check(self, path: Path) -> None:
        """Return for a clean file. Raises Invalid for an infected one, Unavailable when the program cannot tell.

        It may take long: call it outside of any unit of work.
        """
        if not self._command:
            return
        try:
            done = subprocess.run(
                [*self._command, str(path.resolve())],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._seconds,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.error("uploads cannot be checked for viruses: %s", error)
            raise Unavailable(_UNCHECKED) from error
        if done.returncode == CLEAN:
            return
        if done.returncode == INFECTED:
            log.warning("an upload was refused by the virus check")
            message = Message("The virus check refused this file. Nothing was stored.")
            raise Invalid(message, {"file": message})
        log.error("uploads cannot be checked for viruses: the program ended with status %s", done.returncode)
        raise Unavailable(_UNCHECKED)


_UNCHECKED = Message(
    "The file could not be checked for viruses, so it was not stored. Please try again later, or tell the administrator."
)
