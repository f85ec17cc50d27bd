"""Minimum ages of cities: who is old enough gives a date of birth once, which is not stored."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import update

from tests.auth.steps import read_audit_events, read_rows, update_rows
from tests.factories import UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.riders.ages.services import count_years
from webapp.rides.models import Ride

PAGE = "/users/me/age/new%20york"
TODAY = datetime.now(ZoneInfo("America/New_York")).date()
ADULT, CHILD = f"{TODAY.year - 30}-05-05", f"{TODAY.year - 10}-05-05"


def set_minimum_age(app: Flask, years: int | None, city: str = "new york") -> None:
    with app.app_context():
        with db.engines["write"].begin() as connection:
            statement = update(City).where(City.name == city).values(minimum_age=years)
            connection.execute(statement)
        catalogue().forget()


@pytest.fixture
def minimum_age(app: Flask) -> None:
    set_minimum_age(app, 16)


@pytest.fixture
def rider(visitor: Visitor, make_user: UserFactory) -> Visitor:
    return visitor.sign_in(make_user("ada"))


@pytest.mark.usefixtures("minimum_age")
@pytest.mark.parametrize("way", ["start", "reserve"])
def test_a_rider_gives_the_date_of_birth_once_and_rides(
    app: Flask, rider: Visitor, make_vehicle: VehicleFactory, way: str,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    vehicle = make_vehicle()
    path = f"/rides/{way}/{vehicle.public_key}"
    asked = rider.send(path).location
    assert asked.startswith("/users/me/age/new")
    page = rider.get(asked).text
    assert "riders must be at least 16 years old" in page
    confirmed = rider.send(asked, born_on=ADULT)
    assert confirmed.location == f"/vehicles/{vehicle.public_key}"
    round_trips()
    assert rider.send(path).status_code == 303
    if way == "start":
        assert round_trips() <= 3
        assert len(read_rows(app, Ride)) == 1
    [ada] = read_rows(app, User)
    assert (ada.old_enough_for, ada.old_enough_since) == (16, TODAY)
    [event] = read_audit_events(app, AuditKind.AGE_CONFIRMED)
    assert event.details == {"minimum_age": 16}
    assert ADULT[:4] not in str(vars(ada)), "the date of birth is stored nowhere"


@pytest.mark.usefixtures("minimum_age")
def test_who_is_too_young_reads_it_beside_the_field_and_cannot_try_on_and_on(
    app: Flask, rider: Visitor
) -> None:
    response = rider.send(PAGE, born_on=CHILD)
    assert response.status_code == 422
    assert "In New York you must be at least 16 years old to ride." in response.text
    assert 'aria-invalid="true"' in response.text
    statuses = [rider.send(PAGE, born_on=day).status_code for day in (CHILD, CHILD, ADULT)]
    assert statuses == [422, 422, 429]
    assert read_rows(app, User)[0].old_enough_for is None


@pytest.mark.parametrize("day", ["", "tomorrow", "2999-01-01", "1800-01-01", "0001-01-01"])
def test_what_is_no_date_of_birth_is_refused(rider: Visitor, day: str) -> None:
    assert rider.send(PAGE, born_on=day).status_code == 422


def test_a_higher_age_is_asked_for_again_and_a_lower_one_is_not(
    app: Flask, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    path = f"/rides/start/{make_vehicle().public_key}"
    set_minimum_age(app, 18)
    update_rows(app, User, old_enough_for=16)
    assert "/users/me/age/" in rider.send(path).location
    rider.send(PAGE, born_on=ADULT)
    set_minimum_age(app, 17)
    assert "/rides/us-east1." in rider.send(path).location


def test_other_cities_and_cities_without_a_minimum_age_ask_nobody(
    app: Flask, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    set_minimum_age(app, 16, "boston")
    assert "/rides/us-east1." in rider.send(f"/rides/start/{make_vehicle().public_key}").location


def test_an_admin_sets_the_minimum_age_of_a_city(
    app: Flask, visitor: Visitor, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch,
    make_vehicle: VehicleFactory,
) -> None:  # fmt: skip
    make_vehicle()
    visitor.sign_in(make_user(roles=["admin"]))
    with app.app_context():
        city = catalogue().find("new york")
    assert city
    fields = {"label": "New York", "timezone": city.timezone, "lat": city.lat, "lon": city.lon}
    wrong = visitor.send("/admin/cities/new%20york", **fields, minimum_age="0")
    assert "Enter a number from 1 to 30." in wrong.text
    assert visitor.send("/admin/cities/new%20york", **fields, minimum_age="16").status_code == 303
    [event] = read_audit_events(app, AuditKind.CITY_CHANGED)
    assert (event.details or {})["after"]["minimum_age"] == 16
    monkeypatch.setitem(app.config, "GBFS_RELEASE_CANDIDATE", True)
    for version, min_age in (("v2", None), ("v3", None), ("v3.1-rc3", 16)):
        file = visitor.get(f"/gbfs/{version}/new%20york/vehicle_types.json").get_json()
        types = file["data"]["vehicle_types"]
        assert {each.get("min_age") for each in types} == {min_age}


def test_years_are_counted_to_the_birthday() -> None:
    assert count_years(date(2010, 5, 5), date(2026, 5, 4)) == 15
    assert count_years(date(2010, 5, 5), date(2026, 5, 5)) == 16
    assert count_years(date(2008, 2, 29), date(2025, 2, 28)) == 16
    assert count_years(date(2008, 2, 29), date(2025, 3, 1)) == 17
