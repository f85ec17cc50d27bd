"""Rollups equal what events and rides say."""

import random
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text, update

from tests.explain import connect_to_fill_tables, explain_reads, vacuum
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.job_steps import run_jobs
from tests.numbers.steps import Event, add_rides, make_history, read_rollups, total
from tests.threads import run_together
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.transitions import RIDE_STARTED
from webapp.fleet.vehicle_events.writing import (
    change_state_statement,
    returned_columns,
    vehicle_events_cte,
)
from webapp.hooks import get_hooks
from webapp.jobs.kinds import NoPayload
from webapp.jobs.models import Job
from webapp.numbers import jobs as number_jobs
from webapp.numbers.durations import find_median_s
from webapp.numbers.enums import Metric, Period
from webapp.numbers.models import Rollup, RollupProgress
from webapp.numbers.periods import find_start
from webapp.numbers.retention.models import RiderCohort
from webapp.numbers.services import delete_old_hours, roll_up, update_rollups
from webapp.ops.jobs.services import run_schedule
from webapp.regions.models import City
from webapp.regions.moving import list_city_tables, move_rows_statement

pytestmark = pytest.mark.usefixtures("app_context")

HOUR = timedelta(hours=1)
MANY_EVENTS = """
    INSERT INTO vehicle_events
        (region, vehicle_id, city, number, state, event_types, cause, occurred_at, recorded_at)
    SELECT :region, :vehicle, 'new york', n, 'available', '{}', 'unknown', at, at
    FROM (SELECT n, now() - (20000 - n) * interval '1 minute' AS at
          FROM generate_series(1, 20000) n) AS events"""
MANY_RIDES = """
    INSERT INTO rides
        (region, id, city, vehicle_id, rider_region, rider_id, started_at, ended_at)
    SELECT :region, gen_random_uuid(), 'new york', :vehicle, :region, :rider, at, at
    FROM (SELECT now() - n * interval '1 minute' AS at FROM generate_series(1, 20000) n) AS rides"""
STATES = ("available", "reserved", "on_trip", "non_operational", "removed", "missing")


def utc_now() -> datetime:
    return datetime.now(UTC)


def random_history(source: random.Random, now: datetime) -> list[Event]:
    """Return events over the last three days, at whole milliseconds."""
    ages = sorted(source.randrange(1, 3 * 86_400_000) for _ in range(source.randrange(1, 30)))
    moments = [now - timedelta(milliseconds=age) for age in reversed(ages)]
    return [Event(moment, source.choice(STATES)) for moment in moments]


def time_in_state_ms(history: list[Event], state: str, start: datetime, end: datetime) -> int:
    """Return how long a vehicle was in a state between two moments."""
    ends = [event.occurred_at for event in history[1:]] + [end]
    spans = [
        min(until, end) - max(event.occurred_at, start)
        for event, until in zip(history, ends, strict=True)
        if event.state == state
    ]
    return sum(round(span / timedelta(milliseconds=1)) for span in spans if span > timedelta())


@pytest.mark.parametrize("seed", range(4))
def test_the_time_in_each_state_is_what_the_events_say(
    make_vehicle: VehicleFactory, seed: int
) -> None:
    source, city = random.Random(seed), find_city()
    now = utc_now().replace(microsecond=0)
    histories = [random_history(source, now) for _ in range(6)]
    for history in histories:
        make_history(make_vehicle, history)
    start, end = now - timedelta(days=4), now - timedelta(seconds=1)
    roll_up(city, start, end)
    for state in ("available", "on_trip", "missing", "reserved"):
        raw = sum(time_in_state_ms(history, state, start, end) for history in histories)
        for period in Period:
            assert total(city, Metric.STATE_TIME, period)[state] == raw, (state, period)
    assert "removed" not in total(city, Metric.STATE_TIME)


