"""Jobs that are due again and again: each run is written once, by whichever worker comes first."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.utils import import_string

import config
from tests.job_steps import run_jobs
from tests.ops.job_rows import ago, insert_job, read_job
from tests.threads import run_together
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.hooks import get_hooks
from webapp.jobs.kinds import JobKind, NoPayload, RunningJob
from webapp.jobs.models import Job, JobSchedule
from webapp.jobs.schedules import Schedule, next_run_column
from webapp.ops.jobs.running import JobOutcome
from webapp.ops.jobs.scheduler import Scheduler, enqueue_due_jobs, list_schedules_of_region
from webapp.regions.data_regions import list_data_regions

REGION = "us-east1"
KIND = JobKind("water_plants", NoPayload)
EVERY_HOUR = Schedule(KIND, timedelta(hours=1))


def do_nothing(payload: NoPayload, job: RunningJob) -> None:
    pass


@pytest.fixture
def schedule(app_context: None, app: Flask) -> Iterator[Schedule]:
    """The only schedule of the application, which does nothing."""
    hooks = get_hooks(app)
    others, hooks.schedules = hooks.schedules, []
    hooks.add_schedule(EVERY_HOUR, "tests.ops.test_schedules:do_nothing")
    yield EVERY_HOUR
    hooks.schedules = others
    del hooks.job_kinds[KIND.name]


def make_due(hours: float = 0) -> None:
    execute_write(update(JobSchedule).values(due_at=func.now() - timedelta(hours=hours)))


def count_jobs() -> int:
    return db.session.scalars(select(func.count()).where(Job.kind == KIND.name)).one()


def test_a_new_schedule_is_due_at_once_and_then_after_its_period(schedule: Schedule) -> None:
    assert enqueue_due_jobs(REGION) == ["water_plants"]
    assert enqueue_due_jobs(REGION) == []
    in_an_hour = JobSchedule.due_at - func.now() > timedelta(minutes=59)
    assert db.session.scalars(select(in_an_hour)).one()
    make_due()
    assert enqueue_due_jobs(REGION) == ["water_plants"]
    assert count_jobs() == 2


def test_its_job_runs_like_any_other(schedule: Schedule, app: Flask) -> None:
    enqueue_due_jobs(REGION)
    assert run_jobs(app) == [JobOutcome.DONE]


def test_a_run_that_succeeds_ends_those_that_failed_before_it(
    schedule: Schedule, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait for nobody: it has done their work. Failed jobs of other kinds and regions wait."""
    others = [
        insert_job(app, "failed"),
        insert_job(app, "failed", kind=KIND.name, region="us-west1", minutes=60),
        insert_job(app, "failed", kind=KIND.name, created_at=ago(-60)),
    ]
    before = insert_job(app, "failed", kind=KIND.name, minutes=60)
    enqueue_due_jobs(REGION)
    assert run_jobs(app) == [JobOutcome.DONE]
    assert not read_job(app, before).failed_at
    assert read_job(app, before).done_at
    assert all(read_job(app, key).failed_at for key in others)


def test_a_schedule_whose_runs_differ_leaves_failed_ones_to_admins(
    schedule: Schedule, app: Flask
) -> None:
    get_hooks(app).schedules[:] = [replace(schedule, makes_up_for_failures=False)]
    before = insert_job(app, "failed", kind=KIND.name, minutes=60)
    enqueue_due_jobs(REGION)
    assert run_jobs(app) == [JobOutcome.DONE]
    assert read_job(app, before).failed_at


def test_missed_runs_are_made_up_for_once(schedule: Schedule) -> None:
    enqueue_due_jobs(REGION)
    make_due(hours=100)
    assert enqueue_due_jobs(REGION) == ["water_plants"]
    assert enqueue_due_jobs(REGION) == []


def test_of_workers_that_look_together_one_writes_the_job(schedule: Schedule, app: Flask) -> None:
    for _ in range(3):
        before = count_jobs()
        written = run_together(app, *[lambda: enqueue_due_jobs(REGION)] * 4)
        assert sorted(written) == [[], [], [], ["water_plants"]]
        assert count_jobs() == before + 1
        make_due()


def test_each_region_has_its_own_run_and_the_site_has_one(app_context: None) -> None:
    first, *others = list_data_regions()
    of_site = {each.kind.name for each in get_hooks().schedules if each.for_site}
    assert of_site == {"settle_payments", "check_ledger", "oauth_keys"}
    everywhere = {each.kind.name for each in get_hooks().schedules} - of_site
    assert {each.kind.name for each in list_schedules_of_region(first)} == of_site | everywhere
    for region in others:
        assert {each.kind.name for each in list_schedules_of_region(region)} == everywhere


def test_a_worker_looks_only_now_and_then(
    schedule: Schedule, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = Scheduler(lambda: [REGION])
    scheduler.enqueue_due()
    make_due()
    scheduler.enqueue_due()
    assert count_jobs() == 1
    monkeypatch.setitem(app.config, "WORK_SCHEDULE_S", 0.0)
    scheduler.enqueue_due()
    assert count_jobs() == 2


@pytest.mark.parametrize(
    ("schedule", "weekday", "hour"),
    [(Schedule.daily(KIND, 3), None, 3), (Schedule.weekly(KIND, 6, 17.5), 6, 17.5)],
)
def test_days_and_weeks_are_those_of_utc(
    app_context: None, schedule: Schedule, weekday: int | None, hour: float
) -> None:
    due_at: datetime = db.session.scalars(select(next_run_column(schedule))).one()
    due_at = due_at.astimezone(UTC)
    assert due_at > datetime.now(UTC)
    assert due_at - datetime.now(UTC) <= timedelta(days=2 if weekday is None else 14)
    assert due_at.hour + due_at.minute / 60 == hour
    assert weekday in (None, due_at.weekday())


def test_all_schedules_of_the_application_that_have_work_run(app_context: None, app: Flask) -> None:
    for region in list_data_regions():
        enqueue_due_jobs(region)
    outcomes = run_jobs(app)
    have_work = [
        schedule
        for region in list_data_regions()
        for schedule in list_schedules_of_region(region)
        if not schedule.work_query  # the database is empty
    ]
    assert len(outcomes) == len(have_work)
    assert set(outcomes) == {JobOutcome.DONE}


def test_each_schedule_stands_in_the_table_for_operators(app: Flask) -> None:
    text = (config.ROOT / "docs" / "operations.md").read_text()
    table = text.partition("## Periodic work")[2].partition("\n## ")[0]
    names = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert names == {schedule.kind.name for schedule in get_hooks(app).schedules}


def test_the_handler_of_each_kind_takes_its_payload(app: Flask) -> None:
    for kind, import_name in get_hooks(app).job_kinds.values():
        handler = import_string(str(import_name))
        payload, job = inspect.signature(handler).parameters.values()
        assert payload.annotation is kind.payload_type, import_name
        assert job.annotation is RunningJob
        assert len(kind.name) <= 40
