"""What a Celery worker needs besides its task: our logs, its own connections, and metrics."""

from typing import Any

import click
from celery import Celery, bootsteps, signals
from flask import Flask
from kombu.transport.virtual.base import Channel
from prometheus_client import multiprocess, start_http_server

from webapp.extensions import db
from webapp.observability import tracing
from webapp.observability.error_reports import flush_reports
from webapp.observability.metrics import has_shared_files, make_process_registry


class MetricsServer(bootsteps.StartStopStep):
    """Serves the metrics of all processes of the worker, for ``--metrics-port``."""

    #: After the processes are forked.
    requires = {"celery.worker.components:Pool"}

    def __init__(
        self,
        parent: Any,
        metrics_port: int | None = None,
        metrics_address: str = "127.0.0.1",
        **options: Any,
    ) -> None:
        super().__init__(parent, **options)
        self.port, self.address = metrics_port, metrics_address
        if metrics_port and not has_shared_files():
            message = (
                "--metrics-port needs PROMETHEUS_MULTIPROC_DIR, an empty folder for its processes."
            )
            raise click.ClickException(message)

    def start(self, parent: Any) -> None:
        if self.port:
            start_http_server(self.port, self.address, make_process_registry())


def add_worker_options(celery: Celery) -> None:
    """Add our options to ``celery worker``."""
    celery.user_options["worker"].add(
        click.Option(
            ("--metrics-port",),
            type=click.IntRange(1, 65535),
            help="Serve the metrics of this worker on this port. Nobody outside may reach it.",
        )
    )
    celery.user_options["worker"].add(
        click.Option(("--metrics-address",), default="127.0.0.1", help="The address of that port.")
    )


def configure_worker(celery: Celery, app: Flask) -> None:
    """Prepare this process for running a Celery worker."""
    # Messages that are not acknowledged need not be put back in Redis, since their jobs come back.
    # At a lost connection it would fail.
    Channel.do_restore = False
    add_worker_options(celery)
    celery.steps["worker"].add(MetricsServer)

    def keep_logging(**_: Any) -> None:
        """With a receiver of this signal, Celery leaves logging to us."""

    def begin_process(**_: Any) -> None:
        """Let this process, a fork, use no connection of the one that it was forked from."""
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose(close=False)

    def end_process(pid: int, **_: Any) -> None:
        with app.app_context():
            flush_reports()
        tracing.flush()
        if has_shared_files():
            multiprocess.mark_process_dead(pid)

    signals.setup_logging.connect(keep_logging, weak=False)
    signals.worker_process_init.connect(begin_process, weak=False)
    signals.worker_process_shutdown.connect(end_process, weak=False)
