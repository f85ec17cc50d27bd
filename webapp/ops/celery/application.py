"""Celery, as the runner of jobs that were dispatched (dispatcher.py). Needs the extra ``celery``.

Celery keeps nothing here: the table of jobs is the truth, and messages are hints. That decides most
of its settings.
"""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import UUID

from celery import Celery
from flask import Flask
from kombu.entity import Exchange, Queue

import config
from webapp.db.keys import RowKey
from webapp.hooks import get_hooks
from webapp.jobs.kinds import Priority, RunningJob
from webapp.ops.jobs.running import (
    make_worker_name,
    renew_leases,
    run_job,
    start_job,
    surviving_errors,
)

TASK_NAME = "movr.run_job"


def make_queue_name(priority: Priority) -> str:
    """Return the name of the queue of the jobs of a priority."""
    return f"movr.{priority.name.lower()}"


def make_queue(priority: Priority) -> Queue:
    """Return that queue."""
    name = make_queue_name(priority)
    return Queue(name, Exchange(name, type="direct"), routing_key=name)


def make_celery(app: Flask) -> Celery:
    """Return a Celery application that runs the jobs of ``app``. Raises ConfigurationError."""
    if not app.config["CELERY_BROKER_URL"]:
        raise config.ConfigurationError("CELERY_BROKER_URL must name the broker.")
    celery = Celery("movr", broker=app.config["CELERY_BROKER_URL"], set_as_current=False)
    celery.conf.update(_make_settings(app))
    worker_name = make_worker_name()

    @celery.task(name=TASK_NAME, shared=False)
    def run_message(region: str, job_id: str, dispatch_lease: str) -> None:
        run_dispatched_job(app, RowKey(region, UUID(job_id)), dispatch_lease, worker_name)

    return celery


def _make_settings(app: Flask) -> dict[str, object]:
    """Return the settings of the Celery application."""
    return {
        # A message has a key and a lease, and no result.
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_queues": [make_queue(priority) for priority in Priority],
        "task_default_queue": make_queue_name(Priority.NORMAL),
        "task_create_missing_queues": False,
        # A process fetches a message when it is free, so that none waits behind a long job: until
        # it is acknowledged, at its end, a message counts against the prefetch limit of 1.
        "task_acks_late": True,
        "worker_prefetch_multiplier": 1,
        "worker_enable_prefetch_count_reduction": False,
        # A job goes on without the broker. Workers wait for it as long as it takes.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_use_ssl": _make_tls_options(app.config["CELERY_BROKER_URL"]),
        "broker_transport_options": {
            # Of Redis: urgent queues first, one list for each. A message that was fetched is gone
            # (no visibility timeout): the table knows what to do again. Acknowledging it in Redis
            # would end a worker that has lost its connection meanwhile (kombu 5.7).
            "queue_order_strategy": "priority",
            "priority_steps": [0],
            "ack_emulation": False,
            "socket_keepalive": True,
        },
        # SIGTERM waits for all jobs that run, SIGQUIT so long.
        "worker_soft_shutdown_timeout": app.config["WORK_GRACE_S"],
        # webapp/observability/logs.py says where lines go.
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }


def _make_tls_options(broker_url: str) -> dict[str, object] | None:
    """Return how the certificate of the broker is checked: that a certificate authority of the
    system has signed it, and that it names the host. By default kombu 5.7 checks neither for
    ``rediss``, and the host's name not for ``amqps``."""
    match urlsplit(broker_url).scheme:
        case "rediss":
            return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
        case "amqps":
            return {
                "cert_reqs": ssl.CERT_REQUIRED,
                "server_hostname": None,
            }  # None: that of the URL
        case _:
            return None


def run_dispatched_job(app: Flask, job_key: RowKey, dispatch_lease: str, worker_name: str) -> None:
    """Run a job and record what became of it, if ``dispatch_lease`` is still its lease."""
    with surviving_errors(app):
        if job := start_job(job_key, dispatch_lease, worker_name):
            with _renewing_lease(app, job):
                run_job(app, job)


@contextmanager
def _renewing_lease(app: Flask, job: RunningJob) -> Iterator[None]:
    """Within, the lease of a job does not end; unless the job runs for longer than its kind may,
    which not every pool of Celery prevents."""
    has_ended = threading.Event()
    until = time.monotonic() + get_hooks(app).job_kinds[job.kind].kind.max_run_s

    def renew() -> None:
        while not has_ended.wait(app.config["WORK_LEASE_S"] / 3) and time.monotonic() < until:
            with surviving_errors(app):
                renew_leases(job.key.region, [job])

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()
