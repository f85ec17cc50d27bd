"""Dispatching jobs: the lease is exchanged once, and no attempt is counted before."""

from collections.abc import Iterator, Mapping
from functools import partial

import pytest
from flask import Flask

from tests.jobs.steps import REGION, Handle, add_job, claim, end_lease, read_due_in_s, read_job
from tests.threads import run_in_threads
from webapp.db.transactions import execute_write
from webapp.hooks import get_hooks
from webapp.jobs.kinds import Priority, RunningJob
from webapp.jobs.queue import requeue_statement
from webapp.ops import work
from webapp.ops.celery.dispatcher import BrokerUnavailable, Dispatcher
from webapp.ops.jobs.loop import CannotDispatch
from webapp.ops.jobs.running import claim_jobs, start_job
from webapp.ops.jobs.services import JobDecision, decide_jobs

pytestmark = pytest.mark.usefixtures("app_context", "_handled")


@pytest.fixture
def _handled(handle: Handle) -> None:
    """Let workers know the kinds of tests."""
    handle(lambda _, job: None)


def claim_for_dispatch() -> RunningJob:
    """Claim the only job as a dispatcher does."""
    (job,) = claim_jobs(REGION, "dispatcher", 10, for_dispatch=True)
    return job


def test_the_attempt_is_counted_when_the_job_is_started() -> None:
    key = add_job("hello")
    dispatched = claim_for_dispatch()
    assert (read_job(key).attempts, claim()) == (0, [])
    job = start_job(key, dispatched.lease, "celery")
    assert job
    assert (job.attempt, job.payload, job.kind) == (1, {"text": "hello"}, "test_note")
    assert (read_job(key).attempts, read_job(key).worker) == (1, job.lease)
    assert job.lease.startswith("celery ")


def test_a_message_that_is_delivered_again_is_dropped() -> None:
    key = add_job()
    dispatched = claim_for_dispatch()
    assert start_job(key, dispatched.lease, "celery")
    assert start_job(key, dispatched.lease, "celery") is None
    assert read_job(key).attempts == 1


def test_of_two_workers_that_get_the_same_message_one_starts_the_job(app: Flask) -> None:
    key = add_job()
    dispatched = claim_for_dispatch()
    started: list[RunningJob | None] = []

    def start() -> None:
        with app.app_context():
            started.append(start_job(key, dispatched.lease, "celery"))

    run_in_threads(*[start] * 4)
    assert len([job for job in started if job]) == 1
    assert read_job(key).attempts == 1


def test_a_late_message_is_good_until_the_job_is_claimed_again() -> None:
    key = add_job()
    first = claim_for_dispatch()
    end_lease(key)
    second = claim_for_dispatch()
    assert start_job(key, first.lease, "celery") is None
    end_lease(key)
    assert start_job(key, second.lease, "celery")


@pytest.mark.parametrize("decision", JobDecision)
def test_a_message_about_a_job_that_an_admin_has_decided_about_is_dropped(
    decision: JobDecision,
) -> None:
    key = add_job()
    dispatched = claim_for_dispatch()
    start = partial(start_job, key, dispatched.lease, "celery")
    end_lease(key)
    assert decide_jobs(decision, [key]) == (decision is JobDecision.DISCARD)
    assert (start() is None) is (decision is JobDecision.DISCARD)


def test_a_worker_does_not_start_a_kind_that_its_release_does_not_know(app: Flask) -> None:
    key = add_job()
    dispatched = claim_for_dispatch()
    del get_hooks(app).job_kinds["test_note"]
    assert start_job(key, dispatched.lease, "celery") is None
    assert read_job(key).worker == dispatched.lease


def test_requeued_jobs_are_due_at_once_unless_they_were_started() -> None:
    requeued, started = add_job(), add_job()
    jobs = claim_jobs(REGION, "dispatcher", 10, for_dispatch=True)
    (lease,) = {job.lease for job in jobs}
    assert start_job(started, lease, "celery")
    execute_write(requeue_statement(REGION, jobs, for_dispatch=True))
    assert (read_job(requeued).worker, read_job(requeued).attempts) == (None, 0)
    assert read_due_in_s(requeued) <= 0
    assert read_due_in_s(started) > 0


# --- the dispatcher -----------------------------------------------------------------------------


