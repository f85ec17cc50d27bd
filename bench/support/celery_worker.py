"""A Celery worker with a job and a task that do nothing, for bench/jobs.py.

The database, the broker and other settings come as JSON in MOVR_BENCH_SETTINGS. When each job
starts is written to the file MOVR_BENCH_STARTS: its id, and the time of the machine's monotonic
clock.
"""

import os
import time

from bench.support.job_worker import BARE_TASK, NOOP, Nothing, create_app
from webapp.hooks import get_hooks
from webapp.jobs.kinds import RunningJob
from webapp.ops.celery.application import make_celery
from webapp.ops.celery.worker import configure_worker


def note_start(_: Nothing, job: RunningJob) -> None:
    """Write down when a job of NOOP starts."""
    with open(os.environ["MOVR_BENCH_STARTS"], "a") as starts:
        starts.write(f"{job.key.id} {time.perf_counter()}\n")


def do_nothing() -> None:
    """Run a message of Celery alone."""


_application = create_app()
get_hooks(_application).add_job_handler(NOOP, note_start)
celery = make_celery(_application)
celery.task(name=BARE_TASK, shared=False)(do_nothing)
configure_worker(celery, _application)
