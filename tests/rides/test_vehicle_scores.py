"""What riders said of a vehicle, on its page: coarse, of former months, and hidden by staff."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.rides.steps import age_ride
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_scores import read_score
from webapp.rides.models import Ride

InsertRide = Callable[..., RowKey]
LONG_AGO = timedelta(days=70)


@pytest.fixture
def bike(make_vehicle: VehicleFactory) -> Vehicle:
    return make_vehicle()


@pytest.fixture
def insert_ride(app: Flask, bike: Vehicle) -> InsertRide:
    """Insert an ended ride on the bike: ``insert_ride(5, "Smooth.")``, with public words."""

    def insert_ride(stars: int | None = None, words: str = "", **columns: Any) -> RowKey:
        key = RowKey(bike.region, uuid4())
        ended_at = datetime.now(UTC) - columns.pop("age", LONG_AGO)
        row = {
            "region": key.region,
            "id": key.id,
            "city": bike.city,
            "vehicle_id": bike.id,
            "started_at": ended_at - timedelta(minutes=5),
            "ended_at": ended_at,
            "rating": stars,
            "rating_note": words or None,
            "note_is_public": bool(words),
        }
        with app.app_context():
            execute_write(insert(table(Ride)).values({**row, **columns}))
        return key

    return insert_ride


def test_riders_read_the_score_and_the_last_public_words_of_former_months(
    rider: Visitor, visitor: Visitor, app: Flask, bike: Vehicle, insert_ride: InsertRide
) -> None:
    insert_ride(4, "Smooth.")
    insert_ride(5, "Only for staff.", note_is_public=False)
    path = f"/vehicles/{bike.public_key}"
    assert "of 5 stars</strong>" not in rider.get(path).text, "too few ratings"
    insert_ride(4, "Just now.", age=timedelta())
    insert_ride()
    page = rider.get(path).text
    assert "4.5 of 5 stars" in page
    assert "fewer than 10 rides" in page
    assert "Reserve this vehicle to read what they wrote." in page
    assert "Smooth." not in page, "it would tell which vehicle it is, after a ride, too"
    rider.send(f"/rides/reserve/{bike.public_key}")
    page = rider.get(path).text
    assert "Smooth." in page
    for hidden in ("Only for staff.", "Just now.", "/remark/hide"):
        assert hidden not in page
    assert "What riders say" not in new_browser(app).get(path).text


def test_the_page_of_a_vehicle_still_costs_two_round_trips(
    rider: Visitor, bike: Vehicle, insert_ride: InsertRide, round_trips: Callable[[], int]
) -> None:
    insert_ride(4, "Smooth.")
    rider.get("/")
    round_trips()
    rider.get(f"/vehicles/{bike.public_key}")
    assert round_trips() == 2


def test_a_month_ends_by_the_clocks_of_the_city() -> None:
    now = datetime(2026, 5, 1, 0, 30, tzinfo=UTC)
    key = f"us-east1.{uuid4()}"
    remarks = [
        [f"2026-0{month}-{day}T23:00:00+00:00", key, 5, str(month), False]
        for month, day in ((5, "01"), (4, "30"), (4, "02"), (3, "31"), (2, "28"))
    ]
    values = {"ride_count": 5, "rating_count": 5, "rating_sum": 21, "remarks": remarks}
    score = read_score(values, now)
    assert [remark.text for remark in score.remarks] == ["4", "4", "3"]
    assert score.stars == 4.0


def test_staff_of_the_city_hide_words_for_a_reason(
    app: Flask,
    bike: Vehicle,
    insert_ride: InsertRide,
    make_user: UserFactory,
    row: RowReader,
) -> None:
    ride_key = insert_ride(1, "Ask for Ada, 555 1234.")
    staff = new_browser(app).sign_in(make_user(roles={"support": ["new york"]}))
    elsewhere = new_browser(app).sign_in(make_user(roles={"support": ["paris"]}))
    path = f"/fleet/rides/{ride_key}/remark/hide"
    assert path in staff.get(f"/vehicles/{bike.public_key}").text
    assert [elsewhere.get(path).status_code, elsewhere.send(path, why="x").status_code] == [404] * 2
    assert "Ask for Ada" in staff.get(path).text
    assert "Fill this in." in staff.send(path).text
    assert staff.send(path, why="A phone number").status_code == 303
    assert "Hidden by staff" in staff.get(f"/vehicles/{bike.public_key}").text
    assert row(Ride, ride_key).rating_note == "Ask for Ada, 555 1234."
    (event,) = read_audit_events(app, AuditKind.REMARK_HIDDEN)
    assert (event.city, event.details) == ("new york", {"why": "A phone number"})
    assert staff.send(path, why="again").status_code == 404


def test_a_hidden_remark_stays_hidden_until_staff_show_it_again(
    app: Flask,
    rider: Visitor,
    bike: Vehicle,
    insert_ride: InsertRide,
    make_user: UserFactory,
    row: RowReader,
) -> None:
    ada = make_user()
    mine = {"rider_region": ada.region, "rider_id": ada.id, "note_hidden_at": datetime.now(UTC)}
    ride_key = insert_ride(1, "Rude.", age=timedelta(days=6), **mine)
    writer = new_browser(app).sign_in(ada)
    page = writer.get(f"/rides/{ride_key}").text
    assert "Hidden by staff" in page
    assert "Our staff have hidden what you wrote." in page
    writer.send(f"/rides/{ride_key}/rating/withdraw")
    words = {"stars": "1", "note": "Ruder.", "note_is_public": "y"}
    assert writer.send(f"/rides/{ride_key}/rating", **words).status_code == 303
    age_ride(app, ride_key, days=LONG_AGO.days)
    rider.send(f"/rides/reserve/{bike.public_key}")
    path = f"/vehicles/{bike.public_key}"
    assert "Ruder." not in rider.get(path).text
    staff = new_browser(app).sign_in(make_user(roles=["support"]))
    show = f"/fleet/rides/{ride_key}/remark/show"
    assert show in staff.get(path).text
    assert staff.send(show.replace("show", "hide"), why="again").status_code == 404
    assert "Ruder." in staff.get(show).text
    assert "Fill this in." in staff.send(show).text
    assert staff.send(show, why="A mistake").status_code == 303
    assert "Ruder." in rider.get(path).text
    (event,) = read_audit_events(app, AuditKind.REMARK_SHOWN)
    assert (event.city, event.details) == ("new york", {"why": "A mistake"})
    assert row(Ride, ride_key).note_hidden_at is None
    assert staff.send(show, why="again").status_code == 404
