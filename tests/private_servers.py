"""A PostgreSQL or Redis server of a test's own, to be stopped and started again."""

import importlib.util
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Self

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


class PrivateServer:
    """Made empty, not running. It keeps its port from one start to the next."""

    name = ""
    """As `scripts/services.py` calls it."""

    def __init__(self) -> None:
        self._services = _services()
        # Not below tmp_path, which other users than the caller cannot enter; servers refuse to run as root.
        self._home = tempfile.TemporaryDirectory(prefix=f"ipcu-{self.name}-", ignore_cleanup_errors=True)
        Path(self._home.name).chmod(0o711)
        self._directory = Path(self._home.name) / self.name
        self._directory.mkdir()
        self._plan = self._services.SERVICES[self.name].prepare(self._directory, free_port)
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
        wait_for(self._is_healthy, f"the start of {self.name}")

    def stop(self) -> None:
        """As an administrator stops it: connections are cut."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)
            self._process = None

    def _is_healthy(self) -> bool:
        try:
            return bool(self._plan.is_healthy())
        except OSError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._home.cleanup()


class PrivatePostgres(PrivateServer):
    """With an empty database."""

    name = "postgres"


class PrivateRedis(PrivateServer):
    """Forgets everything when it is stopped."""

    name = "redis"
