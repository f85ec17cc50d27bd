"""The loop of a worker, in this process: its threads, its errors, and what it reports."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import pytest
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.job_steps import run_jobs
from tests.jobs.steps import REGION, Note, add_job, read_job
from tests.waiting import WAIT_TIMEOUT_S, wait_until
from webapp.cli import _log_runs
from webapp.db.transactions import AmbiguousCommit, run_transaction
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.jobs.kinds import JobKind, PermanentJobError, Priority, RunningJob
from webapp.jobs.models import Job
from webapp.mail import MailNotSent
from webapp.observability.error_reports import error_reporters
from webapp.ops.jobs import scheduler
from webapp.ops.jobs.worker import Worker
from webapp.regions.data_regions import data_regions_cache, list_data_regions

pytestmark = pytest.mark.usefixtures("app_context")

LONG = JobKind("test_long", Note, Priority.LOW)
HANGING = JobKind("test_hanging", Note, max_run_s=0)
MAIL = JobKind("test_mail", Note, Priority.URGENT)


class Steps:
    """What the handlers of a test do, and have done."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.may_end = threading.Event()

    def wait(self, note: Note, job: RunningJob) -> None:
        self.started.append(job.kind)
        assert self.may_end.wait(WAIT_TIMEOUT_S)

    def end(self, note: Note, job: RunningJob) -> None:
        self.started.append(job.kind)


@pytest.fixture
def steps(app: Flask) -> Iterator[Steps]:
    steps, hooks = Steps(), get_hooks(app)
    hooks.add_job_handler(LONG, steps.wait)
    hooks.add_job_handler(HANGING, steps.wait)
    hooks.add_job_handler(MAIL, steps.end)
    schedules, hooks.schedules = hooks.schedules, []
    yield steps
    steps.may_end.set()
    for thread in threading.enumerate():
        if thread.name == "job":  # of a worker that has given it up
            thread.join(WAIT_TIMEOUT_S)
    hooks.schedules = schedules
    for kind in (LONG, HANGING, MAIL):
        del hooks.job_kinds[kind.name]


@pytest.fixture
def reported(app: Flask) -> Iterator[list[str]]:
    """The names of the errors that were reported."""
    names: list[str] = []
    before = error_reporters(app)[:]
    error_reporters(app)[:] = [lambda error: names.append(type(error).__name__)]
    yield names
    error_reporters(app)[:] = before


@contextmanager
def running_worker(
    app: Flask, threads: int, list_regions: Callable[[], list[str]] = lambda: [REGION]
) -> Iterator[Worker]:
    worker = Worker(app, list_regions, threads)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(WAIT_TIMEOUT_S)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def _short_pauses(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WORK_POLL_S", 0.02)


def test_a_job_that_hangs_blocks_no_thread(
    app: Flask, steps: Steps, caplog: pytest.LogCaptureFixture
) -> None:
    key = add_job(kind=HANGING)
    with running_worker(app, threads=1) as worker:
        wait_until(lambda: steps.started == [HANGING.name])
        add_job(kind=MAIL)
        wait_until(lambda: steps.started == [HANGING.name, MAIL.name])
        wait_until(lambda: worker.outcomes.total() == 1)
    assert [record.message for record in caplog.records if "hangs" in record.message] == [
        "a job hangs: its thread is given up"
    ]
    assert read_job(key).worker, "it comes back when its lease ends"


def test_long_jobs_that_nobody_waits_for_leave_a_thread_to_others(app: Flask, steps: Steps) -> None:
    for _ in range(4):
        add_job(kind=LONG)
    with running_worker(app, threads=3):
        wait_until(lambda: steps.started == [LONG.name] * 2)
        add_job(kind=MAIL)
        wait_until(lambda: len(steps.started) > 2)
        assert steps.started == [LONG.name, LONG.name, MAIL.name]
        steps.may_end.set()
        wait_until(lambda: len(steps.started) == 5)


def test_a_worker_with_one_thread_runs_jobs_of_all_priorities(app: Flask, steps: Steps) -> None:
    add_job(kind=LONG)
    with running_worker(app, threads=1):
        wait_until(lambda: steps.started == [LONG.name])
        steps.may_end.set()


def test_an_error_of_the_loop_is_reported_and_the_loop_goes_on(
    app: Flask, steps: Steps, reported: list[str]
) -> None:
    def list_regions() -> list[str]:
        if not reported:
            raise KeyError("region")
        return [REGION]

    add_job(kind=MAIL)
    with running_worker(app, threads=1, list_regions=list_regions):
        wait_until(lambda: steps.started == [MAIL.name])
    assert set(reported) == {"KeyError"}


@pytest.mark.parametrize(
    ("error", "is_defect"),
    [
        (KeyError("secret"), True),
        (PermanentJobError("No such file"), False),
        (MailNotSent("It refuses"), False),
        (DomainError(), False),
        (PoolTimeout(), False),
        (AmbiguousCommit(), False),
        (OperationalError("SELECT 1", {}, Exception(), connection_invalidated=True), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_defects_are_reported_at_the_first_attempt_and_outages_never(
    app: Flask, steps: Steps, reported: list[str], error: Exception, is_defect: bool
) -> None:
    def fail(note: Note, job: RunningJob) -> None:
        raise error

    get_hooks(app).add_job_handler(MAIL, fail)
    add_job(kind=MAIL)
    run_jobs(app)
    assert reported == [type(error).__name__] * is_defect


def test_schedules_of_a_lost_region_do_not_stop_those_of_others(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def start(region: str) -> list[str]:
        if region == "lost":
            raise PoolTimeout
        started.append(region)
        return []

    monkeypatch.setattr(scheduler, "enqueue_due_jobs", start)
    scheduler.Scheduler(lambda: ["lost", REGION]).enqueue_due()
    assert started == [REGION]


def test_workers_of_other_regions_write_the_jobs_of_the_site(app: Flask) -> None:
    first, *others = list_data_regions()
    scheduler.Scheduler(lambda: others).enqueue_due()
    written = db.session.execute(select(Job.region, Job.kind)).all()
    assert {kind for region, kind in written if region == first} == {
        each.kind.name for each in get_hooks(app).schedules if each.for_site
    }


def test_jobs_of_a_region_without_cities_are_found(app: Flask) -> None:
    add_job(kind=MAIL, region="asia-east1")
    data_regions_cache().clear()
    try:
        assert "asia-east1" in list_data_regions()
    finally:
        data_regions_cache().clear()


def test_an_unexpected_error_of_a_command_is_reported(app: Flask, reported: list[str]) -> None:
    def fail() -> None:
        raise KeyError("secret")

    command = click.Command("fail", callback=with_appcontext(fail))
    _log_runs(command)
    app.cli.add_command(command)
    try:
        result = app.test_cli_runner().invoke(args=["fail"])
    finally:
        del app.cli.commands["fail"]
    assert isinstance(result.exception, KeyError)
    assert reported == ["KeyError"]


def test_once_runs_all_that_is_due_and_the_schedules(app: Flask, steps: Steps) -> None:
    for _ in range(3):
        add_job(kind=MAIL)
    result = app.test_cli_runner().invoke(args=["work", "--once"])
    assert result.output.strip().endswith("3 done, 0 postponed, 0 failed"), result.output


@pytest.mark.parametrize("option", ["takes_write_lock", "read_committed"])
def test_options_of_single_statements_are_refused_elsewhere(option: str) -> None:
    options: dict[str, Any] = {option: True}
    with pytest.raises(ValueError, match="one_statement"):
        run_transaction(lambda session: None, **options)
