"""Those who may not see persons cannot compute the rides of a few from pages and files."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert

from tests.auth.steps import new_browser
from tests.factories import UserFactory, find_city
from tests.numbers.steps import read_figures, read_file
from tests.visitor import Visitor
from webapp.db.types import table
from webapp.extensions import db
from webapp.numbers.enums import Period
from webapp.numbers.models import Rollup, RollupProgress, RollupTotal
from webapp.numbers.periods import find_start
from webapp.numbers.ranges import MOMENT
from webapp.numbers.totals import replace_totals

DAYS = 70
QUERIES = ("range=7d", "range=30d", "range=12m", "range=24h", "range=30d&type=cargo_bicycle",
           "range=12m&type=scooter_standing")  # fmt: skip

#: The sums of a day of one type, by metric and dimension.
Day = dict[tuple[str, str], int]


def make_day(
    source: random.Random, rides: int, *, reservations: int = 0, is_in_use: bool = False
) -> Day:
    """Return what is counted on a day with as many rides. is_in_use: somebody rides all day."""
    day = {
        ("state_time", "available"): source.randrange(10**8),
        ("state_time", "on_trip"): source.randrange(1, 10**6) if rides or is_in_use else 0,
        ("state_time", "reserved"): source.randrange(1, 10**6) if reservations else 0,
        ("events", "trip_start"): rides,
        ("events", "trip_end"): rides,
        ("events", "maintenance"): source.randrange(3),
        ("events", "reservation_start"): reservations,
        ("events", "reservation_cancel"): source.randint(0, reservations),
        ("reserved_rides", ""): source.randint(0, min(rides, reservations)),
        ("rides", ""): rides,
        ("ride_time", ""): sum(source.randrange(60, 3_600) for _ in range(rides)),
        ("ride_distance", ""): sum(source.randrange(5_000) for _ in range(rides)),
        ("revenue", "USD"): sum(source.randrange(2_000) for _ in range(rides)),
        ("idle_times", str(source.randrange(30))): rides,
    }
    return {key: value for key, value in day.items() if value}


def make_few(source: random.Random) -> Day:
    """Return a day with one to nine rides, one cancelled reservation, or one ride all day."""
    return source.choice(
        [
            make_day(source, source.randrange(1, 10), reservations=source.randrange(3)),
            make_day(source, 0, reservations=1),
            make_day(source, 0, is_in_use=True),
        ]
    )


def make_city(source: random.Random) -> list[dict[str, Day]]:
    """Return days by type, from today back. Cargo bicycles are seldom ridden."""
    return [
        {
            "bicycle": make_day(source, source.randrange(10, 90), reservations=30),
            "scooter_standing": source.choice([make_few, lambda s: make_day(s, 12)])(source),
            "cargo_bicycle": source.choice([make_few, lambda s: make_day(s, 0)])(source),
        }
        for _ in range(DAYS)
    ]


def is_few(day: Day) -> bool:
    return day.get(("rides", ""), 0) < 10 and any(
        key in day for key in (("state_time", "on_trip"), ("state_time", "reserved"))
    )


def write_days(days: list[dict[str, Day]]) -> None:
    """Write the rollups of the days up to today, and of their months."""
    city, now = find_city(), datetime.now(UTC)
    of_city = {"region": city.region, "city": city.name}
    sums = dict[tuple[Any, ...], int]()
    start = find_start(Period.DAY, now, city.zone)
    for by_type in days:
        for form_factor, day in by_type.items():
            for key, value in day.items():
                month = find_start(Period.MONTH, start, city.zone)
                for cell in ((Period.DAY, start), (Period.MONTH, month)):
                    whole = (*cell, form_factor, *key)
                    sums[whole] = sums.get(whole, 0) + value
        start = find_start(Period.DAY, start - MOMENT, city.zone)
    names = ("period", "started_at", "form_factor", "metric", "dimension")
    rows = [{**of_city, **dict(zip(names, key)), "value": sums[key]} for key in sums]  # noqa: B905
    progress = {**of_city, "done_until": now}
    with db.engines["write"].begin() as connection:
        for written in (Rollup, RollupProgress, RollupTotal):
            connection.execute(delete(table(written)))
        connection.execute(insert(table(Rollup)), rows)
        connection.execute(insert(table(RollupProgress)), progress)
    replace_totals(city, start, now, now)


def read_all(visitor: Visitor) -> list[object]:
    """Return all figures, tables and files that a visitor can see."""
    return [
        (list_lines(visitor.get(f"/fleet/numbers?{query}").text), read_file(visitor, query))
        for query in QUERIES
    ]


def list_lines(page: str) -> list[str]:
    """Return the lines of the page that are the same each time it is asked for."""
    return [line for line in page.splitlines() if "csrf" not in line and "nonce" not in line]


@pytest.fixture
def analyst(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("anna", roles={"analyst": ["new york"]}))


def test_nothing_that_is_shown_depends_on_the_rides_of_a_few(app: Flask, analyst: Visitor) -> None:
    """So no equation has a hidden value in it, however pages and files are put together."""
    source = random.Random(4)
    city = make_city(source)
    other = [
        {type_: make_few(source) if is_few(day) else day for type_, day in by_type.items()}
        for by_type in city
    ]
    other[0] = make_city(source)[0]  # today is not over: two looks would tell the rides between
    assert city != other
    seen = []
    for days in (city, other):
        with app.app_context():
            write_days(days)
        seen.append(read_all(analyst))
    assert seen[0] == seen[1]


def test_what_is_shown_is_the_sum_of_the_days_with_enough_rides(
    app: Flask, analyst: Visitor
) -> None:
    source = random.Random(5)
    few, many = make_day(source, 9, reservations=9), make_day(source, 40, reservations=3)
    bikes = {"bicycle": many, "scooter_standing": few}
    with app.app_context():
        write_days([{}, bikes, bikes, {"scooter_standing": few}, *[{}] * 3])
    now = datetime.now(UTC)
    # A day is shown an hour after its end.
    with app.app_context():
        today = find_start(Period.DAY, now, find_city().zone)
    shown = 2 if now - today > timedelta(hours=2) else 1
    rows = read_file(analyst, "range=7d")
    sums = dict.fromkeys(("rides", "revenue", "few", "reserved_rides"), 0)
    for row in rows:
        if row["metric"] in sums:
            sums[row["metric"]] += int(row["value"])
    assert sums["rides"] == shown * 40
    assert sums["revenue"] == shown * many["revenue", "USD"]
    assert sums["few"] == shown + 1
    assert sums["reserved_rides"] == 0
    assert {row["dimension"] for row in rows if row["metric"] == "state_time"} == {
        "available",
        "in_use",
    }
    page = analyst.get("/fleet/numbers?range=7d").text
    assert read_figures(page)["Rides"] == str(shown * 40)
    assert "fewer than 10 rides" in page
    page = analyst.get("/fleet/numbers?range=7d&type=scooter_standing").text
    assert read_figures(page)["Rides"] == read_figures(page)["Revenue"] == "few"


def test_hours_are_not_shown(analyst: Visitor) -> None:
    page = analyst.get("/fleet/numbers?range=24h")
    assert page.status_code == 422
    assert "24 hours" not in page.text
    assert {row["period"] for row in read_file(analyst, "range=24h")} <= {"day"}
