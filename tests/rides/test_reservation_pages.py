"""Pages of a reservation, and of what keeps a rider from a vehicle."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import update_rows
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.fleet.models import Vehicle


@pytest.fixture
def vehicle(make_vehicle: VehicleFactory) -> Vehicle:
    return make_vehicle(brand="Okai", color="black")


def reserve(visitor: Visitor, vehicle: Vehicle) -> Any:
    return visitor.send(f"/rides/reserve/{vehicle.public_key}")


def test_the_page_of_a_vehicle_offers_to_reserve_it_for_the_minutes_of_its_plan(
    rider: Visitor, visitor: Visitor, vehicle: Vehicle, make_plan: Callable[..., Any]
) -> None:
    make_plan(reserve_min=12)
    page = f"/vehicles/{vehicle.public_key}"
    assert "Reserve for 12 minutes, free" in rider.get(page).text


def test_a_vehicle_whose_plan_allows_no_reservation_has_no_reserve_button(
    rider: Visitor, vehicle: Vehicle, make_plan: Callable[..., Any]
) -> None:
    make_plan(reserve_min=0)
    assert "Extend by" not in rider.get(f"/vehicles/{vehicle.public_key}").text


def test_a_reservation_has_a_page_with_a_countdown_and_a_bar_on_all_other_pages(
    rider: Visitor, vehicle: Vehicle
) -> None:
    response = reserve(rider, vehicle)
    assert response.location == "/rides/reservation"
    page = rider.get("/rides/reservation").text
    assert "Reserved for you" in page
    assert re.search(r"<time[^>]*data-countdown[^>]*>(10:00|[1-9]:\d\d)</time>", page)
    assert f"/rides/start/{vehicle.public_key}" in page
    for other in ("/", "/rides", f"/vehicles/{vehicle.public_key}"):
        assert 'href="/rides/reservation"' in rider.get(other).text
    assert "Reserved for you." in rider.get(f"/vehicles/{vehicle.public_key}").text


def test_cancelling_a_reservation_frees_the_vehicle(
    rider: Visitor, vehicle: Vehicle, row: Callable[..., Any]
) -> None:
    reserve(rider, vehicle)
    assert rider.send("/rides/reservation/cancel").status_code == 303
    assert "No vehicle is reserved for you" in rider.get("/rides/reservation").text
    assert row(Vehicle, vehicle.key).state == "available"


def test_the_ride_starts_from_the_page_of_the_reservation(rider: Visitor, vehicle: Vehicle) -> None:
    reserve(rider, vehicle)
    response = rider.send(f"/rides/start/{vehicle.public_key}")
    assert "You are riding" in rider.get(response.location).text
    assert "No vehicle is reserved for you" in rider.get("/rides/reservation").text


def test_starting_another_vehicle_leads_to_the_reserved_one(
    rider: Visitor, vehicle: Vehicle, make_vehicle: Callable[..., Vehicle]
) -> None:
    other = make_vehicle()
    reserve(rider, vehicle)
    for act in ("reserve", "start"):
        response = rider.send(f"/rides/{act}/{other.public_key}")
        assert response.location == "/rides/reservation"
    assert "You have reserved another vehicle." in rider.get("/rides/reservation").text


def test_reserving_the_same_vehicle_again_at_once_is_refused_with_a_reason(
    rider: Visitor, vehicle: Vehicle
) -> None:
    reserve(rider, vehicle)
    rider.send("/rides/reservation/cancel")
    reason = "This vehicle was reserved a moment ago"
    assert reason in rider.get(f"/vehicles/{vehicle.public_key}").text, "without being refused"
    back = reserve(rider, vehicle).location
    assert back == f"/vehicles/{vehicle.public_key}"
    assert reason in rider.get(back).text


def test_reserving_a_taken_vehicle_shows_the_nearest_free_ones(
    rider: Visitor, make_vehicle: Callable[..., Vehicle]
) -> None:
    taken, free = make_vehicle(state="on_trip"), make_vehicle(brand="Tern")
    response = reserve(rider, taken)
    assert response.status_code == 409
    assert str(free.public_key) in response.text


def test_the_button_to_extend_shows_its_price_and_charges_once(
    rider: Visitor, vehicle: Vehicle, make_plan: Callable[..., Any]
) -> None:
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=15)
    reserve(rider, vehicle)
    page = rider.get("/rides/reservation").text
    assert "Extend by 5 minutes · $1.00" in " ".join(page.split())
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until
    for _ in range(2):
        rider.send("/rides/reservation/longer", until=unescape(until[1]))
    page = rider.get("/rides/reservation").text
    assert re.search(r"data-countdown[^>]*>(15:00|14:5\d)<", page)
    assert "Extend by" not in page
    assert "$1.00" in rider.get("/wallet").text


@pytest.mark.slow
@pytest.mark.parametrize(
    "until",
    ["", "soon", "2026-11-21T10:00:00", "2026-11-21T10:00:00+00:00", "9999-12-31T23:59:59+00:00"],
)
def test_extending_with_an_invalid_time_changes_nothing(
    rider: Visitor, vehicle: Vehicle, make_plan: PlanFactory, until: str
) -> None:
    make_plan(reserve_min=10, reservation_rate=20, reserve_max_min=30)
    reserve(rider, vehicle)
    assert rider.send("/rides/reservation/longer", until=until).status_code == 303
    assert re.search(
        r"data-countdown[^>]*>(10:00|[1-9]:\d\d)<", rider.get("/rides/reservation").text
    )


def test_nothing_can_be_reserved_before_the_email_address_is_confirmed(
    visitor: Visitor, make_user: UserFactory, vehicle: Vehicle
) -> None:
    visitor.sign_in(make_user("eve", email_confirmed_at=None))
    assert reserve(visitor, vehicle).status_code == 403


def test_a_rider_in_debt_is_led_to_the_wallet(
    rider: Visitor, vehicle: Vehicle, make_plan: PlanFactory, row: Callable[..., Any]
) -> None:
    make_plan(unlock_fee=100)
    ride = rider.send(f"/rides/start/{vehicle.public_key}").location
    rider.send(ride.replace("/rides/", "/rides/end/"), lat="40.73", lon="-73.99")
    changed_vehicle = row(Vehicle, vehicle.key)
    for act in ("start", "reserve"):
        assert rider.send(f"/rides/{act}/{changed_vehicle.public_key}").location == "/wallet"
    assert (
        "An earlier ride is still unpaid. Top up your wallet to ride again."
        in rider.get("/wallet").text
    )


def test_a_new_price_is_shown_before_it_applies(
    rider: Visitor, vehicle: Vehicle, make_plan: Callable[..., Any]
) -> None:
    old_plan = make_plan(unlock_fee=100)
    make_plan(unlock_fee=200, version=2)
    response = rider.send(f"/rides/start/{vehicle.public_key}", plan=str(old_plan.id))
    assert response.location == f"/vehicles/{vehicle.public_key}"
    page = rider.get(response.location).text
    assert "The price has just changed." in page
    assert "$2.00 to unlock" in page


# --- the running ride ----------------------------------------------------------------------


def test_the_running_price_and_its_next_steps_stand_on_the_page(
    rider: Visitor, vehicle: Vehicle, make_plan: Callable[..., Any]
) -> None:
    make_plan(unlock_fee=100, segments=[{"start": 0, "rate": 25, "interval": 1}])
    page = rider.get(rider.send(f"/rides/start/{vehicle.public_key}").location).text
    assert re.search(r"clock-price[^>]*>\$1\.(00|25)<", page)
    steps = re.search(r'data-price-steps="([^"]+)"', page)
    assert steps
    assert '[61, "$1.50"]' in unescape(steps[1])


def test_pausing_and_riding_on(rider: Visitor, vehicle: Vehicle) -> None:
    ride = rider.send(f"/rides/start/{vehicle.public_key}").location
    paused = rider.send(ride.replace("/rides/", "/rides/pause/"))
    assert paused.location == ride
    assert "Your ride is paused" in rider.get(ride).text
    rider.send(ride.replace("/rides/", "/rides/resume/"))
    assert "You are riding" in rider.get(ride).text


@pytest.mark.parametrize(
    "columns",
    [{"state": "non_operational", "reserved_until": None}, {"state": "available"}],
    ids=["taken out", "taken out and back"],
)
def test_a_reserved_vehicle_taken_out_of_service_is_shown_as_such_and_can_be_cancelled(
    rider: Visitor,
    vehicle: Vehicle,
    make_vehicle: VehicleFactory,
    app: Flask,
    columns: dict[str, Any],
) -> None:
    reserve(rider, vehicle)
    update_rows(app, Vehicle, **columns)
    page = rider.get("/rides/reservation").text
    assert "has been taken out of service" in page
    assert "data-countdown" not in page
    rider.send("/rides/reservation/cancel")
    assert "has been taken out of service" in rider.get("/rides/reservation").text
    assert "Your reserved vehicle was taken out of service" in rider.get("/").text
    assert reserve(rider, make_vehicle()).location == "/rides/reservation"
    assert "Reserved for you" in rider.get("/").text
