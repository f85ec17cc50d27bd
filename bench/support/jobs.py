"""Workers that a benchmark starts, and the rows of their jobs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import Celery
from flask import Flask
from sqlalchemy import Engine, create_engine, make_url, text

import config
from bench.support.job_worker import BARE_TASK, NOOP
from tests.redis_server import RedisServer
from webapp.jobs.kinds import Priority
from webapp.ops.celery.application import make_queue_name

REGION = "us-east1"
BARE_QUEUE = make_queue_name(Priority.NORMAL)
#: Writes jobs of NOOP that are due, or that wait for tomorrow.
FILL = """
    INSERT INTO jobs (region, id, kind, payload, priority, due_at)
    SELECT :region, gen_random_uuid(), :kind, '{}', 1, now() + make_interval(days => :days)
    FROM generate_series(1, :number)"""
COUNT_OPEN = """
    SELECT count(*) FROM jobs
    WHERE done_at IS NULL AND due_at < now() + interval '1 hour' AND kind LIKE :kind"""


def start_worker(app: Flask, **settings: object) -> "subprocess.Popen[bytes]":
    """Start ``flask work`` on the database of the application."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "bench.support.job_worker", "work", f"--region={REGION}"],
        cwd=config.ROOT,
        env={**os.environ, "MOVR_BENCH_SETTINGS": _worker_settings(app, **settings)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _worker_settings(app: Flask, **settings: object) -> str:
    url = make_url(app.config["DATABASE_URL"]).render_as_string(hide_password=False)
    defaults = {"DATABASE_URL": url, "DATABASE_POOL_SIZE": 5, "WORK_POLL_S": 0.1}
    return json.dumps({**defaults, **settings})


def start_celery(app: Flask, redis: RedisServer, starts: Path) -> "subprocess.Popen[bytes]":
    """Start a Celery worker with four processes, which write down when jobs start."""
    options = "-A bench.support.celery_worker worker --concurrency 4 --without-mingle"
    settings = _worker_settings(app, CELERY_BROKER_URL=redis.url)
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "celery", *options.split()],
        cwd=config.ROOT,
        env={**os.environ, "MOVR_BENCH_SETTINGS": settings, "MOVR_BENCH_STARTS": str(starts)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def stop_celery(worker: "subprocess.Popen[bytes]") -> None:
    """End a Celery worker with its processes."""
    worker.send_signal(signal.SIGCONT)
    worker.terminate()
    worker.wait()


def send_bare_messages(redis: RedisServer, number: int) -> None:
    """Send messages of the task that needs no rows."""
    celery = Celery(broker=redis.url, set_as_current=False)
    celery.conf.broker_transport_options = {"priority_steps": [0]}
    with celery.connection_for_write() as connection, connection.Producer() as producer:
        for _ in range(number):
            celery.send_task(BARE_TASK, queue=BARE_QUEUE, producer=producer, ignore_result=True)


def stop_worker(worker: "subprocess.Popen[bytes]") -> None:
    worker.kill()
    worker.wait()


@contextmanager
def open_admin(app: Flask) -> Iterator[Engine]:
    """Connections that are not of the application."""
    engine = create_engine(app.config["DATABASE_URL"], isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


def fill(admin: Engine, number: int, days: int = 0) -> None:
    """Write jobs that do nothing, due in some days."""
    with admin.connect() as connection:
        values = {"region": REGION, "kind": NOOP.name, "number": number, "days": days}
        connection.execute(text(FILL), values)


def count_open(admin: Engine, kind: str = "%") -> int:
    """Return how many jobs are due or running, of a kind or of all."""
    with admin.connect() as connection:
        number: int = connection.execute(text(COUNT_OPEN), {"kind": kind}).scalar_one()
    return number


def delete_jobs(admin: Engine) -> None:
    """Delete the jobs that the rows of the city have caused."""
    with admin.connect() as connection:
        connection.execute(text("DELETE FROM jobs"))
