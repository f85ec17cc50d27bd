"""``flask serve``: everything that MovR needs on one machine, until Ctrl-C."""

import ctypes
import errno
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from types import FrameType, ModuleType

import click
import flask_migrate
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from werkzeug.utils import import_string

import config
from webapp.cli import report_errors
from webapp.db.local import local_database
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.riders.notifications.push.vapid import make_push_key
from webapp.settings.environment import find_environment, make_environ
from webapp.settings.local_url import WILDCARD_ADDRESSES, make_local_url

#: How long the web server may take to listen; a busy machine needs more than the usual second.
START_TIMEOUT_S = 60
#: How long the local PostgreSQL may be down before it is started again: a developer who stops it
#: for a moment can see what the application does without it.
RESTART_DELAY_S = 5
#: How long jobs may still take after Ctrl-C in development; elsewhere as long as they need.
DEVELOPMENT_WORKER_GRACE_S = 2
#: How long requests that are being answered may still take after Ctrl-C.
GRACE_S = 3


@click.command("serve")
@click.option("--host", help="Address to listen on. By default HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="By default PORT, else 8000.")
@with_appcontext
@report_errors
def serve(host: str | None, port: int | None) -> None:
    """Bring the database up to date and serve MovR, until Ctrl-C."""
    host = host or current_app.config["HOST"]
    port = port or current_app.config["PORT"]
    with _StopSignals() as stop:
        _check_port(host, port)
        for step in (_find_database, _upgrade_database, make_push_key, _load_demo_once):
            step()
            if stop.asked:
                return
        _serve(host, port, stop)


class _StopSignals:
    """Handles SIGINT, SIGTERM and SIGHUP: the program stops between two steps.

    So no step is left half done. A second signal ends the program at once.
    """

    NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.asked = False
        #: The web server and the worker.
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "_StopSignals":
        self._before = {number: signal.signal(number, self._handle) for number in self.NUMBERS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            for process in self.processes:
                process.kill()
            raise SystemExit(128 + number)
        self.asked = True
        for process in self.processes:
            process.terminate()


def _is_development() -> bool:
    """Tell whether gunicorn will run the development environment; ``app.debug`` is about this
    command only."""
    return find_environment() is config.Development


def _check_port(host: str, port: int) -> None:
    """Refuse a port that is taken before anything is started."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            command = f"PORT={port + 1 if port < 65535 else 8000} ./init.sh"
            raise click.ClickException(
                f"Port {port} is taken; choose another with {command}"
            ) from None
        raise click.ClickException(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


def _find_database() -> None:
    """Start the local PostgreSQL, or make sure that the given database is there."""
    if local := local_database():
        local.ensure_started()
    logging.disable(logging.ERROR)  # the line below says it
    try:
        db.session.scalar(select(1))
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise click.ClickException(f"The database does not answer: {reason}") from None
    finally:
        logging.disable(logging.NOTSET)


def _upgrade_database() -> None:
    logging.disable(logging.INFO)
    try:
        flask_migrate.upgrade()
    finally:
        logging.disable(logging.NOTSET)


def _import_demo() -> ModuleType:
    """Return the module of the demo, which production does not import."""
    module: ModuleType = import_string(current_app.config["DEMO_MODULE"])
    return module


def _load_demo_once() -> None:
    if _is_development() and not catalogue().all():
        demo = _import_demo()
        try:
            demo.load_with_progress()
        except demo.RegionMissing as missing:  # MovR works without the demo
            click.echo(f"No demo: {missing.message}", err=True)


def _serve(host: str, port: int, stop: _StopSignals) -> None:
    server, worker = _start_gunicorn(host, port), _start_worker(host, port)
    stop.processes += server, worker
    if stop.asked:  # between the last step and the line above
        for process in stop.processes:
            process.terminate()
    if _wait_until_open(host, port, server) and not stop.asked:
        click.echo(_open_message(host, port))
    worker = _watch(server, worker, partial(_start_worker, host, port), stop)
    _end_worker(worker)
    if not stop.asked:
        raise click.ClickException("The web server ended by itself; its reason stands above.")


def _end_worker(worker: "subprocess.Popen[bytes]") -> None:
    worker.terminate()
    try:
        worker.wait(DEVELOPMENT_WORKER_GRACE_S if _is_development() else None)
    except subprocess.TimeoutExpired:  # its jobs are run again when their leases end
        worker.kill()
        worker.wait()


def _watch(
    server: "subprocess.Popen[bytes]",
    worker: "subprocess.Popen[bytes]",
    start_worker: Callable[[], "subprocess.Popen[bytes]"],
    stop: _StopSignals,
) -> "subprocess.Popen[bytes]":
    """Wait for the web server's end. Start a local PostgreSQL or a worker again that has ended
    meanwhile: a job may have killed it. Return the worker that runs at the end."""
    local, missing_s = local_database(), 0
    while server.poll() is None:
        try:
            server.wait(timeout=1)
        except subprocess.TimeoutExpired:
            missing_s = 0 if local is None or local.is_running() else missing_s + 1
        if local and missing_s >= RESTART_DELAY_S:
            click.echo("PostgreSQL has ended; starting it again.", err=True)
            local.restart()
        if worker.poll() is not None and not stop.asked:
            click.echo("The worker has ended; starting it again.", err=True)
            worker = start_worker()
            stop.processes.append(worker)
    return worker


def _start_gunicorn(host: str, port: int) -> "subprocess.Popen[bytes]":
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    grace_s = GRACE_S + round(current_app.config["DRAIN_S"])
    options = ["--bind", bind, "--workers", "1", "--graceful-timeout", str(grace_s)]
    options += ["--log-level", "error"]
    if _is_development():
        options.append("--reload")
    return _start(host, port, "gunicorn", *options, "main:app")


def _start_worker(host: str, port: int) -> "subprocess.Popen[bytes]":
    level = current_app.config["LOG_LEVEL"]
    if _is_development() and level == "INFO":
        level = "WARNING"  # the lines of dozens of first jobs would hide how to sign in
    return _start(host, port, "flask", "--app", "main", "work", LOG_LEVEL=level)


def _start(
    host: str, port: int, module: str, *arguments: str, **settings: str
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", module, *arguments],
        cwd=config.ROOT,
        # HOST and PORT, so that links in mails come back here.
        env=make_environ(HOST=host, PORT=port, **settings),
        start_new_session=True,  # Ctrl-C is for us; we pass it on
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )


def _end_with_parent() -> None:
    """Ask Linux to send SIGTERM to this process when its parent dies."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _wait_until_open(host: str, port: int, server: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((WILDCARD_ADDRESSES.get(host, host), port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


def _open_message(host: str, port: int) -> str:
    how, advice = _describe_demo() if _is_development() else ("", "")
    url, how = make_local_url(host, port), how or "sign in with your account"
    return "\n".join(filter(None, [f"MovR is open at {url} — {how} (Ctrl-C stops it)", advice]))


def _describe_demo() -> tuple[str, str]:
    """Return how to sign in to the demo, and what brings missing accounts back; '' and ''."""
    demo = _import_demo()
    logins = demo.find_logins()
    return (demo.describe_logins(logins), demo.describe_missing(logins)) if logins else ("", "")
