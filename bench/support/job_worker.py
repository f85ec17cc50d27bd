"""``flask work`` with a kind of job that does nothing, for bench/jobs.py.

The database and other settings come as JSON in MOVR_BENCH_SETTINGS.
"""

import json
import os
from dataclasses import dataclass

from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import make_url

from bench.support.application import make_bench_app
from webapp.hooks import get_hooks
from webapp.jobs.kinds import JobKind, RunningJob


@dataclass(frozen=True)
class Nothing:
    """The payload of NOOP."""


NOOP = JobKind("bench_noop", Nothing)
#: The task of Celery alone: no row, no lease.
BARE_TASK = "bench.nothing"


def do_nothing(_: Nothing, job: RunningJob) -> None:
    """Run a job of NOOP."""


def create_app() -> Flask:
    settings = json.loads(os.environ["MOVR_BENCH_SETTINGS"])
    app = make_bench_app(make_url(settings.pop("DATABASE_URL")), **settings)
    get_hooks(app).add_job_handler(NOOP, do_nothing)
    return app


if __name__ == "__main__":
    FlaskGroup(create_app=create_app, add_default_commands=False)()
