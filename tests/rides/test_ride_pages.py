"""Pages of a ride, from the start button to the receipt."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.auth.steps import new_browser, update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory, fill_caches
from tests.visitor import Visitor
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.models import Zone
from webapp.rides.models import Ride


@pytest.fixture
def start(rider: Visitor, make_vehicle: VehicleFactory) -> Callable[..., str]:
    """Start a ride on a new vehicle and return the address of its page."""

    def start(vehicle: Vehicle | None = None) -> str:
        response = rider.send(f"/rides/start/{(vehicle or make_vehicle()).public_key}")
        assert response.status_code == 303
        return str(response.location)

    return start


def end(page: str) -> str:
    return page.replace("/rides/", "/rides/end/")


def test_starting_shows_the_running_ride_with_its_clock_on_every_page(
    rider: Visitor, start: Callable[..., str]
) -> None:
    page = start()
    running = rider.get(page).text
    assert "You are riding" in running
    assert "data-clock" in running
    assert "from 1 Main Street" in running
    for other in ("/", "/rides", "/users/me/edit"):
        assert f'class="ride-banner" href="{page}"' in rider.get(other).text


def test_a_copy_for_later_leaves_the_messages_to_the_page_that_people_see(
    rider: Visitor, start: Callable[..., str]
) -> None:
    """The phone asks for a copy of the running ride by itself, perhaps just when the ride ends."""
    page = start()
    rider.send(end(page), lat="40.7306", lon="-73.9866")
    assert "Thanks for riding!" not in rider.get(page, headers={"X-Poll": "1"}).text
    assert "Thanks for riding!" in rider.get(page).text


def test_the_vehicle_stands_where_the_ride_ended(
    rider: Visitor,
    make_vehicle: VehicleFactory,
    start: Callable[..., str],
    row: RowReader,
) -> None:
    vehicle = make_vehicle()
    page = start(vehicle)
    assert row(Vehicle, vehicle.key).state == "on_trip"
    response = rider.send(end(page), lat="40.75", lon="-73.98", address="By the fountain")
    assert response.location == page
    receipt = rider.get(page).text
    assert "Thanks for riding" in receipt
    assert "By the fountain" in receipt
    now = row(Vehicle, vehicle.key)
    assert (now.state, now.lat, now.lon) == ("available", 40.75, -73.98)
    assert now.address is None, "what a rider types is not public"
    assert 'class="ride-banner"' not in rider.get("/").text


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ({"address": "At the station", "spot": "city"}, "At the station"),
        ({"spot": "start"}, "1 Main Street"),
        ({"lat": "40.75", "lon": "-73.98"}, "2.2 km north of the city centre"),
    ],
)
def test_a_choice_from_the_list_or_a_point_is_enough(
    rider: Visitor, start: Callable[..., str], place: dict[str, str], shown: str
) -> None:
    page = start()
    assert rider.send(end(page), **place).status_code == 303
    *_, receipt_end = re.findall(r"<li><strong>.*?</li>", rider.get(page).text)
    assert shown in receipt_end


@pytest.mark.parametrize(
    ("spot", "where"), [("start", "1 Main Street"), ("city", "the city centre")]
)
def test_a_choice_from_the_list_wins_over_a_point_that_was_refused(
    rider: Visitor, start: Callable[..., str], spot: str, where: str
) -> None:
    page, far = start(), {"lat": "48.85", "lon": "2.35"}
    refused = rider.send(end(page), **far)
    assert refused.status_code == 422
    before_the_map, _, _ = refused.text.partition("data-picker ")
    assert "have got there" in before_the_map, "seen without scrolling"
    assert rider.send(end(page), **far, spot=spot).status_code == 303
    assert where in rider.get(page).text


def test_a_saved_place_is_enough_and_only_the_riders_own(
    app: Flask, rider: Visitor, make_user: UserFactory, start: Callable[..., str]
) -> None:
    other = new_browser(app).sign_in(make_user())
    for browser, label in ((rider, "Home"), (other, "Attic")):
        browser.send("/saved", label=label, lat="40.7450", lon="-73.9900")
    page = start()
    html = rider.get(page).text
    assert "Attic" not in html
    [place_id] = re.findall(r'<option value="([^"]+)">Home<', html)
    [other_id] = re.findall(r"/saved/places/([^/]+)/remove", other.get("/saved").text)
    assert rider.send(end(page), spot=other_id).status_code == 422
    assert rider.send(end(page), spot=place_id).status_code == 303
    receipt = rider.get(page).text
    assert "1.6 km north of the city centre" in receipt
    assert "Home" not in receipt


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({}, "Tell us where the vehicle is: tap the map"),
        ({"address": "   "}, "Tell us where the vehicle is"),
        ({"address": "By words"}, "Tell us where the vehicle is"),
        ({"lat": "91", "lon": "0"}, "Enter a latitude between -90 and 90."),
        ({"lat": "40.7"}, "Enter the longitude, too."),
        (
            {"lat": "48.85", "lon": "2.35"},
            "have got there",
        ),
        ({"address": "x" * 201}, "Use at most 200 characters."),
        ({"address": "a\x00b"}, "This text contains a character that can"),
    ],
)
def test_an_end_without_a_place_is_refused_and_keeps_what_was_typed(
    rider: Visitor, start: Callable[..., str], place: dict[str, str], message: str
) -> None:
    page = start()
    response = rider.send(end(page), **place)
    assert response.status_code == 422
    assert message in response.text
    assert "data-clock" in response.text
    for value in place.values():
        if len(value) < 10 and value.isprintable() and value.strip():
            assert f'value="{value}' in response.text
    assert "You are riding" in rider.get(page).text


def without_tokens(page: str) -> str:
    """A token tells the second in which it was made."""
    return re.sub(r'(name="csrf_token"[^>]*value=)"[^"]+"', r"\1", page)


def test_ending_twice_shows_the_same_receipt_and_changes_nothing(
    rider: Visitor, start: Callable[..., str], row: Callable[..., Any]
) -> None:
    page = start()
    rider.send(end(page), address="First place", spot="city")
    rider.get(page)
    before = without_tokens(rider.get(page).text.split("<main")[1])
    assert rider.send(end(page), address="Second place", spot="city").location == page
    rider.get(page)
    assert without_tokens(rider.get(page).text.split("<main")[1]) == before
    assert "Second place" not in before
    assert rider.send(end(page), spot="city").location == page
    assert "First place" in rider.get(page).text


def test_a_vehicle_just_taken_is_a_409_with_the_nearest_free_ones(
    rider: Visitor, make_vehicle: Callable[..., Vehicle]
) -> None:
    taken = make_vehicle(state="on_trip", at=(40.73, -73.99))
    for number in range(4):
        make_vehicle(brand=f"Free{number}", at=(40.731 + number / 1000, -73.99))
    make_vehicle(brand="Broken", at=(40.73, -73.99), state="non_operational")
    response = rider.send(f"/rides/start/{taken.public_key}")
    assert response.status_code == 409
    assert "Someone was faster" in response.text
    for name in ("Free0", "Free1", "Free2"):
        assert name in response.text
    assert "Free3" not in response.text
    assert "Broken" not in response.text


def test_a_second_start_leads_to_the_running_ride(
    rider: Visitor,
    make_vehicle: VehicleFactory,
    start: Callable[..., str],
    row: RowReader,
) -> None:
    page, other = start(), make_vehicle()
    response = rider.send(f"/rides/start/{other.public_key}")
    assert response.location == page
    assert "re already on a ride. End it before you start another." in rider.get(page).text
    assert row(Vehicle, other.key).state == "available"


def test_pressing_start_twice_is_one_ride(
    rider: Visitor, make_vehicle: VehicleFactory, start: Callable[..., str]
) -> None:
    vehicle = make_vehicle()
    page = start(vehicle)
    assert start(vehicle) == page
    assert "re already on a ride. End it before you start another." not in rider.get(page).text


def test_unknown_vehicles_and_rides_are_not_found(rider: Visitor) -> None:
    nowhere = "us-east1.00000000-0000-4000-8000-000000000000"
    assert rider.send(f"/rides/start/{nowhere}").status_code == 404
    assert rider.get(f"/rides/{nowhere}").status_code == 404
    assert rider.send(f"/rides/end/{nowhere}", address="x").status_code == 404
    assert rider.send(f"/rides/end/{nowhere}").status_code == 404
    assert rider.send("/rides/start/12").status_code == 404


def test_the_ride_of_another_is_not_found_and_stays_open(
    rider: Visitor,
    start: Callable[..., str],
    make_user: UserFactory,
    visitor: Visitor,
    row: RowReader,
) -> None:
    page = start()
    visitor.sign_in(make_user("eve"))
    assert visitor.get(page).status_code == 404
    assert visitor.send(end(page), address="mine now").status_code == 404
    with rider.application.app_context():
        assert db.session.scalars(select(Ride)).one().ended_at is None


@pytest.mark.slow
def test_history_is_newest_first_paged_with_durations_and_places(
    rider: Visitor,
    make_vehicle: VehicleFactory,
    start: Callable[..., str],
    row: RowReader,
) -> None:
    assert "No rides yet" in rider.get("/rides").text
    vehicle = make_vehicle()
    for number in range(7):
        rider.send(
            end(start(row(Vehicle, vehicle.key))),
            address=f"Place {number}",
            lat="40.73",
            lon="-73.99",
        )
    page = rider.get("/rides").text
    assert page.index("Place 6") < page.index("Place 3")
    assert '<span class="arrow">→</span> Place 3' in page
    assert 'Place 2 <span class="arrow">' not in page, "what the rider before has typed"
    assert 'Place 0 <span class="arrow">' not in page
    assert "0 s" in page
    more = page.split('rel="next" href="')[1].split('"')[0]
    assert '1 Main Street <span class="arrow">→</span> Place 0' in rider.get(more).text


def test_times_are_shown_in_the_citys_zone(
    visitor: Visitor, make_user: UserFactory, make_vehicle: Callable[..., Vehicle]
) -> None:
    visitor.sign_in(make_user("ada", city="paris"))
    page = visitor.send(f"/rides/start/{make_vehicle('seattle').public_key}").location
    visitor.send(end(page), address="Pike Place", spot="city")
    receipt = visitor.get(page).text
    stamps = [part.split('"')[0] for part in receipt.split('<time datetime="')[1:]]
    assert stamps
    assert all(stamp.endswith(("-08:00", "-07:00")) for stamp in stamps)


def test_starting_and_ending_cost_at_most_three_round_trips_and_pages_two(
    app: Flask, rider: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    vehicle, token = make_vehicle(), rider.token()
    with app.app_context():
        fill_caches()
    round_trips()
    page = rider.post(f"/rides/start/{vehicle.public_key}", data={"csrf_token": token}).location
    assert round_trips() == 2
    rider.get(page)
    assert round_trips() == 2
    rider.get("/")
    assert round_trips() == 2
    rider.post(end(page), data={"csrf_token": token, "address": "Here"})
    assert round_trips() == 3
    for path in (page, "/rides"):
        rider.get(path)
        assert round_trips() == 2


def test_a_vehicle_far_from_its_city_may_be_left_where_it_was_taken(
    rider: Visitor, make_vehicle: VehicleFactory, start: Callable[..., str]
) -> None:
    page = start(make_vehicle(at=(52.42, 10.78)))
    assert rider.send(end(page), lat="52.43", lon="10.79").status_code == 303


def test_a_ride_during_a_clock_change_has_its_true_duration(
    app: Flask, rider: Visitor, make_vehicle: Callable[..., Vehicle]
) -> None:
    page = rider.send(f"/rides/start/{make_vehicle('paris').public_key}").location
    rider.send(end(page), address="Pont Neuf", spot="city")
    began = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # ten minutes before
    update_rows(app, Ride, started_at=began, ended_at=began + timedelta(minutes=15))
    receipt = rider.get(page).text
    assert "15 min" in receipt
    for stamp in ("2026-10-25T02:50:00+02:00", "2026-10-25T02:05:00+01:00"):
        assert f'<time datetime="{stamp}"' in receipt


def test_a_rider_can_agree_to_a_parking_fee_of_more_than_two_billion_minor_units(
    rider: Visitor, start: Callable[..., str]
) -> None:
    page = start()
    response = rider.send(end(page), agreed=str(3 * 10**9), lat="40.75", lon="-73.98")
    assert response.location == page


def test_the_list_of_places_has_the_parking_places_near_the_start(
    app: Flask, rider: Visitor, make_vehicle: VehicleFactory, start: Callable[..., str]
) -> None:
    """Without the map they are what a rider can name."""
    zones = [
        ("service_area", "Near rack", square(40.731, -73.990)),
        ("service_area", "Nearer rack", square(40.7302, -73.990)),
        ("service_area", "Far rack", square(40.76, -73.990)),
        ("service_area", "All of the south", square(40.72, -73.990, 0.01)),
        ("no_parking", "Closed rack", square(40.7304, -73.991)),
    ]
    names = ("kind", "name", "coordinates")
    rows = [
        {
            "id": uuid4(),
            "city": "new york",
            "position": position,
            **dict(zip(names, zone, strict=True)),
        }
        for position, zone in enumerate(zones)
    ]
    with app.app_context():
        execute_write(insert(Zone).values(rows))
        zone_cache().forget()
    ride_url = start(make_vehicle(at=(40.7300, -73.9900)))
    page = rider.get(ride_url).text
    offered = re.findall(r'<option value="[-0-9.]+,[-0-9.]+">([^<]+)</option>', page)
    assert offered[:2] == ["Nearer rack", "Near rack"]
    assert not {"Far rack", "All of the south", "Closed rack"} & set(offered)
    value = page.split("Near rack</option>")[0].rsplit('<option value="', 1)[1].split('"')[0]
    assert rider.send(end(ride_url), spot=value).status_code == 303


def square(lat: float, lon: float, size: float = 0.0005) -> list[list[list[list[float]]]]:
    """Return the coordinates of a zone, in degrees."""
    south, west, north, east = lat, lon, lat + size, lon + size
    return [[[[west, south], [east, south], [east, north], [west, north], [west, south]]]]
