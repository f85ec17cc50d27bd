"""Each list is one round trip, and uses its indexes in a large fleet."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from tests.explain import explain_plan
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.large_fleet import insert_large_fleet
from tests.fleet.vehicle_lists import NOW
from webapp.fleet.enums import PUBLIC_STATES, FormFactor, VehicleState
from webapp.fleet.queries.filters import SCAN_LIMIT, VehicleFilter
from webapp.fleet.queries.lists import (
    list_nearest,
    list_newest,
    list_owner_vehicles,
)
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point

pytestmark = pytest.mark.usefixtures("app_context")


LISTS = {
    "newest": lambda: list_newest(VehicleFilter(find_city()), None),
    "newest of a type": lambda: list_newest(
        VehicleFilter(find_city(), form_factor=FormFactor.OTHER), None
    ),
    "newest in public states": lambda: list_newest(VehicleFilter(find_city(), PUBLIC_STATES), None),
    "newest in any state": lambda: list_newest(
        VehicleFilter(find_city(), tuple(VehicleState)), None
    ),
    "newest, a late page": lambda: list_newest(
        VehicleFilter(find_city()), (NOW - timedelta(days=5), UUID(int=0))
    ),
    "newest of some types": lambda: list_newest(
        VehicleFilter(find_city(), types=frozenset({("other", "electric"), ("car", "electric")})),
        None,
    ),
    "newest without a match": lambda: list_newest(
        VehicleFilter(find_city(), range_m=1_000_000), None
    ),
    "by two rare words": lambda: list_newest(
        VehicleFilter(find_city(), words="golden Pegasus"), None
    ),
    "by words of all vehicles": lambda: list_newest(
        VehicleFilter(find_city(), words="black Okai"), None
    ),
    "by a word of some vehicles": lambda: list_newest(
        VehicleFilter(find_city(), words="blue"), None
    ),
    "nearest": lambda: list_nearest(VehicleFilter(find_city()), Point(40.73, -73.99), 2_000, None),
    "nearest of a type": lambda: list_nearest(
        VehicleFilter(find_city(), PUBLIC_STATES, FormFactor.OTHER),
        Point(40.73, -73.99),
        2_000,
        None,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_one_round_trip(
    make_vehicle: VehicleFactory, round_trips: Callable[[], int], name: str
) -> None:
    make_vehicle()
    catalogue().all()
    round_trips()
    LISTS[name]()
    assert round_trips() == 1


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_lists_of_a_large_city_use_their_indexes(make_user: UserFactory) -> None:
    """Of 20,000 vehicles, no list reads or sorts the whole city."""
    owner = make_user("ada")
    insert_large_fleet(
        {"now": NOW, "region": owner.region, "owner": owner.id},
        form_factor="CASE WHEN n % 10 = 0 THEN 'other' ELSE 'scooter_standing' END",
        brand="CASE WHEN n % 500 = 5 THEN 'Pegasus' ELSE 'Okai' END",
        color="CASE WHEN n % 1000 = 5 THEN 'golden' WHEN n % 40 = 9 THEN 'blue' ELSE 'black' END",
        state="CASE n % 20 WHEN 1 THEN 'reserved' WHEN 2 THEN 'non_operational'"
        " WHEN 3 THEN 'on_trip' WHEN 4 THEN 'removed' ELSE 'available' END",
        created_at=":now - n * interval '1 minute'",
        owner_region="CASE WHEN n % 1000 = 7 THEN :region END",
        owner_id="CASE WHEN n % 1000 = 7 THEN CAST(:owner AS uuid) END",
    )
    for name, read in LISTS.items():
        plan = explain_plan(read)
        assert "Seq Scan" not in plan.nodes, name
        if name == "newest without a match":
            assert plan.most_rows <= SCAN_LIMIT, name
        elif name == "by two rare words":
            assert plan.indexes == {"ix_vehicles_words"}, name
            assert plan.most_rows <= 40, name
        elif name.startswith("by "):
            # The scan from the newest meets a frequent word at once; few rows are sorted.
            assert plan.most_rows <= (40 if name.endswith("all vehicles") else 2_500), name
        elif name.startswith("newest"):
            newest_indexes = {"ix_vehicles_newest", "ix_vehicles_newest_of_type"}
            assert plan.indexes, name
            assert plan.indexes <= newest_indexes, name
            assert plan.most_rows <= 6 * len(VehicleState), name
        else:
            assert plan.indexes == {"ix_vehicles_cell"}, name
            assert plan.most_rows < 400, name
    plan = explain_plan(lambda: list_owner_vehicles(owner.key, None))
    assert plan.indexes == {"ix_vehicles_owner"}
    assert plan.most_rows <= 20
