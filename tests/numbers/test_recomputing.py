"""Computing rollups again never destroys sums that were right."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from tests.factories import VehicleFactory, find_city
from tests.numbers.steps import Event, make_history, read_rollups, total
from webapp.extensions import db
from webapp.fleet.vehicle_events.compaction import compact_old_events
from webapp.numbers import services
from webapp.numbers.enums import Metric, Period
from webapp.numbers.periods import find_start
from webapp.numbers.queries import add_up, read_totals
from webapp.numbers.ranges import RangeName, make_range
from webapp.numbers.services import delete_old_hours, recompute, roll_up, update_rollups
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

pytestmark = pytest.mark.usefixtures("app_context")

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STATES = ("available", "reserved", "on_trip", "non_operational")
#: How long the vehicles have been there.
AGE = 75 * DAY


@pytest.fixture
def city(app: Flask, monkeypatch: pytest.MonkeyPatch) -> City:
    """A city whose hours are kept for five days."""
    days = {**app.config["SWEEP_AFTER_DAYS"], "hourly_numbers": 5}
    monkeypatch.setitem(app.config, "SWEEP_AFTER_DAYS", days)
    return find_city()


def make_vehicles(make_vehicle: VehicleFactory) -> datetime:
    """Make vehicles whose events are over, so that their sums do not grow; return their first
    moment."""
    source, now = random.Random(6), datetime.now(UTC)
    for _ in range(3):
        ages = sorted((source.random() * (AGE - HOUR) + HOUR for _ in range(60)), reverse=True)
        events = [Event(now - AGE, "available", ["provider_drop_off"])]
        events += [Event(now - age, source.choice(STATES), ["located"]) for age in ages]
        make_history(make_vehicle, [*events, Event(now - HOUR / 2, "removed", ["decommissioned"])])
    return now - AGE


def read_days_and_months(city: City) -> list[dict[tuple[str, ...], int]]:
    return [read_rollups(city, period) for period in (Period.DAY, Period.MONTH)]


def test_days_and_months_are_the_same_whenever_they_are_computed_again(
    city: City, make_vehicle: VehicleFactory
) -> None:
    first, source = make_vehicles(make_vehicle), random.Random(9)
    update_rollups(city)
    right = read_days_and_months(city)
    assert len(right[0]) > 75
    for period in (Period.DAY, Period.MONTH):
        assert sum(total(city, Metric.STATE_TIME, period).values()) == pytest.approx(
            3 * (AGE - HOUR / 2) / timedelta(milliseconds=1), abs=10
        )
    for _ in range(4):
        moment = first + source.random() * AGE
        roll_up(city, moment, datetime.now(UTC))
        assert read_days_and_months(city) == right, moment
        delete_old_hours(city, 5 * DAY)
        assert read_days_and_months(city) == right
    update_rollups(city)
    assert read_days_and_months(city) == right


def test_hours_are_written_only_for_as_long_as_they_are_kept(
    city: City, make_vehicle: VehicleFactory
) -> None:
    make_vehicles(make_vehicle)
    update_rollups(city)
    assert len(read_rollups(city)) > 24
    assert delete_old_hours(city, 5 * DAY) == 0


def test_days_whose_events_are_compacted_stay_as_they_are(
    city: City, make_vehicle: VehicleFactory
) -> None:
    make_vehicles(make_vehicle)
    update_rollups(city)
    right = read_days_and_months(city)
    assert compact_old_events(city, 20 * DAY) > 0
    catalogue().forget()
    city = find_city()
    recompute(city, datetime.now(UTC) - AGE)
    assert read_days_and_months(city) == right
    with db.engines["write"].begin() as connection:  # the first event, as if recorded now
        late = "UPDATE vehicle_events SET recorded_at = now() WHERE number = 1"
        connection.execute(text(late))
    update_rollups(city)
    assert read_days_and_months(city) == right


def test_a_first_run_that_is_interrupted_goes_on_where_it_was(
    city: City, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_vehicles(make_vehicle)
    replace = services._replace_months
    calls = 0

    def replace_twice(*args: object) -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise InterruptedError
        replace(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "_replace_months", replace_twice)
    with pytest.raises(InterruptedError):
        update_rollups(city)
    kept = read_rollups(city, Period.DAY)
    assert len({key[0] for key in kept}) > 30
    monkeypatch.undo()
    update_rollups(city)
    whole = read_days_and_months(city)
    assert whole[0].items() >= kept.items()
    recompute(city, datetime.now(UTC) - AGE)
    assert read_days_and_months(city) == whole


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Los_Angeles", "Asia/Kathmandu"])
def test_a_city_that_changes_its_time_zone_keeps_its_history(
    city: City, make_vehicle: VehicleFactory, zone: str
) -> None:
    make_vehicles(make_vehicle)
    update_rollups(city)
    now = datetime.now(UTC)
    changed = City(name=city.name, region=city.region, timezone=zone, currency=city.currency)
    street_ms = {}
    for each in (city, changed):
        time_range = make_range(RangeName.QUARTER, each, now)
        totals = read_totals(each, time_range)
        assert len(totals) >= 75
        street_ms[each.timezone] = sum(add_up(totals, time_range.starts).values())
    assert street_ms[zone] == pytest.approx(street_ms[city.timezone], rel=0.03)
    recompute(changed, now - AGE)
    days = {key[0] for key in read_rollups(changed, Period.DAY)}
    start = find_start(Period.DAY, now - 3 * DAY, changed.zone)
    assert f"{start:%m-%d %H:%M}" in days
