"""Generated fleets: each list has exactly the vehicles that a simple model of it has."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from tests.factories import find_city
from tests.fleet.vehicle_lists import NOW, read_all_pages
from webapp.db.paging import read_number_cursor, read_uuid_cursor
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.fleet.enums import FormFactor, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries import filters
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import (
    list_vehicles,
)
from webapp.fleet.queries.nearest import SEARCH_RADII_M, list_nearest
from webapp.regions.geography import Point, distance_m

pytestmark = pytest.mark.usefixtures("app_context")


STATES = [VehicleState.AVAILABLE, VehicleState.RESERVED, VehicleState.REMOVED]
TYPES = [FormFactor.BICYCLE, FormFactor.OTHER]


#: Positions where a grid may be wrong, and an ordinary city.
POSITIONS = [
    Point(40.73, -73.99),
    Point(0.0, 180.0),
    Point(-16.8, -179.999),
    Point(90.0, 0.0),
    Point(89.97, 100.0),
    Point(-89.999, -30.0),
    Point(60.0, 0.0),
]
#: Id, state, form factor, age in minutes, and offset from the centre of the fleet.
GeneratedVehicle = tuple[UUID, VehicleState, FormFactor, int, tuple[float, float] | None]
#: States, and one form factor or all.
GeneratedFilter = tuple[tuple[VehicleState, ...], FormFactor | None]
VehicleRow = dict[str, Any]

VEHICLES = st.tuples(
    st.uuids(version=4),
    st.sampled_from(STATES),
    st.sampled_from(TYPES),
    st.integers(0, 3),  # several vehicles have the same age
    st.none()
    | st.sampled_from([(0.0, 0.0), (0.3, -0.2)])
    | st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
FLEETS = st.lists(VEHICLES, max_size=14, unique_by=lambda vehicle: vehicle[0])
FILTERS = st.builds(
    lambda states, type_: (tuple(sorted(states)), type_),
    st.sets(st.sampled_from(STATES), min_size=1),
    st.none() | st.sampled_from(TYPES),
)
FEW_EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def store_fleet(
    fleet: list[GeneratedVehicle], centre: Point = POSITIONS[0], spread_m: float = 3_000
) -> list[VehicleRow]:
    """Replace the fleet of New York by this one, around ``centre``; return its rows."""
    rows: list[VehicleRow] = []
    for id_, state, type_, age, offset in fleet:
        point = offset_point(centre, offset, spread_m) if offset else None
        rows.append(
            {
                "region": "us-east1",
                "city": "new york",
                "id": id_,
                "public_id": uuid5(id_, "public"),
                "state": state.value,
                "form_factor": type_.value,
                "propulsion_type": "human",
                "brand": "",
                "color": "",
                "created_at": NOW - timedelta(minutes=age),
                "lat": point and point.lat,
                "lon": point and point.lon,
                "cell": point and point.cell,
            }
        )

    def replace_fleet(session: Session) -> None:
        session.execute(delete(Vehicle))
        if rows:
            session.execute(insert(Vehicle), rows)

    run_transaction(replace_fleet)
    db.session.expunge_all()
    return rows


def offset_point(centre: Point, offset: tuple[float, float], spread_m: float) -> Point:
    """Return a point near ``centre``, also across the pole or the date line."""
    degrees = spread_m / 111_195
    lat = centre.lat + offset[0] * degrees
    turn = 180.0 if abs(lat) > 90 else 0.0
    lat = (180 - lat if lat > 0 else -180 - lat) if turn else lat
    spread = 180 if abs(centre.lat) > 89 else degrees * 2
    lon = centre.lon + turn + offset[1] * spread
    return Point(lat, (lon + 540) % 360 - 180)


def row_matches(
    row: VehicleRow, states: tuple[VehicleState, ...], type_: FormFactor | None
) -> bool:
    return row["state"] in states and type_ in (None, row["form_factor"])


@pytest.mark.slow
@FEW_EXAMPLES
@given(FLEETS, FILTERS)
def test_the_list_of_a_city_has_each_matching_vehicle_once(
    fleet: list[GeneratedVehicle], filter_: GeneratedFilter
) -> None:
    rows, (states, type_) = store_fleet(fleet), filter_
    expected = [row for row in rows if row_matches(row, states, type_)]
    expected.sort(key=lambda row: row["public_id"])
    listed_vehicles = read_all_pages(
        lambda after: list_vehicles(VehicleFilter(find_city(), states, type_), after),
        read_uuid_cursor,
    )
    assert [listed.vehicle.id for listed in listed_vehicles] == [row["id"] for row in expected]


@pytest.mark.slow
@FEW_EXAMPLES
@given(
    FLEETS,
    FILTERS,
    st.sampled_from(POSITIONS),
    st.sampled_from(SEARCH_RADII_M),
    st.sampled_from([1, 3, 2_000]),
)
@example(
    [(UUID(int=1, version=4), STATES[0], TYPES[0], 0, (0.3, 1.0))],
    ((STATES[0],), None),
    POSITIONS[3],
    2_000,
    2_000,
)
def test_the_nearest_list_has_each_matching_vehicle_in_the_radius_once(
    fleet: list[GeneratedVehicle],
    filter_: GeneratedFilter,
    centre: Point,
    radius_m: int,
    scan_limit: int,
) -> None:
    """Also when a ring holds more vehicles than a search reads in one."""
    rows, (states, type_) = store_fleet(fleet, centre, radius_m * 1.5), filter_
    metres = {
        row["id"]: distance_m(centre, Point(row["lat"], row["lon"]))
        for row in rows
        if row_matches(row, states, type_) and row["lat"] is not None
    }
    with patch.object(filters, "SCAN_LIMIT", scan_limit):
        listed_vehicles = read_all_pages(
            lambda after: list_nearest(
                VehicleFilter(find_city(), states, type_), centre, radius_m, after
            ),
            read_number_cursor,
            has_short_pages=scan_limit < len(fleet),
        )
    pairs = [(listed.distance_m, listed.vehicle.id) for listed in listed_vehicles]
    order = [(listed.distance_m, listed.vehicle.public_id) for listed in listed_vehicles]
    assert order == sorted(order)
    assert len({id_ for _, id_ in pairs}) == len(pairs)
    for distance, id_ in pairs:
        assert distance == pytest.approx(metres[id_], abs=0.51)
    # Distances are rounded to metres: a vehicle less than one from the edge may be on either side.
    assert {id_ for id_, m in metres.items() if m < radius_m - 1} <= {id_ for _, id_ in pairs}
    assert not {id_ for id_, m in metres.items() if m > radius_m + 1} & {id_ for _, id_ in pairs}
