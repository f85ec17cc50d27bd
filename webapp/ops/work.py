"""``flask work``: run jobs, until it is told to stop."""

import logging
import signal
from collections.abc import Sequence
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from prometheus_client import start_http_server
from sqlalchemy.exc import DBAPIError

from webapp.cli import report_errors
from webapp.db.errors import is_unavailable
from webapp.errors import DomainError
from webapp.observability.error_reports import flush_reports
from webapp.observability.execution import enter
from webapp.ops.celery.dispatcher import Dispatcher
from webapp.ops.celery.setting import make_broker
from webapp.ops.jobs.loop import CannotDispatch, ClaimLoop
from webapp.ops.jobs.worker import Worker
from webapp.regions.catalogue import local_region
from webapp.regions.data_regions import list_data_regions
from webapp.regions.placement import (
    group_cities_by_region,
    has_regions,
    make_maintenance_engine,
)
from webapp.regions.regional_database import RegionalDatabase

log = logging.getLogger(__name__)


@click.command("work")
@click.option(
    "--region",
    "regions",
    multiple=True,
    help="Run the jobs of this region; may be given several times. By default those of all.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 100),
    help="By default WORK_THREADS. With CELERY_BROKER_URL, jobs are dispatched to Celery instead.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="Serve the metrics of this worker on this port. Nobody outside may reach it.",
)
@click.option(
    "--metrics-address",
    default="127.0.0.1",
    show_default=True,
    help="The address of that port.",
)
@click.option("--once", is_flag=True, help="End when no job is due.")
@with_appcontext
@report_errors
def work(
    regions: Sequence[str],
    threads: int | None,
    metrics_port: int | None,
    metrics_address: str,
    once: bool,
) -> None:
    """Run jobs such as mails, until Ctrl-C or SIGTERM.

    Where the database has several regions, run workers in each, with --region. With
    CELERY_BROKER_URL it dispatches them to Celery workers, which run them.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    check_job_regions(regions)

    def list_regions() -> list[str]:
        return list(regions) or list_data_regions()

    if once:
        list_data_regions()  # raises what the worker survives: a database that does not answer
    loop: Worker | Dispatcher
    if app.config["CELERY_BROKER_URL"]:
        loop = Dispatcher(app, list_regions, make_broker(app))
    else:
        loop = Worker(app, list_regions, _check_threads(app, threads))
    if metrics_port:
        _serve_metrics(metrics_address, metrics_port)
    _stop_at_signals(loop)
    previous = enter(None)  # the trace of a command would never end, and grow with each job
    try:
        loop.run(until_idle=once)
    except CannotDispatch as error:
        raise click.ClickException(f"{error} So far: {loop.summary()}.") from None
    finally:
        enter(previous)
        flush_reports()
    if once:
        click.echo(loop.summary())


class UnknownJobRegions(DomainError):
    """No city, no setting and no database has these regions; the message lists those that exist."""

    def __init__(self, unknown: list[str], existing: set[str]) -> None:
        super().__init__()
        self.message = (
            f"There is no region {', '.join(unknown)}, only: {', '.join(sorted(existing))}."
        )


def check_job_regions(regions: Sequence[str]) -> None:
    """Raise UnknownJobRegions for a region that neither a city, the setting REGION nor the database
    names. While the database does not answer, any is accepted: workers wait for it."""
    if not regions:
        return
    try:
        existing = _read_regions()
    except DBAPIError as error:
        if not is_unavailable(error):
            raise
        log.warning("cannot check the regions: the database does not answer")
        return
    if unknown := [region for region in regions if region not in existing]:
        raise UnknownJobRegions(unknown, existing)


def _read_regions() -> set[str]:
    existing = {current_app.config["REGION"], local_region(), *group_cities_by_region()}
    if has_regions():
        existing |= set(RegionalDatabase(make_maintenance_engine()).read_regions().database_regions)
    return existing


def _check_threads(app: Flask, threads: int | None) -> int:
    """Return the number of threads. Refuse more than find a connection: each uses one, the loop one
    more."""
    thread_count: int = threads or app.config["WORK_THREADS"]
    pool_size: int = app.config["DATABASE_POOL_SIZE"]
    if thread_count >= pool_size:
        raise click.ClickException(
            f"{thread_count} threads need {thread_count + 1} connections to the database, and"
            f" DATABASE_POOL_SIZE is {pool_size}. Raise it, or use fewer threads."
        )
    return thread_count


def _serve_metrics(address: str, port: int) -> None:
    try:
        start_http_server(port, address)
    except OSError as error:
        raise click.ClickException(
            f"Cannot serve metrics on {address}:{port}: {error.strerror}."
        ) from None


def _stop_at_signals(loop: ClaimLoop) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        loop.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
