"""Workers are real processes here. They are stopped, killed, frozen and misled; no job is lost, and
each has its effect."""

import signal
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.engine import URL

from tests.application.smtp_server import smtp_server
from tests.database_proxy import DatabaseProxy
from tests.faults.worker_processes import (
    StartWorker,
    read_effects,
    send_signal,
    wait_until_done,
    wait_until_started,
)
from tests.jobs.steps import add_job, end_lease, read_due_in_s, read_job
from tests.waiting import wait_until
from webapp import mail
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.models import Job

pytestmark = pytest.mark.usefixtures("app_context")


def test_sigterm_lets_a_running_job_finish_and_takes_no_other(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    running = add_job("wait")
    worker = start_worker("--threads=1")
    wait_until_started(tmp_path, running)
    waiting = add_job()
    send_signal(worker, signal.SIGTERM)
    (tmp_path / "go").touch()
    assert worker.wait() == 0, worker.output
    assert read_job(running).done_at
    assert read_job(waiting).attempts == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_job_that_takes_longer_than_the_grace_period_is_given_back(
    start_worker: StartWorker, tmp_path: Path, number: int
) -> None:
    key = add_job("wait")
    worker = start_worker(WORK_GRACE_S=0.05)
    wait_until_started(tmp_path, key)
    send_signal(worker, number)
    assert worker.wait() == 0, worker.output
    job = read_job(key)
    assert (job.attempts, job.worker, job.done_at) == (0, None, None)
    (tmp_path / "go").touch()
    start_worker()
    wait_until_done(key)
    assert read_effects(tmp_path)[str(key.id)] == 1


def test_an_idle_worker_stops_at_once_however_long_it_pauses(start_worker: StartWorker) -> None:
    key = add_job()
    worker = start_worker(WORK_POLL_S=3600.0)
    wait_until_done(key)
    send_signal(worker, signal.SIGTERM)
    assert worker.wait() == 0


def test_a_worker_renews_the_lease_of_a_long_job(start_worker: StartWorker, tmp_path: Path) -> None:
    key = add_job("wait")
    start_worker(WORK_LEASE_S=0.5)
    wait_until_started(tmp_path, key)
    first = read_job(key).due_at
    wait_until(lambda: read_job(key).due_at != first)
    (tmp_path / "go").touch()
    wait_until_done(key)


@pytest.mark.parametrize(("kill_at", "effects"), [("claimed", 1), ("running", 1), ("done", 2)])
def test_a_job_whose_worker_is_killed_is_run_again(
    start_worker: StartWorker, tmp_path: Path, kill_at: str, effects: int
) -> None:
    """If it was killed after the effect, that is repeated: handlers know it by the job's id."""
    key = add_job()
    worker = start_worker(kill_at=kill_at)
    assert worker.wait() == -signal.SIGKILL, worker.output
    job = read_job(key)
    assert (job.attempts, job.done_at) == (1, None)
    assert read_due_in_s(key) > 0, "nobody else runs it before its lease has ended"
    end_lease(key)
    start_worker()
    wait_until_done(key)
    assert read_effects(tmp_path)[str(key.id)] == effects


def test_two_workers_share_a_queue(start_worker: StartWorker, tmp_path: Path) -> None:
    keys = [add_job() for _ in range(60)]
    start_worker()
    start_worker()
    wait_until_done(*keys)
    assert read_effects(tmp_path) == Counter(str(key.id) for key in keys)
    assert {read_job(key).attempts for key in keys} == {1}


def test_a_job_that_kills_its_worker_each_time_fails_and_blocks_nothing(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    """Its attempts are counted when they begin, so the one after the last finds that out."""
    poison = add_job("poison", due_in_s=-60)
    for attempt in (1, 2, 3):
        worker = start_worker("--threads=1")
        assert worker.wait() == -signal.SIGKILL, worker.output
        assert read_job(poison).attempts == attempt
        other = add_job()
        healthy = start_worker("--threads=1")
        wait_until_done(other)
        send_signal(healthy, signal.SIGTERM)
        assert healthy.wait() == 0
        end_lease(poison)
    other = add_job()
    start_worker("--threads=1")
    wait_until_done(other)
    wait_until(lambda: read_job(poison).failed_at)
    assert read_job(poison).last_error == "the worker ended while it ran the job"
    assert read_effects(tmp_path)[str(poison.id)] == 0


@pytest.mark.parametrize("shift_s", [-60, 60])
def test_the_clock_of_a_worker_does_not_matter(start_worker: StartWorker, shift_s: int) -> None:
    now, soon = add_job(), add_job(due_in_s=30)
    start_worker(clock_shift_s=shift_s)
    wait_until_done(now)
    later = add_job()
    wait_until_done(later)
    assert read_job(soon).attempts == 0


def test_a_worker_goes_on_when_a_frozen_database_answers_again(
    start_worker: StartWorker, server: URL, database: URL, tmp_path: Path
) -> None:
    """The server may carry out a claim, or the end of a job, that the worker has given up: then the
    lease ends by itself."""
    proxy = DatabaseProxy(server)
    try:
        running = add_job("wait")
        worker = start_worker(
            url=proxy.url(database), DATABASE_ANSWER_TIMEOUT_MS=500, WORK_LEASE_S=3.0
        )
        wait_until_started(tmp_path, running)
        proxy.freeze()
        (tmp_path / "go").touch()
        wait_until(lambda: "the database does not answer" in worker.output)
        waiting = add_job()
        proxy.thaw()
        wait_until_done(waiting, running)
        send_signal(worker, signal.SIGTERM)
        assert worker.wait() == 0, worker.output
    finally:
        proxy.close()


def test_a_mail_waits_for_a_mail_server_that_refuses_for_an_hour(
    app: Flask, start_worker: StartWorker
) -> None:
    """Time passes by moving when the job is due."""
    with smtp_server(["451 try again later"] * 12) as smtp:
        execute_write(
            mail.mail_statement("password_changed", mail.Recipient("ada@example.org", "Ada"))
        )
        (key,) = [job.key for job in db.session.scalars(select(Job))]
        start_worker(MAIL_URL=f"smtp://127.0.0.1:{smtp.port}")
        paused_s = 0.0
        for attempt in range(1, 13):
            wait_until(lambda attempt=attempt: _is_postponed(key, attempt))  # type: ignore[misc]
            paused_s += read_due_in_s(key)
            end_lease(key)
        wait_until_done(key)
        assert paused_s > 3600 * 0.5, "with jitter: half of 1 + 2 + 4 + ... at least"
        assert smtp.next_mail()["Message-ID"].startswith(f"<{key.id}@")
        assert smtp.taken.empty()


def _is_postponed(key: RowKey, attempt: int) -> bool:
    job = read_job(key)
    return job.attempts == attempt and job.worker is None
