"""Whatever fails and whenever: hundreds of schedules of riders, vehicles and faults.

A schedule is a few rounds. In each, riders press buttons at the same time while the wire or the
server does harm at the first, second, ... query on the wire. Afterwards the tables are audited
against each other and against what each rider was told. Then every request of unknown result is
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

from tests.factories import PlanFactory, VehicleFactory
from tests.faults.audit import Answer, Told
from tests.faults.conftest import PATIENT, Settings
from tests.faults.riders import Rider, at_once
from tests.faults.wiring import until
from tests.wire import Wire
from webapp.db.keys import RowKey
from webapp.db.retries import RETRY_CLOCK, RetryClock

#: For each of the four parts.
SCHEDULES = 60
#: Longer than the application's patience: it lasts until the round is over.
LONG_MS = 10_000

#: Everybody has enough for many rides; each costs at least the unlock fee.
CLEAN = """
    DELETE FROM open_rides; DELETE FROM rides; DELETE FROM reservations;
    DELETE FROM wallet_lines; DELETE FROM wallet_entries;
    UPDATE vehicles SET state = 'available', reserved_until = NULL, address = '1 Main Street';
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
    """Which rider does what: start, end (the ride they know of), both, hold a vehicle, let it go,
    pause, ride on, or end another's ride."""

    rider: int
    what: str
    vehicle: int


@dataclass(frozen=True)
class Harm:
    """``what`` happens at the ``nth`` query after the harm before it, or after the round began."""

    nth: int
    what: str
    ms: int = 0


#: How often each kind of harm is chosen, in parts of the whole.
KINDS = [
    *[("question", 0), ("line", 0), ("answer", 0)] * 4,
    *[("terminate", 0), ("freeze", 5), ("freeze", 20)] * 2,
    ("freeze", LONG_MS),
]
harms = st.lists(
    st.builds(lambda nth, kind: Harm(nth, *kind), st.integers(0, 5), st.sampled_from(KINDS)),
    max_size=3,
)


def rounds(riders: int, vehicles: int) -> st.SearchStrategy:
    often, seldom = ["start", "end", "reserve"], ["cancel", "pause", "resume", "end another's"]
    both = ["take and give back", "hold and take"]
    what = st.sampled_from([*often, *often, *seldom, *both])
    presses = st.builds(Press, st.integers(0, riders - 1), what, st.integers(0, vehicles - 1))
    return st.tuples(st.lists(presses, min_size=1, max_size=3), harms)


class Saboteur:
    """Does the harm that it is told to, once each, and counts queries to know when."""

    def __init__(self, wire: Wire, admin: Engine) -> None:
        self.wire = wire
        self.admin = admin
        self._lock = threading.Lock()
        self._plan: list[Harm] = []
        self._seen = 0
        self._timers: list[threading.Timer] = []
        wire.on_query = self._on_query

    def plan(self, harms: Iterable[Harm]) -> None:
        with self._lock:
            self._plan, self._seen = list(harms), 0

    def rest(self) -> None:
        """Do no more, and mend what can be mended."""
        self.plan([])
        for timer in self._timers:
            timer.cancel()
        self.wire.thaw()

    def _on_query(self, sql: str) -> str | None:
        with self._lock:
            if not self._plan or self._seen < self._plan[0].nth:
                self._seen += 1
                return None
            harm, self._seen = self._plan.pop(0), 0
        return self._do(harm)

    def _do(self, harm: Harm) -> str | None:
        if harm.what == "terminate":
            with self.admin.connect() as connection:
                connection.execute(text(TERMINATE))
        elif harm.what == "freeze":
            self.wire.freeze()
            timer = threading.Timer(harm.ms / 1000, self.wire.thaw)
            timer.daemon = True
            timer.start()
            self._timers.append(timer)
        else:
            return harm.what
        return None


@dataclass
class Play:
    """One schedule: what each rider believes, and what all were told."""

    riders: list[Rider]
    vehicles: list[RowKey]
    riding: dict[int, RowKey] = field(default_factory=dict)

    def press(self, press: Press) -> None:
        rider = self.riders[press.rider]
        vehicle = self.vehicles[press.vehicle]
        known = self.riding.get(press.rider)
        if press.what == "start":
            self._believe(press.rider, rider.start(vehicle))
        elif press.what == "take and give back":
            if ride := self._believe(press.rider, rider.start(vehicle)):
                rider.end(ride)
        elif press.what == "hold and take":
            rider.reserve(vehicle)
            self._believe(press.rider, rider.start(vehicle))
        elif press.what in ("reserve", "cancel"):
            getattr(rider, press.what)(vehicle)
        elif press.what in ("end", "pause", "resume") and known:
            getattr(rider, press.what)(known)
        elif others := [r for who, r in self.riding.items() if who != press.rider]:
            assert rider.end(others[0]).answer is not Answer.RIDE

    def _believe(self, who: int, told: Told) -> RowKey | None:
        if told.ride:
            self.riding[who] = told.ride
        return told.ride

    def unsettled(self) -> list[tuple[Rider, Told]]:
        return [
            (rider, told)
            for rider in self.riders
            for told in rider.told
            if told.answer is Answer.UNKNOWN
        ]


@pytest.fixture
def patience() -> Settings:
    """Little: what a busy machine does not answer in time is one fault more."""
    return {
        **PATIENT,
        "DATABASE_ANSWER_TIMEOUT_MS": 250,
        "TRANSACTION_DEADLINE_MS": 250,
        "TRANSACTION_RECONNECT_MS": 500,
    }


@pytest.fixture(autouse=True)
def _real_time(behind: Flask) -> None:
    """Whatever is given up, and when: the audit must hold."""
    behind.extensions[RETRY_CLOCK] = RetryClock()


@pytest.mark.parametrize("part", range(4))
def test_every_start_and_end_takes_effect_once_or_not_at_all_and_is_told(
    part: int,
    wire: Wire,
    admin: Engine,
    make_rider: Callable[..., Rider],
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
    check: Callable,
    settle: Callable[[], None],
) -> None:
    """Part: two or three riders, on two or three vehicles."""
    riders = [make_rider() for _ in range(2 + part % 2)]
    vehicles = [make_vehicle().key for _ in range(2 + part // 2)]
    make_plan(unlock_fee=100, reserve_min=15)
    saboteur = Saboteur(wire, admin)

    @settings(
        max_examples=SCHEDULES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(rounds(len(riders), len(vehicles)), min_size=1, max_size=4))
    def schedule(plan: list[tuple[list[Press], list[Harm]]]) -> None:
        play = begin(admin, riders, vehicles)
        for presses, harms in plan:
            saboteur.plan(harms)
            at_once(*(partial(play.press, press) for press in presses))
            saboteur.rest()
        settle()
        check(*riders)
        for rider, told in play.unsettled():
            until(lambda r=rider, t=told: r.repeat(t).answer in (Answer.RIDE, Answer.REFUSED))
        check(*riders)

    schedule()


def begin(admin: Engine, riders: list[Rider], vehicles: list[RowKey]) -> Play:
    """Return a new play, on a clean stage."""
    with admin.connect() as connection:
        connection.execute(text(CLEAN))
    for rider in riders:
        rider.told.clear()
    return Play(riders, vehicles)
