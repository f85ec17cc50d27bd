"""The rider's past rides by month and as a CSV file."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, text

from tests.explain import connect_to_fill_tables, explain_plan
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.rides import history
from webapp.rides.history import list_months
from webapp.rides.models import Ride

TODAY = date(2026, 7, 15)


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    user: User = make_user("ada")
    return user


@pytest.fixture
def ride(app: Flask, ada: User, make_vehicle: VehicleFactory) -> Callable[..., None]:
    """Insert an ended ride: ``ride("paris", "2026-07-01T10:00", minutes=7, price=250)``."""
    vehicles: dict[str, Vehicle] = {}

    def add(city: str, began: str | datetime, minutes: int = 10, **columns: Any) -> None:
        vehicle = vehicles.setdefault(city, make_vehicle(city))
        moment = datetime.fromisoformat(began) if isinstance(began, str) else began
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        row = {
            "region": vehicle.region, "id": uuid4(), "city": city, "vehicle_id": vehicle.id,
            "rider_region": ada.region, "rider_id": ada.id, "started_at": moment,
            "ended_at": moment + timedelta(minutes=minutes), **columns,
        }  # fmt: skip
        with app.app_context(), db.engines["write"].begin() as connection:
            connection.execute(insert(Ride).values(row))

    return add


def month_rows(app: Flask, rider: User, today: date = TODAY) -> list[Any]:
    with app.app_context():
        return [
            (f"{m.first_day:%Y-%m}", m.rides, m.duration, m.distance_m, m.costs)
            for m in list_months(rider.key, today)
        ]


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


def test_each_month_has_its_rides_time_distance_and_cost_by_currency(
    app: Flask, ada: User, ride: Callable[..., None]
) -> None:
    ride("new york", "2026-07-03T12:00", 10, distance_m=1000, price=350, currency="USD")
    ride("boston", "2026-07-04T12:00", 5, distance_m=500, price=0, currency="USD")
    ride("paris", "2026-07-05T12:00", 20, price=700, currency="EUR")
    ride("new york", "2026-07-06T12:00", 1)
    ride("new york", "2026-05-06T12:00", 30, distance_m=7)
    assert month_rows(app, ada) == [
        ("2026-07", 4, minutes(36), 1500, {"EUR": 700, "USD": 350}),
        ("2026-06", 0, minutes(0), 0, {}),
        ("2026-05", 1, minutes(30), 7, {}),
    ]


@pytest.mark.parametrize(
    ("city", "began", "month"),
    [
        ("new york", "2026-07-01T03:59", "2026-06"),  # still June there
        ("new york", "2026-07-01T04:00", "2026-07"),
        ("paris", "2026-06-30T22:00", "2026-07"),  # July already
        ("paris", "2026-06-30T21:59", "2026-06"),
        ("seattle", "2026-01-01T07:59", "2025-12"),
        ("seattle", "2026-01-01T08:00", "2026-01"),
    ],
)
def test_a_month_begins_by_the_clock_of_the_city(
    app: Flask, ada: User, ride: Callable[..., None], city: str, began: str, month: str
) -> None:
    ride(city, began)
    assert [first for first, rides, *_ in month_rows(app, ada) if rides] == [month]


def test_twelve_months_are_shown_and_not_an_hour_more(
    app: Flask, ada: User, ride: Callable[..., None]
) -> None:
    ride("new york", "2025-08-01T03:59")  # the evening of the 31st of July
    assert month_rows(app, ada) == []
    ride("new york", "2025-08-01T04:00")
    months = month_rows(app, ada)
    assert [months[0][0], months[-1][0], len(months)] == ["2026-07", "2025-08", 12]
    assert [rides for _, rides, *_ in months] == [0] * 11 + [1]


def test_a_month_that_has_begun_in_the_zone_of_a_city_is_the_first_of_twelve(
    app: Flask, ada: User, ride: Callable[..., None]
) -> None:
    ride("seattle", "2025-01-15T12:00")
    ride("paris", "2025-12-31T23:30")
    months = month_rows(app, ada, date(2025, 12, 31))
    assert [months[0][:2], months[-1][:2], len(months)] == [("2026-01", 1), ("2025-02", 0), 12]


def test_open_rides_and_rides_of_others_do_not_count(
    app: Flask, ada: User, make_user: UserFactory, ride: Callable[..., None]
) -> None:
    ride("new york", "2026-07-03T12:00", ended_at=None)
    assert month_rows(app, ada) == []
    ride("boston", "2026-07-03T12:00")
    assert month_rows(app, make_user("bob")) == []
    assert len(month_rows(app, ada)) == 1


def test_the_page_has_a_table_and_a_labelled_chart(
    visitor: Visitor, ada: User, ride: Callable[..., None], round_trips: Callable[[], int]
) -> None:
    visitor.sign_in(ada)
    assert "No rides in the last 12 months" in visitor.get("/rides/use").text
    now = datetime.now(UTC)
    ride("new york", now - timedelta(hours=2), 65, price=1234, currency="USD", distance_m=12_345)
    ride("paris", now - timedelta(days=62), 30)
    round_trips()
    page = visitor.get("/rides/use").text
    assert round_trips() == 2
    for words in ("1 h 05 min", "$12.34", "12.3 km", "Free", '<th scope="row">', 'role="img"'):
        assert words in page, words
    heights = [float(n) for n in re.findall(r'<rect [^>]*height="([\d.]+)"', page)]
    assert heights == sorted(heights)
    assert max(heights) == 88
    assert 'href="/rides/use"' in visitor.get("/rides").text


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_old_rides_do_not_slow_the_page_down(
    app: Flask, ada: User, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    """Nor do those of other riders."""
    make_vehicle()
    for _ in range(9):
        make_user()
    many = text(
        """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at,
           ended_at)
           SELECT v.region, gen_random_uuid(), v.city, v.id, u.region, u.id,
                  now() - n * interval '2 days', now() - n * interval '2 days'
           FROM generate_series(1, 2000) n, vehicles v, users u"""
    )
    with app.app_context():
        with connect_to_fill_tables() as connection:
            connection.execute(many)
            connection.execute(text("ANALYZE rides"))
        plan = explain_plan(lambda: list_months(ada.key, datetime.now(UTC).date()))
    assert "ix_rides_rider" in plan.indexes
    assert plan.most_rows <= 200


# --- as a file -----------------------------------------------------------------------------


def file_of(visitor: Visitor) -> list[dict[str, str]]:
    response = visitor.get("/rides.csv")
    assert response.headers["Content-Disposition"] == "attachment; filename=movr-rides.csv"
    assert response.mimetype == "text/csv"
    return list(csv.DictReader(StringIO(response.text)))


def test_the_file_has_every_ride_that_has_ended_newest_first(
    visitor: Visitor, ada: User, ride: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "BATCH_SIZE", 3)
    for n in range(7):  # some at one moment
        ride("new york", f"2026-07-0{1 + n // 3}T12:00", n)
    ride("paris", "2026-07-09T12:00", ended_at=None)
    visitor.sign_in(ada)
    rows = file_of(visitor)
    assert sorted(int(row["duration_s"]) for row in rows) == [60 * n for n in range(7)]
    assert [row["started_at"] for row in rows] == sorted(
        (row["started_at"] for row in rows), reverse=True
    )
    assert len({row["receipt"] for row in rows}) == 7


def test_a_row_of_the_file_agrees_with_the_receipt(
    visitor: Visitor, ada: User, ride: Callable[..., None]
) -> None:
    lines = [{"kind": "unlock", "amount": 1234}]
    ride("paris", "2026-07-01T10:00", 7, price=1234, currency="EUR", price_lines=lines,
         start_address="=1+1", end_lat=48.8566, end_lon=2.3522, distance_m=900, rating=4,
         rating_note="@nice")  # fmt: skip
    (row,) = file_of(visitor.sign_in(ada))
    expected = {
        "started_at": "2026-07-01T12:00:00+02:00", "ended_at": "2026-07-01T12:07:00+02:00",
        "city": "paris", "vehicle": "Okai scooter", "start": "'=1+1", "end": "in the city centre",
        "duration_s": "420", "distance_m": "900", "price": "12.34", "refunded": "0.00",
        "currency": "EUR", "rating": "4", "rating_note": "'@nice", "plan": "",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_the_price_has_the_name_of_its_ride_in_the_language_of_the_reader(
    app: Flask, visitor: Visitor, ada: User, ride: Callable[..., None], make_plan: PlanFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de"))
    plan = make_plan("paris", name="By the minute", labels={"de": "Minutentarif"})
    make_plan("paris", name="Monthly", labels={"de": "Monatstarif"}, version=2)
    ride("paris", "2026-07-01T10:00", 7, plan_id=plan.id, price=0, currency="EUR", price_lines=[])
    visitor.sign_in(ada).set_cookie("language", "de")
    assert [row["plan"] for row in file_of(visitor)] == ["Minutentarif"]
    receipt = re.search(r'href="(/rides/europe-west1\.[^"?]+)"', visitor.get("/rides").text)
    assert receipt
    assert "<dd>Minutentarif</dd>" in visitor.get(receipt[1]).text


def test_each_batch_of_the_file_is_one_round_trip(
    visitor: Visitor, ada: User, ride: Callable[..., None], monkeypatch: pytest.MonkeyPatch,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    monkeypatch.setattr(history, "BATCH_SIZE", 3)
    for n in range(7):
        ride("new york", f"2026-07-0{1 + n}T12:00")
    visitor.sign_in(ada)
    round_trips()
    file_of(visitor)
    assert round_trips() == 4


def test_without_rides_the_file_has_only_a_header(visitor: Visitor, ada: User) -> None:
    assert file_of(visitor.sign_in(ada)) == []
