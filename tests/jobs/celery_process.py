"""``flask work`` that dispatches jobs , in a process of its own, with more ways to die than those of
worker_process.py: ``claimed``, before the message is sent, and ``sent``, after it."""

from typing import Any

from tests.jobs import worker_process
from webapp.jobs.kinds import RunningJob
from webapp.ops.celery import application
from webapp.ops.celery.broker import CeleryBroker
from webapp.ops.jobs.running import run_job

cli = worker_process.cli

_send: Any = CeleryBroker.send


def _send_or_die(self: CeleryBroker, job: RunningJob) -> None:
    worker_process.die_once("claimed", job)
    _send(self, job)
    worker_process.die_once("sent", job)


vars(application)["run_job"] = worker_process.dying_at("started", run_job, 1)
CeleryBroker.send = _send_or_die  # type: ignore[method-assign]
