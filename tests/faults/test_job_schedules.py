"""Two hundred schedules of riders, payments and workers that are killed.

In each round of a schedule riders start and end rides, wait for vehicles and get credit while two
workers run jobs, each in a process of its own. A worker is killed (SIGKILL) at its first, second,
... step: before or after a statement, or before or after it sends a mail. Then the leases of the
dead end. Afterwards every change has its jobs, and each job its one effect.

The schedules are the same in every run; the processes are real, so what happens in them is not.
"""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine, text

from tests.examples import examples
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.faults.conftest import RunAudit
from tests.faults.dying_worker import DyingWorker, read_mails
from tests.faults.riders import Rider
from tests.faults.test_schedules import RESET
from tests.threads import run_in_threads
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import DomainError
from webapp.fleet.favourites.services.vehicles import start_waiting
from webapp.riders.wallet.services.credits import Credit, give_credit_as_operator

#: For each of the two parts.
SCHEDULES = 100
RIDERS = VEHICLES = 2
#: More than a worker takes for all jobs of a round.
MOST_STEPS = 50
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


@pytest.fixture
def workers(database: URL, outbox: Path) -> Iterator[list[DyingWorker]]:
    with ExitStack() as stack:
        workers = [DyingWorker(database, outbox) for _ in range(2)]
        for worker in workers:
            stack.callback(worker.close)
        yield workers


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


@dataclass
class ScheduleRun:
    """The people and vehicles of all schedules."""

    app: Flask
    users: list[User]
    riders: list[Rider]
    vehicles: list[RowKey]
    admin: Engine
    workers: list[DyingWorker]
    outbox: Path
    kills: int = 0

    def reset(self) -> None:
        self.execute(f"{RESET_JOBS};{RESET}")
        self.outbox.write_text("")
        self.kills = 0
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
        killed = run_in_threads(
            *(partial(worker.run, step) for worker, step in zip(self.workers, kills, strict=True)),
            *(partial(self.press, press) for press in presses),
        )
        self.kills += sum(killed[: len(kills)])
        self.execute(END_LEASES)

    def audit(self) -> None:
        """Fail if a change has not its jobs, or a job not its effect."""
        for problem, query in UNEXPECTED.items():
            assert self.execute(query) == 0, problem
        job_ids = self.execute("SELECT array_agg(id::text) FROM jobs") or []
        effects: dict[str, set[tuple[str, str]]] = {job_id: set() for job_id in job_ids}
        mails = read_mails(self.outbox)
        for mail in mails:
            effects[mail.job_id].add((mail.to, mail.subject))
        assert {len(effect) for effect in effects.values()} <= {1}, effects
        assert len(mails) - len(job_ids) <= self.kills


@pytest.mark.parametrize("part", range(2))
def test_every_deed_has_its_jobs_and_each_job_one_effect_whenever_workers_are_killed(
    part: int,
    app: Flask,
    database: URL,
    admin: Engine,
    workers: list[DyingWorker],
    outbox: Path,
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
    run = ScheduleRun(app, users, riders, vehicles, admin, workers, outbox)
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
        for worker in workers:
            worker.run()
        run.audit()
        run_audit(*riders)
        total_kills += run.kills

    schedule()
    assert total_kills > SCHEDULES / 2, "the schedules do kill workers"
