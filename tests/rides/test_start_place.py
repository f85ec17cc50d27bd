"""Where a ride may start, by the rules of zones for the type of the vehicle."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from tests.factories import VehicleFactory
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.models import CityZoneRules, Zone
from webapp.rides.refusal_reasons import StartForbidden
from webapp.rides.reservations.services import reserve_vehicle
from webapp.rides.services.start import start_ride

pytestmark = pytest.mark.usefixtures("app_context")

SQUARE = [[[[-74.0, 40.72], [-73.98, 40.72], [-73.98, 40.74], [-74.0, 40.74], [-74.0, 40.72]]]]
INSIDE, OUTSIDE = (40.73, -73.99), (40.75, -73.95)
NO_START_FOR_SCOOTERS = [{"vehicle_type_ids": ["s"], "ride_start_allowed": False}]
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)

MakeRules = Callable[..., None]


@pytest.fixture
def make_rules(app_context: None) -> MakeRules:
    """Write a zone with rules for scooters (``s``) and bikes (``b``) of New York."""

    def make_rules(**columns: object) -> None:
        zone = {"id": uuid4(), "city": "new york", "kind": "slow", "name": "Square", "position": 0}
        types = [["s", "scooter_standing", "electric"], ["b", "bicycle", "human"]]
        city_rules = {"city": "new york", "version": uuid4(), "source": "", "rules": []}
        with db.engines["write"].begin() as connection:
            values = {"coordinates": SQUARE, "rules": NO_START_FOR_SCOOTERS, **zone, **columns}
            connection.execute(insert(Zone).values(values))
            connection.execute(insert(CityZoneRules).values(vehicle_types=types, **city_rules))
        zone_cache().forget()

    return make_rules


def test_a_ride_does_not_start_where_a_zone_forbids_it_to_the_type(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_rules: MakeRules
) -> None:
    make_rules()
    scooter = make_vehicle(at=INSIDE, form_factor="scooter_standing", propulsion_type="electric")
    with pytest.raises(StartForbidden):
        start_ride(ada_key, scooter.public_key)
    with pytest.raises(StartForbidden):
        reserve_vehicle(ada_key, scooter.public_key)
    bike = make_vehicle(at=INSIDE, form_factor="bicycle", propulsion_type="human")
    assert start_ride(ada_key, bike.public_key)


@pytest.mark.parametrize("columns", [{"at": OUTSIDE}, {"lat": None, "lon": None, "cell": None}])
def test_elsewhere_and_at_an_unknown_place_a_ride_starts(
    ada_key: RowKey,
    make_vehicle: VehicleFactory,
    make_rules: MakeRules,
    columns: dict[str, Any],
) -> None:
    make_rules()
    scooter = make_vehicle(form_factor="scooter_standing", propulsion_type="electric", **columns)
    reserve_vehicle(ada_key, scooter.public_key)
    assert start_ride(ada_key, scooter.public_key)


@pytest.mark.parametrize(
    ("times", "may_start"),
    [
        ({"valid_from": NOW + HOUR}, True),
        ({"valid_until": NOW - HOUR}, True),
        ({"valid_from": NOW - HOUR, "valid_until": NOW + HOUR}, False),
    ],
)
def test_a_zone_forbids_the_start_only_within_its_times(
    ada_key: RowKey,
    make_vehicle: VehicleFactory,
    make_rules: MakeRules,
    times: dict[str, datetime],
    may_start: bool,
) -> None:
    make_rules(**times)
    scooter = make_vehicle(at=INSIDE, form_factor="scooter_standing", propulsion_type="electric")
    if may_start:
        assert start_ride(ada_key, scooter.public_key)
    else:
        with pytest.raises(StartForbidden):
            start_ride(ada_key, scooter.public_key)


def test_a_start_that_is_sent_twice_is_no_refusal_when_a_zone_begins_between(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_rules: MakeRules
) -> None:
    scooter = make_vehicle(at=INSIDE, form_factor="scooter_standing", propulsion_type="electric")
    ride_key = start_ride(ada_key, scooter.public_key)
    make_rules()
    assert start_ride(ada_key, scooter.public_key) == ride_key


def test_a_reserved_vehicle_is_refused_with_the_reason_when_a_zone_begins(
    ada_key: RowKey, make_vehicle: VehicleFactory, make_rules: MakeRules
) -> None:
    scooter = make_vehicle(at=INSIDE, form_factor="scooter_standing", propulsion_type="electric")
    reserve_vehicle(ada_key, scooter.public_key)
    make_rules()
    with pytest.raises(StartForbidden):
        start_ride(ada_key, scooter.public_key)


def test_in_regions_without_start_rules_nothing_more_is_read(
    ada_key: RowKey,
    make_vehicle: VehicleFactory,
    make_rules: MakeRules,
    round_trips: Callable[[], int],
) -> None:
    make_rules(rules=[{"ride_end_allowed": False}])
    bike = make_vehicle(at=INSIDE)
    zone_cache().forget()
    start_ride(ada_key, make_vehicle(at=OUTSIDE).public_key)
    another: Vehicle = make_vehicle(at=OUTSIDE)
    round_trips()
    with pytest.raises(Exception, match="ride_key"):
        start_ride(ada_key, another.public_key)
    assert round_trips() == 2  # the statement, and why it was refused
    assert bike
