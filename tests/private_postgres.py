"""A PostgreSQL server of a test's own, to be stopped and started again."""

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from tests.functional.processes import PATIENCE, free_port, wait_for

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "services_of.py"


def _services() -> ModuleType:
    spec = importlib.util.spec_from_file_location("services_of", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


class PrivatePostgres:
    """Made with an empty database, not running."""

    def __init__(self, directory: Path) -> None:
        self._services = _services()
        directory.mkdir()
        self._directory = directory
        self._plan = self._services.postgres(directory, free_port)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return str(self._plan.address)

    def start(self) -> None:
        """Return once it answers."""
        with (self._directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._plan.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                start_new_session=True,
                **self._services.as_user(self._plan.user),
            )
        wait_for(self._plan.is_healthy, "the start of PostgreSQL")

    def stop(self) -> None:
        """As an administrator stops it: connections are cut."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)
            self._process = None

    def __enter__(self) -> "PrivatePostgres":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
