"""A hundred schedules of riders, vehicles and faults.

A schedule is a few rounds. In each, riders press buttons at the same time while the proxy or the
server fails at the first, second, ... query on the proxy. Afterwards the tables are audited
against each other and against what each rider was answered. Then every request of unknown result is
sent again, which must settle it, and the audit must hold once more.

The schedules are the same in every run; the threads are real, so what happens in them is not.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from tests.database_proxy import Cut, DatabaseProxy
from tests.examples import examples
from tests.factories import PlanFactory, VehicleFactory
from tests.faults.audit import Answer, RequestRecord
from tests.faults.conftest import SETTINGS, RiderFactory, RunAudit, Settings
from tests.faults.riders import Rider
from tests.faults.steps import wait_until
from tests.threads import run_in_threads
from webapp.db.keys import RowKey
from webapp.db.retries import RETRY_CLOCK, RetryClock

#: For each of the four parts.
SCHEDULES = 25
#: Longer than all time-outs of the application: it lasts until the round is over.
LONG_MS = 10_000

#: Each rider gets credit for many rides.
RESET = """
    DELETE FROM open_rides; DELETE FROM rides; DELETE FROM reservations;
    DELETE FROM wallet_lines; DELETE FROM wallet_entries; DELETE FROM wallet_balances;
    DELETE FROM vehicle_events;
    UPDATE vehicles SET state = 'available', event_count = 0, event_state = NULL,
        reserved_until = NULL, address = '1 Main Street';
    INSERT INTO wallet_entries (region, id, rider_id, kind, currency, note)
        SELECT region, id, id, 'credit', 'USD', '' FROM users;
    INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount)
        SELECT region, id, 'rider', id, 'USD', 1000000 FROM users UNION ALL
        SELECT region, id, 'promotions', NULL, 'USD', -1000000 FROM users"""
TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'movr'"""


@dataclass(frozen=True)
class Press:
    """Which rider does what, with which vehicle or with the ride that the rider knows of."""

    rider: int
    action: str
    vehicle: int


@dataclass(frozen=True)
class Fault:
    """A fault at the ``nth`` query after the previous fault, or after the round began."""

    nth: int
    action: str
    ms: int = 0


#: Kinds of faults; the more often one is listed, the more often it is chosen.
KINDS = [
    *[("query", 0), ("connection", 0), ("result", 0)] * 4,
    *[("terminate", 0), ("freeze", 5), ("freeze", 20)] * 2,
    ("freeze", LONG_MS),
]
faults = st.lists(
    st.builds(lambda nth, kind: Fault(nth, *kind), st.integers(0, 5), st.sampled_from(KINDS)),
    max_size=3,
)


def rounds(riders: int, vehicles: int) -> st.SearchStrategy[tuple[list[Press], list[Fault]]]:
    often, seldom = ["start", "end", "reserve"], ["cancel", "pause", "resume", "end another's"]
    both = ["start and end", "reserve and start"]
    actions = st.sampled_from([*often, *often, *seldom, *both])
    presses = st.builds(Press, st.integers(0, riders - 1), actions, st.integers(0, vehicles - 1))
    return st.tuples(st.lists(presses, min_size=1, max_size=3), faults)


class FaultInjector:
    """Causes the planned faults, once each, and counts queries to know when."""

    def __init__(self, proxy: DatabaseProxy, admin: Engine) -> None:
        self.proxy = proxy
        self.admin = admin
        self._lock = threading.Lock()
        self._plan: list[Fault] = []
        self._seen = 0
        self._timers: list[threading.Timer] = []
        proxy.on_query = self._on_query

    def plan(self, faults: Iterable[Fault]) -> None:
        with self._lock:
            self._plan, self._seen = list(faults), 0

    def stop(self) -> None:
        """Cause no more faults, and let messages through."""
        self.plan([])
        for timer in self._timers:
            timer.cancel()
        self.proxy.thaw()

    def _on_query(self, sql: str) -> Cut | None:
        with self._lock:
            if not self._plan or self._seen < self._plan[0].nth:
                self._seen += 1
                return None
            fault, self._seen = self._plan.pop(0), 0
        return self._apply(fault)

    def _apply(self, fault: Fault) -> Cut | None:
        if fault.action == "terminate":
            with self.admin.connect() as connection:
                connection.execute(text(TERMINATE))
        elif fault.action == "freeze":
            self.proxy.freeze()
            timer = threading.Timer(fault.ms / 1000, self.proxy.thaw)
            timer.daemon = True
            timer.start()
            self._timers.append(timer)
        else:
            return fault.action  # type: ignore[return-value]
        return None