class FakeBroker:
    """A broker with queues in memory. It takes so many messages and then none."""

    def __init__(self, takes: int = 1_000, error: Exception | None = None) -> None:
        self.takes = takes
        self.error = error or BrokerUnavailable("ConnectionError")
        self.waiting = dict.fromkeys(Priority, 0)
        self.sent: list[RunningJob] = []
        self.is_closed = False

    def count_waiting(self) -> Mapping[Priority, int]:
        if not self.takes:
            raise self.error
        return self.waiting

    def send(self, job: RunningJob) -> None:
        if not self.takes:
            raise self.error
        self.takes -= 1
        self.sent.append(job)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def _no_schedules(app: Flask) -> Iterator[None]:
    hooks = get_hooks(app)
    schedules, hooks.schedules = hooks.schedules, []
    yield
    hooks.schedules = schedules


@pytest.mark.usefixtures("_no_schedules")
def test_the_dispatcher_dispatches_what_is_due_and_ends(app: Flask) -> None:
    keys = {add_job() for _ in range(3)}
    broker = FakeBroker()
    dispatcher = Dispatcher(app, lambda: [REGION], broker)
    dispatcher.run(until_idle=True)
    assert {job.key for job in broker.sent} == keys
    assert dispatcher.summary() == "3 dispatched"
    assert broker.is_closed


@pytest.mark.parametrize("error", [BrokerUnavailable("ConnectionError"), KeyError("secret")])
def test_a_broker_that_stops_to_answer_costs_no_attempt_and_loses_no_job(
    app: Flask, error: Exception
) -> None:
    keys = [add_job() for _ in range(5)]
    broker = FakeBroker(takes=2, error=error)
    dispatcher = Dispatcher(app, lambda: [REGION], broker)
    limit, priorities = dispatcher.find_capacity()
    dispatcher.process(claim_jobs(REGION, "x", limit, priorities, for_dispatch=True))
    sent = {job.key for job in broker.sent}
    requeued = [key for key in keys if key not in sent]
    assert (len(sent), len(requeued)) == (2, 3)
    assert {(read_job(key).worker, read_job(key).attempts) for key in requeued} == {(None, 0)}
    assert dispatcher.find_capacity() == (0, ())
    assert dispatcher.pause_s(are_left=True) == app.config["WORK_POLL_S"]
    broker.takes = 10
    assert dispatcher.find_capacity()[0] > 0


def test_the_queue_of_each_priority_is_filled_when_it_is_half_empty(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CELERY_MAX_WAITING", 10)
    broker = FakeBroker()
    dispatcher = Dispatcher(app, lambda: [REGION], broker)
    broker.waiting |= {Priority.LOW: 6, Priority.NORMAL: 5}
    assert dispatcher.find_capacity() == (5, [Priority.URGENT, Priority.NORMAL])
    broker.waiting = dict.fromkeys(Priority, 10)
    assert dispatcher.find_capacity() == (0, [])


@pytest.mark.usefixtures("_no_schedules")
@pytest.mark.parametrize(
    ("error", "name"),
    [(BrokerUnavailable("ConnectionError"), "ConnectionError"), (KeyError("secret"), "KeyError")],
)
@pytest.mark.parametrize("takes", [0, 1])
def test_until_idle_does_not_wait_for_a_broker_that_does_not_answer(
    app: Flask, error: Exception, name: str, takes: int
) -> None:
    keys = [add_job() for _ in range(2)]
    broker = FakeBroker(takes, error)
    with pytest.raises(CannotDispatch, match=f"does not answer: {name}. Jobs wait"):
        Dispatcher(app, lambda: [REGION], broker).run(until_idle=True)
    assert broker.is_closed
    waiting = {key for key in keys if read_job(key).worker is None}
    assert waiting == set(keys) - {job.key for job in broker.sent}
    assert len(waiting) == 2 - takes


@pytest.mark.usefixtures("_no_schedules")
@pytest.mark.parametrize("full", [[Priority.NORMAL], list(Priority)])
def test_until_idle_does_not_wait_until_full_queues_have_room(
    app: Flask, full: list[Priority]
) -> None:
    key = add_job()
    broker = FakeBroker()
    broker.waiting |= dict.fromkeys(full, app.config["CELERY_MAX_WAITING"])
    names = ", ".join(each.name.lower() for each in full)
    with pytest.raises(CannotDispatch, match=f"must first take jobs of: {names}"):
        Dispatcher(app, lambda: [REGION], broker).run(until_idle=True)
    assert read_job(key).worker is None


def test_the_command_tells_that_the_broker_is_away(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CELERY_BROKER_URL", "redis://broker:6379/0")
    monkeypatch.setattr(work, "make_broker", lambda app: FakeBroker(takes=0))
    result = app.test_cli_runner().invoke(args=["work", "--once"])
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == (
        "Error: The broker does not answer: ConnectionError. Jobs wait in the table."
        " So far: 0 dispatched."
    )