def test_each_hour_has_what_happened_in_it(make_vehicle: VehicleFactory) -> None:
    city, hour = find_city(), (utc_now() - 5 * HOUR).replace(minute=0, second=0, microsecond=0)
    make_history(
        make_vehicle,
        [
            Event(hour - 9 * HOUR, "removed"),
            Event(hour + HOUR / 2, "available", ["provider_drop_off"]),
            Event(hour + 1.25 * HOUR, "non_operational", ["battery_low", "maintenance"]),
        ],
        form_factor="bicycle",
    )
    roll_up(city, hour, hour + 3 * HOUR)
    names = [f"{hour + number * HOUR:%m-%d %H:%M}" for number in range(3)]
    assert read_rollups(city) == {
        (names[0], "state_time", "available", "bicycle"): 30 * 60_000,
        (names[0], "events", "provider_drop_off", "bicycle"): 1,
        (names[1], "state_time", "available", "bicycle"): 15 * 60_000,
        (names[1], "state_time", "non_operational", "bicycle"): 45 * 60_000,
        (names[1], "events", "battery_low", "bicycle"): 1,
        (names[1], "events", "maintenance", "bicycle"): 1,
        (names[2], "state_time", "non_operational", "bicycle"): 60 * 60_000,
    }


def test_rollups_that_are_computed_again_are_the_same(make_vehicle: VehicleFactory) -> None:
    city, now = find_city(), utc_now()
    make_history(make_vehicle, random_history(random.Random(7), now))
    roll_up(city, now - timedelta(days=3), now)
    first = [read_rollups(city, period) for period in Period]
    roll_up(city, now - timedelta(days=1), now)
    roll_up(city, now - timedelta(days=3), now)
    assert [read_rollups(city, period) for period in Period] == first


def test_two_processes_that_compute_rollups_at_once_agree(
    app: Flask, make_vehicle: VehicleFactory
) -> None:
    city, now = find_city(), utc_now()
    make_history(make_vehicle, random_history(random.Random(8), now))
    roll_up(city, now - timedelta(days=3), now)
    first = [read_rollups(city, period) for period in Period]

    compute = partial(roll_up, city, now - timedelta(days=3), now)
    assert run_together(app, compute, compute) == [None, None]
    assert [read_rollups(city, period) for period in Period] == first


