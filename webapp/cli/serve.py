"""`ipcu serve`, `ipcu worker` and `ipcu scheduler`."""

import gc
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from werkzeug.serving import WSGIRequestHandler, make_server

from core.errors import Unavailable
from core.jobs.schedule import Scheduler
from core.jobs.worker import JobWorker
from core.settings import Settings, load_settings
from webapp.app import compile_templates, create_app
from webapp.cli.alive import Alive
from webapp.cli.database import prepare_database
from webapp.composition import build_queue, build_runtime, periods
from webapp.exposition.page import SharedNumbers
from webapp.metrics.recording import Metrics
from webapp.part import Parts
from webapp.parts import PARTS
from webapp.runtime import Runtime
from webapp.terminal.common import need_database, need_directory, running, say, start_logging
from webapp.views.metrics import metrics_app

GRACE = 20
"""Seconds that requests at hand get to end when the server is stopped."""
STARTED = "Worker started (stop with Ctrl-C)"


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, configured from our settings. The world is built in each server process, never in its parent."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runtime: Runtime | None = None
        # Made here, in the parent: every process adds to it, whichever is asked sums up.
        self._numbers = SharedNumbers() if settings.metrics_token.get_secret_value() else None
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options = {
            "bind": f"{_bracketed(settings.host)}:{settings.port}",
            "workers": settings.workers,
            "worker_class": "gthread",
            "threads": settings.threads,
            "timeout": 120,
            "graceful_timeout": GRACE,
            "max_requests": 0,
            "loglevel": settings.log_level.lower(),
            "control_socket_disable": True,
            # By default Gunicorn lets a proxy on this machine, and so whoever it forwards, set SCRIPT_NAME and PATH_INFO.
            "forwarder_headers": "",
            "worker_exit": lambda _server, _worker: self._close(),
            "child_exit": lambda _server, process: self._forget(process.pid),
            "on_exit": lambda _server: self._end(),
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        metrics = Metrics(self._numbers.directory) if self._numbers else None
        self._runtime = build_runtime(self._settings, web=True, metrics=metrics)
        self._runtime.start()
        app = create_app(self._runtime)
        threading.Thread(target=get_ready, args=[app, self._runtime], name="ipcu-get-ready", daemon=True).start()
        return app

    def _close(self) -> None:
        """In the server process, when it has answered its last request."""
        if self._runtime is not None:
            self._runtime.close()

    def _forget(self, pid: int) -> None:
        """In the parent, when one of the server processes has ended."""
        if self._numbers is not None:
            self._numbers.forget_process(pid)

    def _end(self) -> None:
        """In the parent, when all of them have."""
        if self._numbers is not None:
            self._numbers.remove()


def get_ready(app: Flask, runtime: Runtime) -> None:
    """Do what the first pages would wait for, once the model is there or cannot be.

    What exists by then stays, so it is left out of garbage collection: looking through it took 120 ms of one page in three hundred.
    """
    compile_templates(app)
    runtime.warm_up()
    runtime.rehearse()
    gc.collect()
    gc.freeze()


@click.command()
@click.option("--host", help="Address to listen on; IPCU_HOST otherwise.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; IPCU_PORT otherwise.")
@click.option("--workers", type=click.IntRange(1, 64), help="Server processes; IPCU_WORKERS otherwise.")
@click.option("--prepare", is_flag=True, help="First make or upgrade the database; a demo instance also gets its demo.")
def serve(host: str | None, port: int | None, workers: int | None, prepare: bool) -> None:
    """Serve the site with a production server (Gunicorn)."""
    given = {"host": host, "port": port, "workers": workers}
    settings = load_settings().model_copy(update={name: value for name, value in given.items() if value})
    start_logging(settings.log_level)
    _need_address(settings.host, settings.port, "IPCU_PORT")
    if prepare or settings.data_dir.exists():
        need_directory(settings)
    if prepare:
        _prepare(settings)
    need_database(settings)
    address = f"http://{_bracketed(settings.host)}:{settings.port}/"
    say(f"Knowledge Exchange on {address} (stop with Ctrl-C)")
    _Server(settings).run()


def _prepare(settings: Settings) -> None:
    prepare_database(settings)
    if not settings.demo:
        return
    # In a process of its own: it loads the model, whose threads must not be there when Gunicorn forks.
    ipcu = [sys.executable, "-c", "from webapp.cli.program import main; main()"]
    status = subprocess.run([*ipcu, "demo", "load", "--if-empty"], check=False).returncode
    if status:
        raise click.exceptions.Exit(status)


def _need_address(host: str, port: int, setting: str) -> None:
    """Raise Unavailable when nobody can listen there: Gunicorn would try for five seconds and tell a longer story."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        reason = str(error.strerror or error).partition(" (while")[0]
        raise Unavailable(
            f"The server cannot listen on {host} port {port}: {reason}. IPCU_HOST and {setting} choose another address."
        ) from error


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@click.command()
@click.option("--burst", "--once", "is_burst", is_flag=True, help="Do what is waiting and end.")
def worker(is_burst: bool) -> None:
    """Index what changed, extract texts, and compare index and database now and then.

    With IPCU_REDIS_URL it does what servers and the scheduler ask for; any number of workers may run.
    """
    with running(log=True) as runtime:
        if is_burst and not runtime.settings.redis_url:
            click.echo(runtime.indexer.run_all())
            return
        with _metrics_served(runtime):
            if runtime.settings.redis_url:
                _work_for_redis(runtime, is_burst=is_burst)
            else:
                _work_alone(runtime)
    say("Worker stopped")


class _Quiet(WSGIRequestHandler):
    """No line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@contextmanager
def _metrics_served(runtime: Runtime) -> Iterator[None]:
    """While the block runs, /metrics of this process is on a port of its own, if one is set."""
    settings = runtime.settings
    if not settings.metrics_port:
        yield
        return
    _need_address(settings.host, settings.metrics_port, "IPCU_METRICS_PORT")
    server = make_server(
        settings.host, settings.metrics_port, metrics_app(runtime), threaded=True, request_handler=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, name="ipcu-metrics-port", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _work_alone(runtime: Runtime) -> None:
    stop = _stop_by_signal()
    runtime.start()
    say(STARTED)
    with Alive(runtime.settings.alive_file):
        stop.wait()


def _work_for_redis(runtime: Runtime, *, is_burst: bool) -> None:
    runtime.check_engine()
    # Once, before the first job: a job that waited for the model would be written twice.
    runtime.warm_up()
    worker = JobWorker(
        build_queue(runtime.settings, runtime.parts),
        runtime.table,
        on_start=lambda: say(STARTED),
        on_stop=runtime.indexer.stop,
    )
    with Alive(runtime.settings.alive_file):
        worker.run(burst=is_burst)


@click.command()
def scheduler() -> None:
    """Wake the workers for periodic work. Several may run: each piece is asked for once."""
    settings = load_settings()
    if not settings.redis_url:
        raise Unavailable("IPCU_REDIS_URL is not set. Without it servers and workers see to periodic work themselves.")
    start_logging(settings.log_level)
    stop = _stop_by_signal()
    say("Scheduler started (stop with Ctrl-C)")
    with Alive(settings.alive_file):
        parts = Parts(PARTS)
        Scheduler(build_queue(settings, parts), periods(settings, parts)).run(stop)
    say("Scheduler stopped")


def _stop_by_signal() -> threading.Event:
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    return stop
