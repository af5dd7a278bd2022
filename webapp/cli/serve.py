"""`ipcu serve` and `ipcu worker`."""

import logging
import signal
import threading
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from core.errors import Unavailable
from core.settings import Settings, load_settings
from webapp.app import create_app
from webapp.cli.common import running
from webapp.runtime import build_runtime

log = logging.getLogger(__name__)


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, configured from our settings. The world is built in each server process, never in its parent."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options = {
            "bind": f"{settings.host}:{settings.port}",
            "workers": settings.workers,
            "worker_class": "gthread",
            "threads": settings.threads,
            "timeout": 120,
            "graceful_timeout": 20,
            "max_requests": 0,
            "loglevel": settings.log_level.lower(),
            "control_socket_disable": True,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        runtime = build_runtime(self._settings, web=True)
        runtime.start()
        return create_app(runtime)


@click.command()
@click.option("--host", help="Address to listen on; IPCU_HOST otherwise.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; IPCU_PORT otherwise.")
@click.option("--workers", type=click.IntRange(1, 64), help="Server processes; IPCU_WORKERS otherwise.")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the site with a production server (Gunicorn)."""
    given = {"host": host, "port": port, "workers": workers}
    settings = load_settings().model_copy(update={name: value for name, value in given.items() if value})
    logging.basicConfig(level=settings.log_level)
    click.echo(f"Knowledge Exchange on http://{settings.host}:{settings.port}/  (stop with Ctrl-C)", err=True)
    _Server(settings).run()


@click.command()
@click.option("--once", is_flag=True, help="Do what is waiting and end.")
def worker(once: bool) -> None:
    """Index what changed, extract texts, and compare index and database now and then."""
    stop = threading.Event()
    with running() as runtime:
        logging.basicConfig(level=runtime.settings.log_level)
        if once:
            click.echo(runtime.indexer.run_pending())
            return
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stop.set())
        click.echo("Worker started (stop with Ctrl-C)", err=True)
        next_check = runtime.clock.now().timestamp() + runtime.settings.verify_hours * 3600
        while not stop.is_set():
            try:
                runtime.indexer.run_pending()
                if runtime.clock.now().timestamp() >= next_check:
                    runtime.indexer.verify()
                    next_check += runtime.settings.verify_hours * 3600
            except Unavailable as error:
                log.warning("%s", error)
            stop.wait(runtime.settings.drain_seconds)