def test_the_jobs_of_numbers_run_at_once_without_a_conflict(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also for the first time: none writes what the other one does."""
    ends = [utc_now() - timedelta(days=day) for day in range(1, 100, 9)]
    rides = [{"started_at": at - HOUR, "ended_at": at} for at in ends]
    add_rides(make_user("rhea"), make_vehicle(), rides)
    make_history(make_vehicle, [Event(ends[-1], "available")])
    job: Any = SimpleNamespace(key=RowKey(find_city().region, uuid4()))
    run_together(
        app,
        partial(number_jobs.update_region, NoPayload(), job),
        partial(number_jobs.update_months, NoPayload(), job),
    )
    assert "transaction attempt" not in caplog.text
    number_jobs.update_months(NoPayload(), job)
    assert db.session.scalar(select(func.count()).select_from(RiderCohort))
    assert total(find_city(), Metric.RIDES, Period.DAY) == {"": len(rides)}


def test_the_first_sums_of_a_city_let_its_months_be_counted(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    """On a first day the daily job finds no sums, and would leave the pages empty until the next."""
    ended_at = utc_now() - timedelta(days=70)
    ride = {"started_at": ended_at - HOUR, "ended_at": ended_at}
    add_rides(make_user("rhea"), make_vehicle(), [ride])
    for name in ("update_monthly_numbers", "update_rollups", "update_rollups"):
        schedule = next(each for each in get_hooks().schedules if each.kind.name == name)
        run_schedule(schedule, find_city().region)
        run_jobs(app)
    assert db.session.scalar(select(func.count()).select_from(RiderCohort))
    jobs = select(func.count()).where(Job.kind == "update_monthly_numbers")
    assert db.session.scalar(jobs) == 2


def test_rides_are_summed_up_when_they_ended(
    make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    city, hour = find_city(), (utc_now() - 9 * HOUR).replace(minute=0, second=0, microsecond=0)
    minute = timedelta(minutes=1)
    times = [(50, 70, 1_500, 320), (71, 71.5, 10, 100), (131.5, 140, 900, 250)]
    rides = [
        {
            "started_at": hour + start * minute,
            "ended_at": hour + end * minute,
            "distance_m": metres,
            "price": price,
        }
        for start, end, metres, price in times
    ]
    still_open = {
        "started_at": hour + 4 * HOUR,
        "ended_at": None,
        "distance_m": None,
        "price": None,
    }
    add_rides(make_user(), make_vehicle(), [*rides, still_open])
    roll_up(city, hour, hour + 6 * HOUR)
    second, third = (f"{hour + number * HOUR:%m-%d %H:%M}" for number in (1, 2))
    type_ = "scooter_standing"
    found = {key: value for key, value in read_rollups(city).items() if key[1] != "state_time"}
    assert found == {
        (second, "rides", "", type_): 2,
        (second, "given_up_rides", "", type_): 1,
        (second, "ride_time", "", type_): 1_230,
        (second, "ride_distance", "", type_): 1_510,
        (second, "revenue", "USD", type_): 420,
        (second, "idle_times", "1", type_): 1,
        (third, "rides", "", type_): 1,
        (third, "ride_time", "", type_): 510,
        (third, "ride_distance", "", type_): 900,
        (third, "revenue", "USD", type_): 250,
        (third, "idle_times", "19", type_): 1,
    }


def test_the_median_of_idle_times_is_near_that_of_the_rides(
    make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    source, city, rider = random.Random(3), find_city(), make_user()
    now, gaps = utc_now(), list[float]()
    for _ in range(20):
        moment, rides = now - timedelta(days=2), list[dict[str, Any]]()
        for _ in range(10):
            gap = timedelta(seconds=source.lognormvariate(8, 1))
            gaps += [gap.total_seconds()] if rides else []
            start = moment + gap
            moment = start + timedelta(minutes=5)
            rides.append({"started_at": start, "ended_at": moment})
        add_rides(rider, make_vehicle(), rides)
    roll_up(city, now - timedelta(days=3), now)
    classes = total(city, Metric.IDLE_TIMES, Period.MONTH)
    median = find_median_s({int(name): count for name, count in classes.items()})
    assert median == pytest.approx(sorted(gaps)[len(gaps) // 2], rel=0.12)
    assert sum(classes.values()) <= len(gaps)


def test_without_rides_there_is_no_median() -> None:
    assert find_median_s({}) is None
    assert find_median_s({0: 4}) == 30


# --- keeping them up to date ---------------------------------------------------------------


def test_the_first_update_sums_up_all_that_there_is_and_the_next_ones_what_is_new(
    make_vehicle: VehicleFactory,
) -> None:
    city, now = find_city(), utc_now()
    make_history(
        make_vehicle, [Event(now - timedelta(days=40), "available"), Event(now - HOUR, "missing")]
    )
    update_rollups(city)
    days = total(city, Metric.STATE_TIME, Period.MONTH)
    assert days["available"] == pytest.approx((40 * 24 - 1) * HOUR / timedelta(milliseconds=1))
    with db.engines["write"].begin() as connection:  # what an update does not look at any more
        connection.execute(
            text("UPDATE vehicle_events SET occurred_at = occurred_at + '1 day' WHERE number = 1")
        )
    update_rollups(city)
    assert total(city, Metric.STATE_TIME, Period.DAY)["available"] == days["available"]


def test_an_event_that_is_dated_earlier_changes_the_hours_since_then(
    make_vehicle: VehicleFactory,
) -> None:
    city, now = find_city(), utc_now()
    start = now - timedelta(days=5)
    make_history(make_vehicle, [Event(start, "available"), Event(start + HOUR, "reserved")])
    update_rollups(city)
    assert total(city, Metric.STATE_TIME)["reserved"] > 4 * 86_400_000
    events, vehicles = table(VehicleEvent), table(Vehicle)
    with db.engines["write"].begin() as connection:
        row = connection.execute(events.select().where(events.c.number == 2)).mappings().one()
        late = {"number": 3, "state": "available", "occurred_at": start + 2 * HOUR,
                "recorded_at": now}  # fmt: skip
        connection.execute(insert(events).values({**row, **late}))
        connection.execute(update(vehicles).values(state="available", event_count=3))
    update_rollups(city)
    assert total(city, Metric.STATE_TIME)["reserved"] == 3_600_000


def test_a_reservation_that_has_expired_is_over_before_anybody_has_recorded_it(
    make_vehicle: VehicleFactory,
) -> None:
    """It is recorded when somebody uses the vehicle, perhaps days later; that changes nothing."""
    city, now = find_city(), utc_now()
    start = now - timedelta(days=3)
    made = [Event(start, "available"), Event(start + HOUR, "reserved", ["reservation_start"])]
    make_history(make_vehicle, made, reserved_until=start + 2 * HOUR)
    make_history(make_vehicle, made, reserved_until=now + HOUR)
    update_rollups(city)
    before = read_rollups(city)
    days_ms = round((now - start - 2 * HOUR) / timedelta(milliseconds=1))
    reserved = total(city, Metric.STATE_TIME)["reserved"]
    assert reserved == pytest.approx(3_600_000 + days_ms + 3_600_000, abs=5_000)
    events = {"reservation_start": 2, "reservation_cancel": 1}
    assert total(city, Metric.EVENTS) == events
    found = db.session.scalars(select(Vehicle).where(Vehicle.reserved_until < func.now())).one()
    change_state = change_state_statement(RIDE_STARTED, VehicleState.ON_TRIP)
    changed = change_state.where(table(Vehicle).c.id == found.id)
    changed_cte = changed.returning(*returned_columns()).cte("changed")
    written = vehicle_events_cte(RIDE_STARTED, changed_cte, EventOrigin(EventCause.RIDER))
    execute_write(select(written.c.number))
    update_rollups(city)
    assert total(city, Metric.EVENTS).items() >= events.items()
    hours = find_start(Period.HOUR, now, city.zone)
    kept = {key: value for key, value in before.items() if key[0] < f"{hours:%m-%d %H:%M}"}
    assert read_rollups(city).items() >= kept.items()


def test_old_hours_are_deleted_and_their_days_stay(make_vehicle: VehicleFactory) -> None:
    city, now = find_city(), utc_now()
    make_history(make_vehicle, [Event(now - timedelta(days=3), "available")])
    update_rollups(city)
    days = read_rollups(city, Period.DAY)
    hours = len(read_rollups(city))
    assert delete_old_hours(city, timedelta(days=1)) == hours - len(read_rollups(city)) > 40
    assert len(read_rollups(city)) > 20
    assert read_rollups(city, Period.DAY) == days


def test_a_city_that_moves_is_not_summed_up_before_its_rollups_have_moved(
    make_vehicle: VehicleFactory,
) -> None:
    city, now = find_city(), utc_now()
    make_history(make_vehicle, [Event(now - timedelta(days=3), "available")])
    update_rollups(city)
    first = read_rollups(city, Period.DAY)
    moved = City(name=city.name, region="us-west1", timezone=city.timezone)
    update_rollups(moved)
    assert read_rollups(city, Period.DAY) == first
    rollups, progress = table(Rollup), table(RollupProgress)
    for rows in (rollups, progress):
        statement = move_rows_statement(rows, city.name, city.region, moved.region, 10_000)
        assert len(execute_write(statement)) > 0
        assert execute_write(statement) == []
    assert read_rollups(moved, Period.DAY) == first


def test_all_sums_move_before_their_progress() -> None:
    """So the job of the new region knows when they are all there."""
    labels = list(list_city_tables())
    counted = (
        "rollups",
        "totals of rollups",
        "cohorts of riders",
        "rides by cell",
        "rides between cells",
        "response times",
    )
    assert max(map(labels.index, counted)) < labels.index("rollup progress")


def test_a_city_where_nothing_has_happened_has_no_rollups() -> None:
    update_rollups(find_city())
    assert read_rollups(find_city()) == {}


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_an_update_reads_what_is_new_by_indexes(
    make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    """Of 20,000 events and 20,000 rides."""
    city, vehicle, rider = find_city(), make_vehicle(), make_user()
    values = {"region": city.region, "vehicle": vehicle.id, "rider": rider.id}
    with connect_to_fill_tables() as connection:
        connection.execute(text(MANY_EVENTS), values)
        connection.execute(text(MANY_RIDES), values)
    vacuum("vehicle_events", "rides", "vehicles")
    update_rollups(city)
    plans = explain_reads(lambda: update_rollups(city))
    assert not {name for plan in plans for name in plan.read_whole} & {"vehicle_events", "rides"}
    assert sum(plan.table_rows for plan in plans) < 1_000  # of two hours
