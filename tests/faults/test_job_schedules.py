"""A hundred schedules of riders, payments and workers that are killed.

In each round of a schedule riders start and end rides, wait for vehicles and get credit while two
workers run jobs. A worker is killed at its first, second, ... step: a statement, or before or after
it sends a mail. Then the leases of the dead end. Afterwards every change has its jobs, and each job
its one effect.

The schedules are the same in every run; the threads are real, so what happens in them is not.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine, event, text

from tests.examples import examples
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.faults.conftest import RunAudit
from tests.faults.riders import Rider
from tests.faults.test_schedules import RESET
from tests.job_steps import run_jobs
from tests.threads import run_in_threads
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.favourites.services.vehicles import start_waiting
from webapp.ops.jobs.running import JobOutcome, run_due_jobs
from webapp.riders.wallet.services.credits import Credit, give_credit_as_operator

#: For each of the two parts.
SCHEDULES = 50
RIDERS = VEHICLES = 2
#: More than a worker takes for all jobs of a round.
MOST_STEPS = 30
CREDIT_NOTE = "For a job"
RESET_JOBS = "DELETE FROM jobs; DELETE FROM saved_vehicles"
END_LEASES = "UPDATE jobs SET due_at = now() WHERE done_at IS NULL"
#: Changes that have no job, or jobs that have no change.
UNEXPECTED = {
    "a ride has ended without a receipt": """
        SELECT (SELECT count(*) FROM rides WHERE ended_at IS NOT NULL)
             - (SELECT count(*) FROM jobs WHERE kind = 'receipt')""",
    "credit was given without a mail": f"""
        SELECT (SELECT count(*) FROM wallet_entries WHERE note = '{CREDIT_NOTE}')
             - (SELECT count(*) FROM jobs WHERE kind = 'mail')""",
    "a job is not done": "SELECT count(*) FROM jobs WHERE done_at IS NULL",
    "a job that is done holds something": """
        SELECT count(*) FROM jobs
        WHERE payload <> '{}' OR account_id IS NOT NULL OR worker IS NOT NULL""",
}


class Killed(BaseException):
    """The worker ends here: it records nothing more."""


@dataclass(frozen=True)
class Press:
    rider: int
    action: str
    vehicle: int


#: A round: what riders do, and the step at which each worker is killed.
Round = tuple[list[Press], list[int]]
rounds: st.SearchStrategy[Round] = st.tuples(
    st.lists(
        st.builds(
            Press,
            st.integers(0, RIDERS - 1),
            st.sampled_from(["ride", "ride", "credit", "wait"]),
            st.integers(0, VEHICLES - 1),
        ),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.integers(0, MOST_STEPS), min_size=2, max_size=2),
)


class Killer:
    """Counts the steps of each worker, which is a thread, and kills it at the planned one."""

    def __init__(self) -> None:
        self._thread = threading.local()
        self.kills = 0

    def run_worker(self, app: Flask, killed_at: int) -> None:
        """Run what is due in this thread, until there is nothing or the worker is killed."""
        self._thread.left = killed_at
        with suppress(Killed):
            run_due_jobs(app, ["us-east1"])
        self._thread.left = None

    def step(self, *_: Any) -> None:
        left = getattr(self._thread, "left", None)
        if left == 0:
            self.kills += 1
            raise Killed
        if left is not None:
            self._thread.left = left - 1


@pytest.fixture
def killer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Killer]:
    killer = Killer()
    with app.app_context():
        engines = [db.engine, db.engines["write"]]
        backend: Any = type(app.extensions["mailman"].get_connection())
    send = backend.send_messages

    def send_in_steps(*arguments: Any) -> Any:
        killer.step()
        sent = send(*arguments)
        killer.step()
        return sent

    monkeypatch.setattr(backend, "send_messages", send_in_steps)
    with _listen(engines, killer):
        yield killer


@contextmanager
def _listen(engines: list[Engine], killer: Killer) -> Iterator[None]:
    for engine in engines:
        event.listen(engine, "before_cursor_execute", killer.step)
    yield
    for engine in engines:
        event.remove(engine, "before_cursor_execute", killer.step)


@dataclass
class ScheduleRun:
    """The people and vehicles of all schedules."""

    app: Flask
    users: list[User]
    riders: list[Rider]
    vehicles: list[RowKey]
    admin: Engine
    killer: Killer
    outbox: list[Any] = field(default_factory=list)

    def reset(self) -> None:
        self.execute(f"{RESET_JOBS};{RESET}")
        self.outbox.clear()
        self.killer.kills = 0
        for rider in self.riders:
            rider.records.clear()

    def execute(self, sql: str) -> Any:
        with self.admin.connect() as connection:
            result = connection.execute(text(sql))
            return result.scalar() if result.returns_rows else None

    def press(self, press: Press) -> None:
        rider, vehicle = self.riders[press.rider], self.vehicles[press.vehicle]
        if press.action == "ride":
            if ride_key := rider.start(vehicle).ride_key:
                rider.end(ride_key)
        elif press.action == "wait":
            with self.app.app_context(), suppress(DomainError):
                start_waiting(self.users[press.rider].key, rider.read_public_key(vehicle))
        else:
            with self.app.app_context():
                credit = Credit(100, "USD", CREDIT_NOTE, uuid4())
                give_credit_as_operator(self.users[press.rider], credit)

    def play(self, presses: list[Press], kills: list[int]) -> None:
        run_in_threads(
            *(partial(self.press, press) for press in presses),
            *(partial(self.killer.run_worker, self.app, step) for step in kills),
        )
        self.execute(END_LEASES)

    def audit(self) -> None:
        """Fail if a change has not its jobs, or a job not its effect."""
        for problem, query in UNEXPECTED.items():
            assert self.execute(query) == 0, problem
        job_ids = self.execute("SELECT array_agg(id::text) FROM jobs") or []
        effects: dict[str, set[tuple[str, str]]] = {job_id: set() for job_id in job_ids}
        for message in self.outbox:
            job_id = message.extra_headers["Message-ID"].strip("<").partition("@")[0]
            effects[job_id].add((message.to[0], message.subject))
        assert {len(effect) for effect in effects.values()} <= {1}, effects
        assert len(self.outbox) - len(job_ids) <= self.killer.kills


@pytest.mark.parametrize("part", range(2))
def test_every_deed_has_its_jobs_and_each_job_one_effect_whenever_workers_are_killed(
    part: int,
    app: Flask,
    database: URL,
    admin: Engine,
    killer: Killer,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
    run_audit: RunAudit,
) -> None:
    """The parts have one or two rounds, and two or three."""
    users = [make_user() for _ in range(RIDERS)]
    riders = [Rider(app, user, database) for user in users]
    vehicles = [make_vehicle().key for _ in range(VEHICLES)]
    make_plan(unlock_fee=100, reserve_min=15)
    run = ScheduleRun(app, users, riders, vehicles, admin, killer, app.extensions["mailman"].outbox)
    total_kills = 0

    @settings(
        max_examples=examples(SCHEDULES),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(rounds, min_size=1 + part, max_size=2 + part))
    def schedule(plan: list[Round]) -> None:
        nonlocal total_kills
        run.reset()
        for presses, kills in plan:
            run.play(presses, kills)
        outcomes = run_jobs(app)
        assert set(outcomes) <= {JobOutcome.DONE}
        run.audit()
        run_audit(*riders)
        total_kills += killer.kills

    schedule()
    assert total_kills > SCHEDULES / 2, "the schedules do kill workers"
