"""What pages and maps show of zones with rules, for each type of vehicle and at each time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.fleet.zones.areas import NO_PARKING
from tests.fleet.zones.conftest import ImportZones, MakeZone, ReadZones, WriteTypes
from tests.fleet.zones.steps import send_form
from tests.fleet.zones.zone_files import NEW_YORK, NO_PARKING_ELSEWHERE, feature, gbfs, rule, square
from tests.visitor import Visitor
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.map_layer import build_map_layer
from webapp.regions.geography import Point

BIKE, SCOOTER = ("bicycle", "human"), ("scooter_standing", "electric")
LAYER, RULES = "/city/new%20york/zones.json", "/city/new%20york/zones"
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def by_type(import_zones: ImportZones, write_types: WriteTypes) -> None:
    """A zone where bikes park and scooters do not, and one of 6 km/h for scooters."""
    write_types(b=BIKE, s=SCOOTER)
    park = [rule(vehicle_type_ids=["b"]), rule(end=False, through=False, vehicle_type_ids=["s"])]
    slow = [rule(maximum_speed_kph=6, vehicle_type_ids=["s"])]
    import_zones(
        gbfs(
            feature(square(), name="Park", rules=park),
            feature(square(0.02), name="Mall", rules=slow),
            **NO_PARKING_ELSEWHERE,
        )
    )


def kinds(layer: Any) -> dict[str, str]:
    """The kinds of zones in a layer, by the end of their first line."""
    zones = [zone["properties"] for zone in layer["zones"]]
    return {zone["words"][0].rpartition(": ")[2]: zone["kind"] for zone in zones}


@pytest.mark.usefixtures("by_type")
def test_a_map_shows_what_the_zones_are_for_the_chosen_type(visitor: Visitor) -> None:
    bike = visitor.get(f"{LAYER}?type=bicycle.human").get_json()
    assert kinds(bike) == {"Park": "service_area"}
    scooter = visitor.get(f"{LAYER}?type=scooter_standing").get_json()
    assert kinds(scooter) == {"Park": "no_ride", "Mall": "service_area"}
    assert scooter["outside"]
    (park,) = [z["properties"] for z in scooter["zones"] if z["properties"]["kind"] == "no_ride"]
    assert park["words"] == ["No riding: Park", "You can't end a ride here.", "Get off and push."]
    assert [entry["kind"] for entry in scooter["legend"]] == ["service_area", "no_ride"]
    assert visitor.get(f"{LAYER}?type=boat").status_code == 404


@pytest.mark.usefixtures("by_type")
def test_a_map_for_all_types_shows_the_strictest_and_says_what_holds_for_each(
    visitor: Visitor,
) -> None:
    layer = visitor.get(LAYER).get_json()
    assert kinds(layer) == {"Park": "no_ride", "Mall": "service_area"}
    words = [zone["properties"]["words"] for zone in layer["zones"]]
    assert [
        "Park", "Bike: You can end a ride here.", "Scooter: You can't end a ride here. Get off and push."
    ] in words  # fmt: skip
    assert ["Mall", "Scooter: You can end a ride here. Maximum 6 km/h."] in words


@pytest.mark.parametrize("type_id", ["b\0", "b\ud800", "\0"])
def test_ids_of_types_that_no_database_stores_still_name_the_type(
    import_zones: ImportZones, write_types: WriteTypes, visitor: Visitor, type_id: str
) -> None:
    write_types(**{type_id: BIKE, "s": SCOOTER})
    park = feature(name="Park", rules=[rule(end=False, vehicle_type_ids=[type_id])])
    assert import_zones(gbfs(park, global_rules=[rule()])).exit_code == 0
    assert kinds(visitor.get(f"{LAYER}?type=bicycle").get_json()) == {"Park": "no_parking"}
    assert not kinds(visitor.get(f"{LAYER}?type=scooter_standing").get_json())


@pytest.mark.usefixtures("by_type")
def test_maps_ask_for_the_type_of_their_vehicle(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(at=NEW_YORK, form_factor="scooter_standing", propulsion_type="electric")
    address = f'data-zones-url="{LAYER}?type=scooter_standing.'
    visitor.sign_in(make_user("ada"))
    assert address in visitor.get(f"/vehicles/{vehicle.public_key}").text
    assert address in visitor.get("/city/new%20york?type=scooter_standing").text
    assert f'data-zones-url="{LAYER}"' in visitor.get("/city/new%20york").text
    ride = visitor.send(f"/rides/start/{vehicle.public_key}").location
    assert address in visitor.get(ride).text


@pytest.mark.usefixtures("by_type")
def test_the_rules_are_listed_for_all_types_and_for_one(visitor: Visitor) -> None:
    page = visitor.get(RULES).text
    assert "<strong>Bike:</strong> You can end a ride here." in page
    assert "<strong>Scooter:</strong> You can&#39;t end a ride here. Get off and push." in page
    assert "Everywhere else" in page
    one = visitor.get(f"{RULES}?type=bicycle.human").text
    assert "Service area: Park" in one
    assert "Mall" not in one
    assert visitor.get(f"{RULES}?type=boat").status_code == 404
    assert visitor.get(f"{RULES}?type=bicycle.steam").status_code == 404


def test_a_zone_is_shown_while_it_applies_and_begins_without_an_import(
    app: Flask, import_zones: ImportZones
) -> None:
    times = {"start": (NOW + HOUR).isoformat(), "end": (NOW + 2 * HOUR).isoformat()}
    import_zones(gbfs(feature(name="Fair", rules=[rule(end=False)], **times)))
    with app.test_request_context():
        zones = city_zones(find_city())
        shown = [
            len(build_map_layer(zones, "USD", None, NOW + hours * HOUR)["zones"])  # type: ignore[arg-type]
            for hours in (0, 1.5, 3)
        ]
        assert shown == [0, 1, 0]
        versions = {zones.make_version(NOW + hours * HOUR) for hours in (0, 1.5, 3)}
        assert len(versions) == 2  # before and after are the same
        allowed = [
            zones.check_parking(
                Point(NEW_YORK.lat + 0.005, NEW_YORK.lon + 0.005), None, NOW + hours * HOUR
            ).allowed
            for hours in (0, 1.5, 3)
        ]
        assert allowed == [True, False, True]


def test_pages_say_when_a_zone_applies_in_the_time_of_the_city(
    visitor: Visitor, make_zone: MakeZone
) -> None:
    make_zone(
        NO_PARKING, name="Fair", valid_from=datetime(2026, 7, 1, 12, tzinfo=UTC),
        valid_until=datetime(2026, 7, 2, 12, tzinfo=UTC),
    )  # fmt: skip
    page = visitor.get(RULES).text
    assert "1 Jul 2026, 08:00" in page
    assert "2 Jul 2026, 08:00" in page


def test_parking_at_stations_only_is_said(visitor: Visitor, import_zones: ImportZones) -> None:
    import_zones(gbfs(feature(name="Hub", rules=[rule(station_parking=True)])))
    assert "Please park at a station if there is one." in visitor.get(RULES).text
    assert kinds(visitor.get(LAYER).get_json()) == {"Hub": "other"}


def test_a_zone_that_changes_nothing_is_not_drawn(
    visitor: Visitor, import_zones: ImportZones
) -> None:
    import_zones(gbfs(feature(name="Open", rules=[rule()]), global_rules=[rule()]))
    assert visitor.get(LAYER).get_json()["zones"] == []


def test_where_rides_end_and_none_goes_through_the_map_does_not_say_that_none_ends(
    visitor: Visitor, import_zones: ImportZones
) -> None:
    import_zones(gbfs(feature(name="Hub", rules=[rule(through=False)]), **NO_PARKING_ELSEWHERE))
    layer = visitor.get(LAYER).get_json()
    assert layer["zones"][0]["properties"]["kind"] == "other"
    assert layer["zones"][0]["properties"]["words"] == [
        "Service area: Hub", "You can end a ride here.", "Get off and push."
    ]  # fmt: skip
    assert layer["outside"]
    assert "can't end" not in str(layer["legend"])


def test_zones_of_a_service_area_are_shown_by_what_is_unusual_there(
    visitor: Visitor, import_zones: ImportZones
) -> None:
    import_zones(
        gbfs(
            feature(square(), name="Mall", rules=[rule(maximum_speed_kph=6)]),
            feature(square(0.02), name="Harbour", rules=[rule(ride_start_allowed=False)]),
            feature(square(0.04), name="Usual", rules=[rule(maximum_speed_kph=25)]),
            feature(square(-0.1, -0.1, 0.3), name="City", rules=[rule(maximum_speed_kph=25)]),
            **NO_PARKING_ELSEWHERE,
        )
    )
    shown = kinds(visitor.get(LAYER).get_json())
    assert shown == {
        "Mall": "slow", "Harbour": "other", "Usual": "service_area", "City": "service_area"
    }  # fmt: skip


# --- admins and the command line ---------------------------------------------------------------


@pytest.mark.usefixtures("by_type")
def test_an_admin_reads_the_rules_and_edits_only_name_and_fee(
    app: Flask, make_user: UserFactory, read_zones: ReadZones, row: RowReader
) -> None:
    admin = new_browser(app).sign_in(make_user("ada", roles={"admin": ["new york"]}))
    park, mall = read_zones()
    listed = admin.get("/fleet/zones?city=new+york").text
    assert "<strong>Scooter:</strong> You can&#39;t end a ride here. Get off and push." in listed
    assert "Everywhere else" in listed
    page = f"/fleet/zones/new%20york/{park.id}/edit"
    form = admin.get(page).text
    assert "Its rules come from a feed" in form
    assert 'name="fee"' in form
    assert 'name="max_speed_kph"' not in form
    send_form(admin, page, name="Central Park", fee="5.00", max_speed_kph="50")
    (changed,) = (zone for zone in read_zones() if zone.zone_id == park.id)
    assert (changed.name, changed.fee, changed.max_speed_kph) == ("Central Park", 500, None)
    assert changed.rules == park.rules
    assert 'name="fee"' not in admin.get(page.replace(str(park.id), str(mall.id))).text


@pytest.mark.usefixtures("by_type")
def test_the_command_lists_rules_by_type(app: Flask) -> None:
    output = app.test_cli_runner().invoke(args=["zones", "list", "--city", "New York"]).output
    assert (
        "feed, Park, 0.94 km², Bike: You can end a ride here.; Scooter: You can't end a ride here."
        in output
    )
    assert "elsewhere: You can't end a ride here." in output


@pytest.mark.usefixtures("by_type")
def test_the_pages_of_zones_cost_no_more_with_rules(
    visitor: Visitor, round_trips: Callable[[], int]
) -> None:
    visitor.get(LAYER)
    round_trips()
    for path in (LAYER, f"{LAYER}?type=bicycle", RULES, f"{RULES}?type=bicycle"):
        visitor.get(path)
    assert round_trips() == 0
