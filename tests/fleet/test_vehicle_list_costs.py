"""Each list is one round trip, and uses its indexes in a large fleet."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest

from tests.explain import explain_plan, explain_reads
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.large_fleet import insert_large_fleet
from tests.fleet.vehicle_lists import NOW
from webapp.fleet.enums import PUBLIC_STATES, FormFactor, VehicleState
from webapp.fleet.queries.filters import SCAN_LIMIT, VehicleFilter
from webapp.fleet.queries.lists import (
    list_owner_vehicles,
    list_vehicles,
)
from webapp.fleet.queries.nearest import list_nearest
from webapp.fleet.site_search.queries import MAX_SAMPLE, list_addresses
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point

pytestmark = pytest.mark.usefixtures("app_context")


LISTS = {
    "all": lambda: list_vehicles(VehicleFilter(find_city()), None),
    "all of a type": lambda: list_vehicles(
        VehicleFilter(find_city(), form_factor=FormFactor.OTHER), None
    ),
    "all in public states": lambda: list_vehicles(VehicleFilter(find_city(), PUBLIC_STATES), None),
    "all in any state": lambda: list_vehicles(
        VehicleFilter(find_city(), tuple(VehicleState)), None
    ),
    "all, a late page": lambda: list_vehicles(VehicleFilter(find_city()), (UUID(int=2**127),)),
    "all of some types": lambda: list_vehicles(
        VehicleFilter(
            find_city(), types=frozenset({("scooter_standing", "electric"), ("car", "electric")})
        ),
        None,
    ),
    "all without a match": lambda: list_vehicles(
        VehicleFilter(find_city(), range_m=1_000_000), None
    ),
    "by two rare words": lambda: list_vehicles(
        VehicleFilter(find_city(), words="golden Pegasus"), None
    ),
    "by words of all vehicles": lambda: list_vehicles(
        VehicleFilter(find_city(), words="black Okai"), None
    ),
    "by a word of some vehicles": lambda: list_vehicles(
        VehicleFilter(find_city(), words="blue"), None
    ),
    "by a rare street, as a visitor": lambda: list_vehicles(
        VehicleFilter(find_city(), words="pegasus brooklyn", is_anonymous=True), None
    ),
    "by a word that all brands and no street have, as a visitor": lambda: list_vehicles(
        VehicleFilter(find_city(), words="okai", is_anonymous=True), None
    ),
    "nearest": lambda: list_nearest(VehicleFilter(find_city()), Point(40.73, -73.99), 2_000, None),
    "nearest by two rare words": lambda: list_nearest(
        VehicleFilter(find_city(), words="golden Pegasus"), Point(40.73, -73.99), 50_000, None
    ),
    "nearest by words of all vehicles": lambda: list_nearest(
        VehicleFilter(find_city(), words="black Okai"), Point(40.73, -73.99), 2_000, None
    ),
    "nearest of a type": lambda: list_nearest(
        VehicleFilter(find_city(), PUBLIC_STATES, FormFactor.OTHER),
        Point(40.73, -73.99),
        2_000,
        None,
    ),
}


NEAREST_INDEXES = {
    "ix_vehicles_position", "ix_vehicles_cell", "ix_vehicles_search_words", "pk_vehicles",
}  # fmt: skip
#: That of types and ranges serves a state that few vehicles of a type have: these are sorted.
LIST_INDEXES = {
    "ix_vehicles_list", "ix_vehicles_list_by_type", "ix_vehicles_type_range",
    "uq_vehicles_public_id",
}  # fmt: skip


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
        city="CASE WHEN n % 20 IN (8, 11, 13, 17) THEN 'boston' ELSE 'new york' END",
        form_factor="CASE WHEN n % 10 = 0 THEN 'other' ELSE 'scooter_standing' END",
        brand="CASE WHEN n % 500 = 5 THEN 'Pegasus' ELSE 'Okai' END",
        color="CASE WHEN n % 1000 = 5 THEN 'golden' WHEN n % 40 = 9 THEN 'blue' ELSE 'black' END",
        state="CASE n % 20 WHEN 1 THEN 'reserved' WHEN 2 THEN 'non_operational'"
        " WHEN 3 THEN 'on_trip' WHEN 4 THEN 'removed' WHEN 6 THEN 'missing' ELSE 'available' END",
        address="CASE WHEN n % 1000 = 5 THEN '1 Pegasus Street, Brooklyn' ELSE n || ' Main Street' END",
        created_at=":now - n * interval '1 minute'",
        owner_region="CASE WHEN n % 1000 = 7 THEN :region END",
        owner_id="CASE WHEN n % 1000 = 7 THEN CAST(:owner AS uuid) END",
    )
    for name, read in LISTS.items():
        plan = explain_plan(read)
        has_common_words = name == "nearest by words of all vehicles"
        # Whether few have a word is known after some thousand rows in any order, also of the table.
        assert has_common_words or "Seq Scan" not in plan.nodes, name
        if name in ("all of some types", "all without a match"):
            assert plan.most_rows <= 2 * SCAN_LIMIT, name
        elif name == "by two rare words":
            assert plan.indexes == {"ix_vehicles_search_words"}, name
            assert plan.most_rows <= 40, name
        elif name.endswith("as a visitor"):
            assert "ix_vehicles_search_words" in plan.indexes, name
            assert plan.table_rows <= 40, name
        elif name.startswith("by "):
            # The scan meets a frequent word at once; few rows are sorted.
            assert plan.most_rows <= (40 if name.endswith("all vehicles") else 2_500), name
        elif name.startswith("all"):
            # Where the region has few other vehicles, the smaller index of all public ids will do.
            assert plan.indexes, name
            assert plan.indexes <= LIST_INDEXES, name
            assert plan.most_rows <= 6 * len(VehicleState), name
        else:
            assert "pk_vehicles" in plan.indexes, name
            assert has_common_words or plan.indexes <= NEAREST_INDEXES, name
            assert plan.most_rows <= (2 * SCAN_LIMIT if has_common_words else 40), name
    for words, most_rows in (("pegasus brooklyn", 20 + MAX_SAMPLE), ("main street", 2_500)):
        streets = VehicleFilter(find_city(), words=words, is_anonymous=True)
        plan = explain_plan(partial(list_addresses, streets))
        assert "Seq Scan" not in plan.nodes, words
        assert plan.most_rows <= most_rows, (words, plan.rows_read)
    plan = explain_plan(lambda: list_owner_vehicles(owner.key, None))
    # There are no reports here: any of their indexes will do.
    assert {name for name in plan.indexes if "reports" not in name} == {"ix_vehicles_owner"}
    assert plan.most_rows <= 20


#: 20,000 vehicles in a circle of 2 km, of which four are of a rare type, far outside of it.
DENSE_CITY = {
    "lat": "CASE WHEN n % 5000 = 7 THEN 40.8 ELSE 40.73 + (n % 141) * 0.00005 END",
    "lon": "-73.99 + (n / 141) * 0.00005",
    "cell": "CASE WHEN n % 5000 = 7 THEN floor((40.8 + 90) * 100) ELSE floor((40.73 + 90) * 100)"
    " END * 36000 + floor((-73.99 + (n / 141) * 0.00005 + 180) * 100)",
    "form_factor": "CASE WHEN n % 5000 = 7 THEN 'car' ELSE 'scooter_standing' END",
    "brand": "'Okai'",
    "range_m": "20000",
}


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_a_filter_that_few_vehicles_of_a_dense_city_match_is_answered_at_once() -> None:
    insert_large_fleet({}, **DENSE_CITY)
    city, centre = find_city(), Point(40.733, -73.987)
    for vehicle_filter, radius_m, expected in (
        (VehicleFilter(city, range_m=900_000), 2_000, 0),
        (VehicleFilter(city, types=frozenset({("scooter_standing", "human")})), 2_000, 0),
        (VehicleFilter(city, form_factor=FormFactor.CAR), 2_000, 0),
        (VehicleFilter(city, form_factor=FormFactor.CAR), 10_000, 4),
        (VehicleFilter(city, words="okai", range_m=900_000), 10_000, 0),
    ):
        search = partial(list_nearest, vehicle_filter, centre, radius_m, None)
        page, plans = search(), explain_reads(search)
        assert (len(page.rows), page.after) == (expected, ""), vehicle_filter
        assert len(plans) == 2, vehicle_filter
        for plan in plans:
            assert plan.table_rows <= 4 * SCAN_LIMIT, (vehicle_filter, plan.rows_read)
        assert "Seq Scan" not in plans[1].nodes
        assert "ix_vehicles_type_range" in plans[1].indexes, vehicle_filter
