"""The details of a vehicle for its owner and for staff."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.auth.steps import new_browser
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.vehicles import LONG_AGO, SQUARE, read_public_key
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.errors import NotFound
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.details import get_owner_vehicle_details, get_staff_vehicle_details
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.queries import find_report_for_staff
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

pytestmark = pytest.mark.usefixtures("app_context")


def add_report(vehicle: Vehicle, **columns: Any) -> None:
    values = {"region": vehicle.region, "city": vehicle.city, "vehicle_id": vehicle.id, **columns}
    execute_write(insert(Report).values(kind="damage", **values))


def add_event(vehicle: Vehicle, number: int, **columns: Any) -> None:
    values = {"region": vehicle.region, "vehicle_id": vehicle.id, "number": 100 + number}
    values |= {"city": vehicle.city, "state": "available", "event_types": [], **columns}
    execute_write(insert(VehicleEvent).values(values))


def test_vehicle_details_have_rides_and_reports_in_one_round_trip(
    ada: User, bob: User, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    vehicle, other = make_vehicle(owner=ada), make_vehicle(owner=ada)
    end_ride(bob.key, start_ride(bob.key, vehicle.public_key), SQUARE)
    start_ride(bob.key, read_public_key(vehicle.key))
    for note, day in (("old", 1), ("new", 2)):
        add_report(vehicle, note=note, created_at=LONG_AGO + timedelta(days=day))
    round_trips()
    details = get_owner_vehicle_details(ada.key, vehicle.key)
    assert round_trips() == 1
    assert (details.vehicle.key, details.rides) == (vehicle.key, 2)
    assert [report.note for report in details.reports] == ["new", "old"]
    empty = get_owner_vehicle_details(ada.key, other.key)
    assert (empty.rides, empty.reports) == (0, [])


def test_vehicle_details_have_only_the_last_reports(
    ada: User, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(owner=ada)
    for number in range(12):
        add_report(vehicle, note=str(number), created_at=LONG_AGO + timedelta(days=number))
    notes = [report.note for report in get_owner_vehicle_details(ada.key, vehicle.key).reports]
    assert notes == [str(number) for number in reversed(range(2, 12))]


def test_vehicle_details_are_for_the_owner_and_staff_of_the_city(
    ada: User, bob: User, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(owner=ada)
    for staff, is_allowed in [
        (make_user(roles=["fleet"]), True),
        (make_user(roles={"fleet": ["new york"]}), True),
        (make_user(roles={"fleet": ["boston"]}), False),
        (bob, False),
    ]:
        if is_allowed:
            assert get_staff_vehicle_details(staff, vehicle.key).vehicle.key == vehicle.key
        else:
            with pytest.raises(NotFound):
                get_staff_vehicle_details(staff, vehicle.key)
    with pytest.raises(NotFound):
        get_owner_vehicle_details(bob.key, vehicle.key)
    for key in (vehicle.public_key, RowKey("us-west1", vehicle.id)):
        with pytest.raises(NotFound):
            get_owner_vehicle_details(ada.key, key)


def test_staff_read_the_names_of_colleagues_and_those_of_persons_only_where_they_may(
    ada: User, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle, colleague = make_vehicle(owner=ada), make_user("col", roles=["fleet"])
    for number, (cause, actor) in enumerate([("owner", ada), ("staff", colleague)], 1):
        add_event(vehicle, number, cause=cause, actor_region=actor.region, actor_id=actor.id)
    for role, expected in [("mechanic", [colleague.id, None]), ("fleet", [colleague.id, ada.id])]:
        staff = make_user(role, roles={role: ["new york"]})
        details = get_staff_vehicle_details(staff, vehicle.key)
        assert [listed.actor and listed.actor.id for listed in details.events[:2]] == expected


def test_what_a_vehicle_left_behind_in_another_city_is_for_the_staff_of_that_one(
    make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    add_report(vehicle, note="here")
    add_report(vehicle, note="there", city="boston")
    add_event(vehicle, 7, cause="staff", city="boston", note="there")
    for cities, notes in [(["new york"], ["here"]), (["new york", "boston"], ["here", "there"])]:
        staff = make_user(roles={"mechanic": cities})
        details = get_staff_vehicle_details(staff, vehicle.key)
        assert sorted(report.note for report in details.reports) == notes
        assert any(listed.event.note == "there" for listed in details.events) == (len(notes) == 2)
        report_key = next(report.key for report in details.reports if report.note == "here")
        others = find_report_for_staff(staff, report_key).other_reports
        assert [report.note for report in others] == notes[1:]


@pytest.mark.parametrize(
    ("columns", "has_map"),
    [
        ({}, True),
        ({"state": "missing"}, True),
        ({"state": "removed", "picked_up_at": LONG_AGO}, False),
        ({"lat": None, "lon": None}, False),
    ],
)
def test_staff_see_where_a_vehicle_was_last_on_a_map(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory,
    columns: dict[str, Any], has_map: bool,
) -> None:  # fmt: skip
    staff = new_browser(app).sign_in(make_user(roles={"fleet": ["new york"]}))
    place = {"lat": 40.71, "lon": -73.97, **columns}
    page = staff.get(f"/fleet/vehicles/{make_vehicle(**place).key}").text
    assert ("data-map " in page) == ("leaflet/leaflet" in page) == has_map
    assert ("The last known place: 40.71, -73.97" in page) == has_map  # without JavaScript