@dataclass
class ScheduleRun:
    """One schedule: its riders with their records, and the last ride that each knows of."""

    riders: list[Rider]
    vehicles: list[RowKey]
    open_rides: dict[int, RowKey] = field(default_factory=dict)

    def press(self, press: Press) -> None:
        rider = self.riders[press.rider]
        vehicle = self.vehicles[press.vehicle]
        ride_key = self.open_rides.get(press.rider)
        if press.action == "start":
            self._remember_ride(press.rider, rider.start(vehicle))
        elif press.action == "start and end":
            if started_key := self._remember_ride(press.rider, rider.start(vehicle)):
                rider.end(started_key)
        elif press.action == "reserve and start":
            rider.reserve(vehicle)
            self._remember_ride(press.rider, rider.start(vehicle))
        elif press.action in ("reserve", "cancel"):
            getattr(rider, press.action)(vehicle)
        elif press.action in ("end", "pause", "resume") and ride_key:
            getattr(rider, press.action)(ride_key)
        elif others := [key for rider, key in self.open_rides.items() if rider != press.rider]:
            assert rider.end(others[0]).answer is not Answer.DONE

    def _remember_ride(self, rider: int, record: RequestRecord) -> RowKey | None:
        if record.ride_key:
            self.open_rides[rider] = record.ride_key
        return record.ride_key

    def unsettled(self) -> list[tuple[Rider, RequestRecord]]:
        return [
            (rider, record)
            for rider in self.riders
            for record in rider.records
            if record.answer is Answer.UNKNOWN
        ]


@pytest.fixture
def proxied_settings() -> Settings:
    """Short time-outs: what a busy machine does not answer in time is one fault more."""
    return {
        **SETTINGS,
        "DATABASE_ANSWER_TIMEOUT_MS": 250,
        "TRANSACTION_DEADLINE_MS": 250,
        "TRANSACTION_RECONNECT_MS": 500,
    }


@pytest.fixture(autouse=True)
def _real_time(proxied_app: Flask) -> None:
    """The audit must hold whenever an attempt is given up."""
    proxied_app.extensions[RETRY_CLOCK] = RetryClock()


@pytest.mark.parametrize("part", range(4))
def test_every_start_and_end_takes_effect_at_most_once_as_the_response_says(
    part: int,
    proxy: DatabaseProxy,
    admin: Engine,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
    run_audit: RunAudit,
    wait_until_idle: Callable[[], None],
) -> None:
    """The parts have two or three riders, and two or three vehicles."""
    riders = [make_rider() for _ in range(2 + part % 2)]
    vehicles = [make_vehicle().key for _ in range(2 + part // 2)]
    make_plan(unlock_fee=100, reserve_min=15)
    injector = FaultInjector(proxy, admin)

    @settings(
        max_examples=examples(SCHEDULES),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(rounds(len(riders), len(vehicles)), min_size=1, max_size=4))
    def schedule(plan: list[tuple[list[Press], list[Fault]]]) -> None:
        run = start_run(admin, riders, vehicles)
        for presses, faults in plan:
            injector.plan(faults)
            run_in_threads(*(partial(run.press, press) for press in presses))
            injector.stop()
        wait_until_idle()
        run_audit(*riders)
        for rider, record in run.unsettled():
            wait_until(partial(is_settled_by_repeating, rider, record))
        run_audit(*riders)

    schedule()


def is_settled_by_repeating(rider: Rider, record: RequestRecord) -> bool:
    return rider.repeat(record).answer in (Answer.DONE, Answer.REFUSED)


def start_run(admin: Engine, riders: list[Rider], vehicles: list[RowKey]) -> ScheduleRun:
    """Remove all rides and records, and return a new run."""
    with admin.connect() as connection:
        connection.execute(text(RESET))
    for rider in riders:
        rider.records.clear()
    return ScheduleRun(riders, vehicles)
