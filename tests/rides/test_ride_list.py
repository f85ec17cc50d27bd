"""The list of a rider's own rides, read page by page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text

from tests.explain import explain_plan
from tests.factories import VehicleFactory
from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.db.transactions import execute_write
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.rides.history import list_rides
from webapp.rides.models import Ride
from webapp.rides.queries import find_ride
from webapp.rides.services.start import start_ride

pytestmark = pytest.mark.usefixtures("app_context")


def test_the_ride_of_another_is_not_found(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    key = start_ride(ada_key, make_vehicle().public_key)
    assert find_ride(ada_key, key).vehicle.brand == "Okai"
    with pytest.raises(NotFound):
        find_ride(bob_key, key)


def insert_past_rides(rider: RowKey, vehicle: Vehicle, ended_at: list[datetime]) -> list[RowKey]:
    """Insert an ended ride at each of the moments; return their keys in the order of the history."""
    rows: list[dict[str, Any]] = [
        {
            "region": vehicle.region,
            "id": uuid4(),
            "city": vehicle.city,
            "vehicle_id": vehicle.id,
            "rider_region": rider.region,
            "rider_id": rider.id,
            "started_at": moment,
            "ended_at": moment,
        }
        for moment in ended_at
    ]
    execute_write(insert(Ride).values(rows))
    rows.sort(key=lambda row: (row["started_at"], row["id"]), reverse=True)
    return [RowKey(row["region"], row["id"]) for row in rows]


def read_pages(rider_key: RowKey) -> list[list[RowKey]]:
    """Return the keys of all pages of the history."""
    after: str | None = None
    pages: list[list[RowKey]] = []
    while after != "":
        page = list_rides(rider_key, read_time_cursor(after))
        assert len(page.rows) <= 5
        pages.append([ride.key for ride in page.rows])
        after = page.after
    return pages


def test_history_shows_each_ride_once_newest_first_even_with_equal_start_times(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    now = datetime.now(UTC)
    moments = [now] * 7 + [now - timedelta(microseconds=n) for n in range(6)]
    expected = insert_past_rides(ada_key, make_vehicle(), moments)
    insert_past_rides(bob_key, make_vehicle(), [now])
    pages = read_pages(ada_key)
    assert [key for page in pages for key in page] == expected
    assert [len(page) for page in pages] == [5, 5, 3]


def test_a_ride_that_starts_between_two_pages_moves_no_row(
    ada_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    now = datetime.now(UTC)
    old = insert_past_rides(ada_key, make_vehicle(), [now - timedelta(days=n) for n in range(1, 8)])
    first = list_rides(ada_key, None)
    insert_past_rides(ada_key, make_vehicle(), [now])
    rest = list_rides(ada_key, read_time_cursor(first.after))
    assert [ride.key for ride in [*first.rows, *rest.rows]] == old


def test_history_has_the_rides_of_all_regions_with_their_vehicles(
    ada_key: RowKey, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    now = datetime.now(UTC)
    for city in ("new york", "paris", "seattle"):
        insert_past_rides(ada_key, make_vehicle(city), [now])
    round_trips()
    rows = list_rides(ada_key, None).rows
    assert {(ride.city, ride.vehicle.city) for ride in rows} == {
        (city, city) for city in ("new york", "paris", "seattle")
    }
    assert round_trips() == 1


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_history_reads_one_page_of_the_index_however_long_it_is(
    ada_key: RowKey, bob_key: RowKey, make_vehicle: VehicleFactory
) -> None:
    make_vehicle()
    many = text(
        """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at,
           ended_at)
           SELECT v.region, gen_random_uuid(), v.city, v.id, u.region, u.id,
                  now() - n * interval '1 minute', now()
           FROM generate_series(1, 2500) n, vehicles v, users u"""
    )
    execute_write(many)
    with db.engines["write"].begin() as connection:
        connection.execute(text("ANALYZE rides"))
    plan = explain_plan(lambda: list_rides(ada_key, None))
    assert "ix_rides_rider" in plan.indexes
    assert "rides" not in plan.read_whole
    assert "Sort" not in plan.nodes
    assert plan.most_rows <= 6
