"""Finding vehicles, and looking after one's own, as people meet it."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.fleet.pages import find_next_page, find_titles
from tests.fleet.reports.steps import make_report_data
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.enums import PUBLIC_STATES, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.services import file_report
from webapp.fleet.unlock_codes.label_sheets import format_code

BIKE = {
    "type": "bike",
    "brand": "Pegasus",
    "color": "green",
    "address": "12 Main Street",
    "lat": "40.73",
    "lon": "-73.99",
}


def test_my_vehicles_are_cards_or_a_table_and_the_address_says_which(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    assert rider.send("/vehicles/add", **BIKE).status_code == 303
    assert "<table" not in rider.get("/vehicles/mine").text
    table = rider.get("/vehicles/mine?view=table&state=available").text
    assert "<table" in table
    assert "Pegasus bike" in table
    other = rider.get("/vehicles/mine?state=missing")
    assert "No such vehicles" in other.text
    assert rider.get("/vehicles/mine?state=nowhere&city=atlantis&view=x").status_code == 422


def test_my_vehicles_say_how_many_reports_are_open(
    app: Flask, rider: Visitor, make_user: UserFactory
) -> None:
    location = rider.send("/vehicles/add", **BIKE).location
    vehicle_key = RowKey.parse(location.rsplit("/", 1)[-1])
    with app.app_context():
        for _ in range(2):
            report = make_report_data()
            file_report(make_user().key, vehicle_key, uuid4().hex, report)
    for view in ("cards", "table"):
        page = rider.get(f"/vehicles/mine?view={view}").text
        assert "2 open reports" in page
        assert f'href="{location}#reports"' in page


def test_a_rider_sees_the_available_vehicles_in_the_city(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(brand="Here")
    make_vehicle(brand="Busy", state="on_trip")
    make_vehicle("paris", brand="There")
    for page in ("/", "/vehicles", "/city/new york", "/city/NEW%20YORK"):
        response = rider.get(page)
        assert response.status_code == 200
        assert find_titles(response.text) == ["Here scooter"]


def test_list_and_map_show_the_same_vehicles(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(brand="Pinned", at=(40.7, -74.0))
    page = visitor.get("/").text
    assert 'data-lat="40.7" data-lon="-74.0"' in page
    assert page.count("data-vehicle") == 1


@pytest.mark.slow
def test_another_city_is_chosen_by_name(visitor: Visitor) -> None:
    assert visitor.get("/city?city=paris").location == "/city/paris"
    assert visitor.get("/city?city=atlantis").status_code == 404
    assert visitor.get("/city/atlantis").status_code == 404
    assert visitor.get("/city/%00").status_code == 404


def test_a_city_chosen_by_name_stays_until_another_is_chosen(rider: Visitor) -> None:
    assert 'id="sheet-title">New York<' in rider.get("/").text
    rider.get("/city?city=paris")
    assert 'id="sheet-title">Paris<' in rider.get("/").text
    rider.get("/city?city=boston")
    assert 'id="sheet-title">Boston<' in rider.get("/").text


def test_an_empty_city_says_what_to_do(visitor: Visitor) -> None:
    page = visitor.get("/").text
    assert "No free vehicles right now" in page
    assert "Add a vehicle" in page


def test_the_list_is_filtered_by_type_and_availability(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(brand="Bike", form_factor="bicycle", propulsion_type="human")
    make_vehicle(brand="Scooter")
    make_vehicle(brand="Broken", state="non_operational")
    make_vehicle(brand="Riding", state="on_trip")
    make_vehicle(brand="Gone", state="removed")
    assert find_titles(rider.get("/?type=bicycle").text) == ["Bike bike"]
    assert set(find_titles(rider.get("/?show=all").text)) == {
        "Bike bike", "Scooter scooter", "Broken scooter",
    }  # fmt: skip
    assert find_titles(rider.get("/?type=bicycle&show=all").text) == ["Bike bike"]
    assert "None of these right now" in rider.get("/?type=car").text


@pytest.mark.parametrize(
    "question",
    ["lat=91&lon=0", "lat=nan&lon=1", "lat=1", "lat=x&lon=y",
     "lat=inf&lon=inf", "after=nonsense", "after=2026-01-01~x", "lat=1&lon=1&after=x~y", "within=7",
     "type=%00", "lat=1e400&lon=1", "after=" + "9" * 5000],
)  # fmt: skip
def test_an_invalid_query_string_is_not_found(visitor: Visitor, question: str) -> None:
    assert visitor.get(f"/?{question}").status_code == 404


def test_a_long_list_is_paged_and_has_every_vehicle_once(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    for number in range(12):
        make_vehicle(brand=f"No{number:02d}")
    page = rider.get("/").text
    titles = find_titles(page)
    assert len(titles) == 5
    while 'rel="next"' in page:
        page = rider.get(find_next_page(page)).text
        titles += find_titles(page)
    assert sorted(titles) == [f"No{number:02d} scooter" for number in range(12)]


def test_near_me_lists_the_nearest_first_and_pages_by_distance(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    for number in range(8):
        make_vehicle(brand=f"No{number}", at=(40.73 + number * 0.002, -73.99))
    make_vehicle(brand="Far", at=(40.80, -73.99))
    page = rider.get("/?lat=40.73&lon=-73.99").text
    assert find_titles(page) == [f"No{n} scooter" for n in range(5)]
    assert "220 m · 3 min walk" in page
    assert "Search within" not in page
    page = rider.get(find_next_page(page)).text
    assert find_titles(page) == [f"No{n} scooter" for n in range(5, 8)]
    assert "Search within 10 km" in page
    page = rider.get("/?lat=40.75&lon=-73.99&within=10000").text
    assert "Far scooter" in rider.get(find_next_page(page)).text


def test_a_search_without_results_offers_a_larger_radius(visitor: Visitor) -> None:
    page = visitor.get("/?lat=40&lon=-70").text
    assert "Nothing within 2 km" in page
    assert "within=10000" in page


def test_a_page_does_not_grow_with_the_fleet(
    visitor: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    for _ in range(6):
        make_vehicle()
    small = len(visitor.get("/").data)
    for _ in range(20):
        make_vehicle()
    round_trips()
    assert len(visitor.get("/").data) < small + 200
    assert round_trips() == 1


def test_the_page_of_a_vehicle_offers_a_ride(
    visitor: Visitor, rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(range_m=21_000)
    key = vehicle.public_key
    page = visitor.get(f"/vehicles/{key}").text
    assert "1 Main Street" in page
    assert f'href="/login?next=/vehicles/{key}"' in page
    page = rider.get(f"/vehicles/{key}").text
    assert "Okai scooter" in page
    assert "21 km" in page
    assert f'action="/rides/start/{key}"' in page


def test_the_page_of_a_vehicle_on_a_ride_hides_its_position(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    page = rider.get(f"/vehicles/{make_vehicle(state='on_trip').public_key}").text
    assert "Someone is riding it." in page
    assert "Main Street" not in page
    assert "data-lat" not in page


@pytest.mark.parametrize("state", sorted(set(VehicleState) - set(PUBLIC_STATES)))
def test_visitors_do_not_find_a_vehicle_that_is_ridden_or_off_the_street(
    visitor: Visitor, make_vehicle: VehicleFactory, state: str
) -> None:
    """Who polls its page would else learn when a ride ends, and look what is new on the map."""
    response = visitor.get(f"/vehicles/{make_vehicle(state=state).public_key}")
    assert response.status_code == 404
    assert "It may have been ridden since." in response.text


def test_unknown_and_removed_vehicles_are_not_found(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    removed, existing = make_vehicle(state="removed"), make_vehicle()
    for key in (
        removed.public_key,
        existing.key,
        "us-east1.00000000-0000-4000-8000-000000000000",
        "x.y",
        "1",
    ):
        assert visitor.get(f"/vehicles/{key}").status_code == 404


def test_an_added_vehicle_is_on_the_map_of_the_home_city_and_its_owner_gets_the_role(
    visitor: Visitor, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    visitor.sign_in(ada)
    assert "You have no vehicles" in visitor.get("/vehicles/mine").text
    response = visitor.send("/vehicles/add", **BIKE)
    assert response.status_code == 303
    assert "Your vehicle is on the map." in visitor.get(response.location).text
    assert find_titles(visitor.get("/").text) == ["Pegasus bike"]
    assert "Pegasus bike" in visitor.get("/vehicles/mine").text
    assert "owner" in row(User, ada.key).roles


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"type": "dragon"}, "type", "Choose an option from the list."),
        ({"brand": ""}, "brand", "Fill this in."),
        ({"color": "x" * 31}, "color", "Use at most 30 characters."),
        ({"address": " "}, "address", "Fill this in."),
        ({"lat": "91"}, "lat", "Enter a latitude between -90 and 90."),
        ({"lat": "nan"}, "lat", "Enter a latitude between -90 and 90."),
        ({"lon": "1e400"}, "lon", "Enter a longitude between -180 and 180."),
        ({"lat": "here"}, "lat", "Enter a number."),
        ({"lat": "", "lon": ""}, "lat", "Tap the map where it is, or enter the coordinates."),
        ({"lon": ""}, "lat", "Enter the longitude, too."),
        ({"lat": ""}, "lon", "Enter the latitude, too."),
        ({"lat": "48.85", "lon": "2.35"}, "lat", "more than 100 km from the city"),
    ],
)
def test_invalid_input_is_refused_beside_the_field_and_kept(
    rider: Visitor, wrong: dict[str, str], field: str, message: str
) -> None:
    response = rider.send("/vehicles/add", **{**BIKE, **wrong})
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert message in response.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    for name in {"brand", "color", "address"} - set(wrong):
        assert f'value="{BIKE[name]}"' in response.text
    with rider.application.app_context():
        assert db.session.scalars(select(Vehicle)).all() == []


def test_an_owner_edits_and_removes_a_vehicle(
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:
    ada = make_user("ada", roles=["owner"])
    vehicle = make_vehicle(owner=ada)
    visitor.sign_in(ada)
    form = visitor.get(f"/vehicles/{vehicle.key}/edit").text
    assert 'value="1 Main Street"' in form
    assert '<option selected value="scooter">' in form
    assert visitor.send(f"/vehicles/{vehicle.key}/edit", **BIKE).status_code == 303
    assert row(Vehicle, vehicle.key).brand == "Pegasus"
    for _ in range(2):
        assert visitor.send(f"/vehicles/{vehicle.key}/remove").status_code == 303
    assert row(Vehicle, vehicle.key).state == "removed"
    assert visitor.get(f"/vehicles/{vehicle.public_key}").status_code == 404
    assert visitor.get(f"/vehicles/mine/{vehicle.key}").status_code == 404
    assert row(User, ada.key).roles == {"rider"}


def test_a_rider_cannot_edit_or_remove_the_vehicle_of_another(
    rider: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:
    vehicle = make_vehicle(owner=make_user("ada", roles=["owner"]))
    key = vehicle.key
    assert "Your vehicle" not in rider.get(f"/vehicles/{vehicle.public_key}").text
    assert rider.get(f"/vehicles/mine/{key}").status_code == 404
    assert rider.get(f"/vehicles/mine/{key}/label.svg").status_code == 404
    assert rider.get(f"/vehicles/{key}/edit").status_code == 404
    assert rider.send(f"/vehicles/{key}/edit", **BIKE).status_code == 404
    assert rider.send(f"/vehicles/{key}/remove").status_code == 404
    assert row(Vehicle, key).state == "available"
    assert row(Vehicle, key).brand == "Okai"


def test_a_vehicle_on_a_ride_cannot_be_edited_or_removed(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada = make_user("ada")
    key = make_vehicle(owner=ada, state="on_trip").key
    visitor.sign_in(ada)
    edited = visitor.send(f"/vehicles/{key}/edit", **BIKE)
    for response in (visitor.send(f"/vehicles/{key}/remove"), edited):
        assert response.status_code == 409
        assert "Someone is using this vehicle. Try again when it" in response.text
        assert "Someone was faster" not in response.text
    assert 'value="12 Main Street"' in edited.text


def test_an_owner_cannot_edit_a_vehicle_that_a_feed_describes(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    ada = make_user("ada", roles=["owner"])
    key = make_vehicle(owner=ada, feed_system="operator_x", feed_vehicle="1").key
    visitor.sign_in(ada)
    edit = f"/vehicles/{key}/edit"
    for response in (visitor.send(edit, **BIKE), visitor.get(edit)):
        assert response.status_code == 409
        assert "comes from its feed" in response.text
    assert row(Vehicle, key).brand == "Okai"
    for page in ("/vehicles/mine", "/vehicles/mine?view=table", f"/vehicles/mine/{key}"):
        assert edit not in visitor.get(page).text
    assert visitor.send(f"/vehicles/{key}/remove").status_code == 303


def test_the_page_of_an_owners_vehicle_has_its_code_label_rides_and_reports(
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    round_trips: Callable[[], int],
) -> None:
    ada = make_user("ada", roles=["owner"])
    vehicle = make_vehicle(owner=ada)
    visitor.sign_in(ada)
    public = visitor.get(f"/vehicles/{vehicle.public_key}").text
    assert "Your vehicle" in public
    assert f'href="/vehicles/mine/{vehicle.key}"' in public
    assert f'href="/vehicles/mine/{vehicle.key}"' in visitor.get("/vehicles/mine").text
    round_trips()
    page = visitor.get(f"/vehicles/mine/{vehicle.key}").text
    assert round_trips() == 2
    assert format_code(vehicle.code) in page
    assert "No problems reported." in page
    assert f'action="/vehicles/{vehicle.key}/remove"' in page
    assert f'href="/vehicles/{vehicle.public_key}"' in page


@pytest.mark.slow
def test_staff_of_the_city_see_the_same_page_without_its_actions(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle, paris_vehicle = make_vehicle(), make_vehicle("paris")
    visitor.sign_in(make_user("boss", roles={"fleet": ["new york"]}))
    assert f'href="/fleet/vehicles/{vehicle.key}"' in visitor.get("/fleet/vehicles").text
    page = visitor.get(f"/fleet/vehicles/{vehicle.key}").text
    assert format_code(vehicle.code) in page
    assert "Remove" not in page
    assert visitor.get(f"/fleet/vehicles/{vehicle.key}/label.svg").mimetype == "image/svg+xml"
    for path in ("", "/label.svg"):
        assert visitor.get(f"/fleet/vehicles/{paris_vehicle.key}{path}").status_code == 404


def test_staff_see_every_state_and_the_owners(
    visitor: Visitor,
    rider: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    round_trips: Callable[[], int],
) -> None:
    assert rider.get("/fleet/vehicles").status_code == 403
    visitor.sign_in(make_user("boss", roles=["fleet"]))
    make_vehicle(brand="Private", owner=make_user("ada"))
    make_vehicle(
        brand="Gone",
        state="removed",
        picked_up_at=datetime.now(UTC),
        feed_system="operator_x",
        feed_vehicle="1",
    )
    make_vehicle("paris", brand="French")
    visitor.get("/fleet/vehicles")
    round_trips()
    page = visitor.get("/fleet/vehicles").text
    assert round_trips() == 2
    assert "Ada Lovelace" in page
    assert "Private scooter" in page
    assert "operator_x" in page
    assert "French" not in page
    assert "Private" not in visitor.get("/fleet/vehicles?city=new+york&state=removed").text
    assert "French" in visitor.get("/fleet/vehicles?city=paris").text
    assert visitor.get("/fleet/vehicles?city=atlantis").status_code == 404
