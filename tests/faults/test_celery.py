"""Jobs that are dispatched to Celery. The broker is a Redis that forgets everything when it ends;
it, the dispatcher (``flask work``) and Celery workers are real processes, and are killed. No job is
lost, and each has its effect once."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select, update
from sqlalchemy.engine import URL

import config
from tests.application.smtp_server import smtp_server
from tests.faults.worker_processes import (
    StartWorker,
    read_effects,
    send_signal,
    wait_until_done,
    wait_until_started,
)
from tests.jobs.steps import (
    LATE_NOTE,
    NOTE,
    SHORT_NOTE,
    URGENT_NOTE,
    add_job,
    end_lease,
    read_due_in_s,
    read_job,
)
from tests.ports import find_free_port
from tests.processes import CommandProcess
from tests.redis_server import RedisServer
from tests.waiting import WAIT_TIMEOUT_S, wait_until
from webapp import mail
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.jobs.kinds import Priority
from webapp.jobs.models import Job
from webapp.ops.celery.application import make_queue_name

pytestmark = pytest.mark.usefixtures("app_context")

Start = Callable[..., CommandProcess]


@pytest.fixture
def start_dispatcher(start_worker: StartWorker, redis: RedisServer) -> Start:
    """Start ``flask work`` that dispatches jobs ."""

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


def wait_until_waiting(redis: RedisServer, number: int) -> None:
    """Wait until so many messages are in the queues."""
    names = [make_queue_name(priority) for priority in Priority]
    wait_until(lambda: sum(redis.count(name) for name in names) == number)


def assert_done_once(folder: Path, *job_keys: RowKey) -> None:
    """Fail unless each job has had its effect once, in its first attempt."""
    assert read_effects(folder) == Counter(str(key.id) for key in job_keys)
    assert {read_job(key).attempts for key in job_keys} == {1}


def test_jobs_run_in_the_processes_of_a_celery_worker_until_sigterm(
    start_dispatcher: Start, start_celery: Start, tmp_path: Path
) -> None:
    keys = [add_job() for _ in range(30)]
    dispatcher = start_dispatcher()
    worker = start_celery(pool="prefork")
    wait_until_done(*keys)
    assert_done_once(tmp_path, *keys)
    running = add_job("wait")
    wait_until_started(tmp_path, running)
    for process in (dispatcher, worker):
        send_signal(process, signal.SIGTERM)
    (tmp_path / "go").touch()
    assert (dispatcher.wait(), worker.wait()) == (0, 0), (dispatcher.output, worker.output)
    assert read_job(running).done_at, "it waits for what is running"


def test_the_documented_command_sends_mails_writes_its_log_and_tells_its_metrics(
    database: URL, start_dispatcher: Start, redis: RedisServer, tmp_path: Path
) -> None:
    (tmp_path / "metrics").mkdir()
    port = find_free_port()
    command = (
        "-m celery -A webapp.ops.celery worker --concurrency 1 --without-mingle --metrics-port"
    )
    with smtp_server() as smtp, (tmp_path / "log").open("w+") as log:
        execute_write(
            mail.mail_statement("password_changed", mail.Recipient("ada@example.org", "Ada"))
        )
        key = read_only_job()
        start_dispatcher()
        worker = subprocess.Popen(
            [sys.executable, *command.split(), str(port)],
            cwd=config.ROOT,
            env={
                **os.environ,
                "FLASK_SKIP_DOTENV": "1",
                "MOVR_ENV": "test",
                "DATABASE_URL": database.render_as_string(hide_password=False),
                "CELERY_BROKER_URL": redis.url,
                "LOG_FORMAT": "json",
                "MAIL_URL": f"smtp://127.0.0.1:{smtp.port}",
                "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
            },
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            wait_until_done(key)
            assert smtp.next_mail()["Message-ID"].startswith(f"<{key.id}@")
            metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=WAIT_TIMEOUT_S).text
            assert 'movr_job_seconds_count{kind="mail",result="done"} 1.0' in metrics
            worker.terminate()
            assert worker.wait(WAIT_TIMEOUT_S) == 0
            assert smtp.taken.empty()
            log.seek(0)
            lines = [json.loads(line) for line in log]
            assert [line["job_id"] for line in lines if line["event"] == "job"] == [str(key.id)]
            assert {line["level"] for line in lines if line["logger"] != "py.warnings"} == {"info"}
        finally:
            worker.kill()
            worker.wait()


def read_only_job() -> RowKey:
    (job,) = db.session.scalars(select(Job))
    return job.key


def test_jobs_outlive_a_broker_that_forgets_them(
    start_dispatcher: Start, start_celery: Start, redis: RedisServer, tmp_path: Path
) -> None:
    forgotten = [add_job() for _ in range(10)]
    dispatcher = start_dispatcher()
    wait_until_waiting(redis, 10)
    redis.kill()
    wait_until(lambda: "the broker does not answer" in dispatcher.output)
    meanwhile = [add_job() for _ in range(10)]
    redis.start()
    wait_until(lambda: "the broker answers again" in dispatcher.output)
    for key in forgotten:
        assert read_due_in_s(key) > 0, "it is thought to be in the broker until its lease ends"
        end_lease(key)
    wait_until_waiting(redis, 20)
    assert {read_job(key).attempts for key in forgotten + meanwhile} == {0}
    start_celery()
    wait_until_done(*forgotten, *meanwhile)
    assert_done_once(tmp_path, *forgotten, *meanwhile)


def test_a_broker_that_is_killed_again_and_again_loses_no_job_and_doubles_none(
    start_dispatcher: Start, start_celery: Start, redis: RedisServer, tmp_path: Path
) -> None:
    keys = [add_job() for _ in range(40)]
    start_dispatcher(CELERY_MAX_WAITING=10)
    start_celery(pool="prefork")

    def has_done(number: int) -> bool:
        end_leases_of_messages()
        return len(read_effects(tmp_path)) >= number

    for number in (10, 25):
        wait_until(partial(has_done, number))
        redis.kill()
        redis.start()
    wait_until(partial(has_done, len(keys)))
    wait_until_done(*keys)
    assert_done_once(tmp_path, *keys)


def end_leases_of_messages() -> None:
    """Let the leases end of jobs that were dispatched and not started."""
    jobs = table(Job)
    is_dispatched = jobs.c.worker.is_not(None) & (jobs.c.attempts == 0)
    execute_write(
        update(jobs).where(is_dispatched).values(due_at=func.now()).returning(jobs.c.id),
        read_committed=True,
    )


def test_a_celery_worker_finishes_its_job_without_the_broker_and_waits_for_it(
    start_dispatcher: Start, start_celery: Start, redis: RedisServer, tmp_path: Path
) -> None:
    running = add_job("wait")
    start_dispatcher()
    start_celery(pool="prefork")
    wait_until_started(tmp_path, running)
    redis.kill()
    (tmp_path / "go").touch()
    wait_until_done(running)
    redis.start()
    later = add_job()
    wait_until_done(later)
    assert_done_once(tmp_path, running, later)


@pytest.mark.parametrize(("kill_at", "effects"), [("started", 1), ("running", 1), ("done", 2)])
def test_a_job_whose_celery_worker_is_killed_is_run_again(
    start_dispatcher: Start, start_celery: Start, tmp_path: Path, kill_at: str, effects: int
) -> None:
    """If it was killed after the effect, that is repeated: handlers know it by the job's id."""
    key = add_job()
    start_dispatcher()
    worker = start_celery(kill_at=kill_at)
    assert worker.wait() == -signal.SIGKILL, worker.output
    job = read_job(key)
    assert (job.attempts, job.done_at) == (1, None)
    assert read_due_in_s(key) > 0, "nobody else runs it before its lease has ended"
    end_lease(key)
    start_celery()
    wait_until_done(key)
    assert read_job(key).attempts == 2
    assert read_effects(tmp_path)[str(key.id)] == effects


