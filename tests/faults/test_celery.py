"""Jobs that are handed over to Celery. The broker is a Redis that forgets everything when it ends;
it, the dispatcher (``flask work``) and Celery workers are real processes, and are killed. No job is
lost, and each has its effect once."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.application.smtp_server import smtp_server
from tests.faults.worker_processes import (
    StartWorker,
    read_effects,
    send_signal,
    wait_until_done,
)
from tests.jobs.steps import add_job, read_job
from tests.processes import CommandProcess
from tests.redis_server import RedisServer, require_redis
from webapp import mail
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.models import Job

pytestmark = pytest.mark.usefixtures("app_context")

Start = Callable[..., CommandProcess]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    require_redis()
    server = RedisServer(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def start_dispatcher(start_worker: StartWorker, redis: RedisServer) -> Start:
    """Start ``flask work`` that hands jobs over."""

    def start(**arguments: object) -> CommandProcess:
        return start_worker(
            command="tests.jobs.celery_process:cli", CELERY_BROKER_URL=redis.url, **arguments
        )

    return start


@pytest.fixture
def start_celery(start_worker: StartWorker, redis: RedisServer) -> Start:
    """Start a Celery worker: of one process, which is killed as a whole; or ``pool="prefork"``."""

    def start(*options: str, pool: str = "solo", **arguments: object) -> CommandProcess:
        return start_worker(
            "--app=tests.jobs.celery_worker_process",
            "worker",
            f"--pool={pool}",
            "--concurrency=2",
            "--without-mingle",
            "--without-gossip",
            *options,
            command="celery.bin.celery:celery",
            CELERY_BROKER_URL=redis.url,
            **arguments,
        )

    return start


def test_celery_workers_run_jobs_such_as_mails(
    start_dispatcher: Start, start_celery: Start, tmp_path: Path
) -> None:
    keys = [add_job() for _ in range(30)]
    with smtp_server() as smtp:
        recipient = mail.Recipient("ada@example.org", "Ada")
        execute_write(mail.mail_statement("password_changed", recipient))
        (mail_key,) = db.session.execute(select(Job.region, Job.id).where(Job.kind == "mail")).all()
        start_dispatcher()
        worker = start_celery(pool="prefork", MAIL_URL=f"smtp://127.0.0.1:{smtp.port}")
        wait_until_done(*keys, RowKey(*mail_key))
        assert smtp.next_mail()["Message-ID"].startswith(f"<{mail_key.id}@")
        assert smtp.taken.empty()
    assert read_effects(tmp_path) == Counter(str(key.id) for key in keys)
    assert {read_job(key).attempts for key in keys} == {1}
    send_signal(worker, signal.SIGTERM)
    assert worker.wait() == 0, worker.output