def test_a_job_that_kills_its_process_each_time_fails_and_the_worker_goes_on(
    start_dispatcher: Start, start_celery: Start
) -> None:
    poison = add_job("poison")
    start_dispatcher()
    worker = start_celery(pool="prefork")
    for attempt in (1, 2, 3):
        wait_until(lambda attempt=attempt: read_job(poison).attempts == attempt)  # type: ignore[misc]
        end_lease(poison)
    wait_until(lambda: read_job(poison).failed_at)
    assert read_job(poison).last_error == "the worker ended while it ran the job"
    wait_until_done(add_job())
    assert worker.wait(0) is None, worker.output


@pytest.mark.parametrize("kill_at", ["claimed", "sent"])
def test_a_job_whose_dispatcher_is_killed_is_run_once(
    start_dispatcher: Start, start_celery: Start, tmp_path: Path, kill_at: str
) -> None:
    key = add_job()
    dispatcher = start_dispatcher(kill_at=kill_at)
    assert dispatcher.wait() == -signal.SIGKILL, dispatcher.output
    assert read_job(key).attempts == 0
    if kill_at == "claimed":  # no Celery worker has heard of it
        end_lease(key)
        start_dispatcher()
    start_celery()
    wait_until_done(key)
    assert_done_once(tmp_path, key)


def test_a_celery_worker_renews_the_lease_of_a_long_job_and_ends_one_that_is_too_long(
    start_dispatcher: Start, start_celery: Start, tmp_path: Path
) -> None:
    """Its own process is interrupted, and the job is tried again later."""
    long, too_long = add_job("wait"), add_job("wait", kind=SHORT_NOTE)
    start_dispatcher(WORK_LEASE_S=0.5)
    start_celery(pool="prefork", WORK_LEASE_S=0.5)
    wait_until_started(tmp_path, long)
    first = read_job(long).due_at
    wait_until(lambda: read_job(long).due_at != first)
    wait_until(lambda: "SoftTimeLimitExceeded" in (read_job(too_long).last_error or ""))
    (tmp_path / "go").touch()
    wait_until_done(long, too_long)


def test_urgent_jobs_overtake_those_that_wait_in_the_broker(
    start_dispatcher: Start, start_celery: Start, redis: RedisServer, tmp_path: Path
) -> None:
    for kind in (LATE_NOTE, NOTE):
        for _ in range(3):
            add_job(kind=kind)
    start_dispatcher()
    wait_until_waiting(redis, 6)
    urgent = add_job(kind=URGENT_NOTE)
    wait_until_waiting(redis, 7)
    start_celery()
    wait_until(lambda: len(read_effects(tmp_path)) == 7)
    assert next(iter(read_effects(tmp_path))) == str(urgent.id)
