"""The vehicles that belong in each list, and the order of its pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import InvalidRequestError

from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.vehicle_lists import NOW, list_ids, read_all_pages
from webapp.db.paging import read_number_cursor, read_time_cursor, read_uuid_cursor
from webapp.fleet.enums import PUBLIC_STATES, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries import filters
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import (
    list_owner_vehicles,
    list_staff_vehicles,
    list_vehicles,
)
from webapp.fleet.queries.nearest import list_nearest
from webapp.regions.geography import Point

pytestmark = pytest.mark.usefixtures("app_context")


def test_vehicles_at_the_same_position_are_each_listed_once(make_vehicle: VehicleFactory) -> None:
    ids = {make_vehicle(at=(40.73, -73.99)).id for _ in range(12)}
    centre = Point(40.74, -73.99)
    rows = read_all_pages(
        lambda after: list_nearest(VehicleFilter(find_city()), centre, 2_000, after),
        read_number_cursor,
    )
    assert len(rows) == 12
    assert {listed.vehicle.id for listed in rows} == ids
    assert {listed.distance_m for listed in rows} == {1112}


def test_a_search_at_the_pole_and_at_the_date_line_finds_near_vehicles(
    make_vehicle: VehicleFactory,
) -> None:
    """Generated fleets rarely have these positions."""
    for centre, neighbour in [
        ((89.99, 0.0), (89.99, 90.0)),
        ((89.95, 0.0), (89.953, 20.0)),
        ((0.0, 179.999), (0.0, -179.999)),
    ]:
        vehicle = make_vehicle(at=neighbour)
        rows = list_nearest(VehicleFilter(find_city()), Point(*centre), 2_000, None).rows
        assert [listed.vehicle.id for listed in rows] == [vehicle.id], centre


# --- vehicles of a list --------------------------------------------------------------------


def test_a_list_has_only_vehicles_of_its_city(make_vehicle: VehicleFactory) -> None:
    own_vehicle = make_vehicle("new york", at=(41.5, -72.5))
    make_vehicle("boston", at=(41.5, -72.5))
    assert [r.vehicle.id for r in list_vehicles(VehicleFilter(find_city()), None).rows] == [
        own_vehicle.id
    ]
    rows = list_nearest(VehicleFilter(find_city()), Point(41.5, -72.5), 2_000, None).rows
    assert [r.vehicle.id for r in rows] == [own_vehicle.id]


@pytest.mark.parametrize("state", [s for s in VehicleState if s not in PUBLIC_STATES])
def test_vehicles_in_other_states_are_not_shown_to_the_public(
    make_vehicle: VehicleFactory, state: VehicleState
) -> None:
    make_vehicle(state=state.value)
    city = find_city()
    public_vehicles = VehicleFilter(city, PUBLIC_STATES)
    assert list_vehicles(public_vehicles, None).rows == []
    assert list_nearest(public_vehicles, city.centre, 2_000, None).rows == []


def test_staff_get_the_owner_with_the_vehicle_in_one_round_trip(
    make_user: UserFactory, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    make_vehicle(owner=make_user("ada", city="paris"))
    make_vehicle()
    round_trips()
    rows = list_staff_vehicles(
        VehicleFilter(find_city(), tuple(VehicleState)), None, with_owner=True
    ).rows
    owners = [listed.vehicle.owner for listed in rows if isinstance(listed.vehicle, Vehicle)]
    assert sorted(owner.username if owner else "" for owner in owners) == ["", "ada"]
    assert round_trips() == 1


def test_staff_who_may_not_see_persons_get_vehicles_without_owners(
    make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(owner=make_user())
    listed = list_staff_vehicles(VehicleFilter(find_city()), None, with_owner=False).rows[0]
    assert isinstance(listed.vehicle, Vehicle)
    with pytest.raises(InvalidRequestError, match="raise"):
        _ = listed.vehicle.owner


def test_the_list_of_an_owner_has_all_vehicles_that_are_not_removed(
    make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    make_vehicle(owner=bob)
    make_vehicle(owner=ada, state="removed")
    own_vehicles = [
        make_vehicle(name, owner=ada, state=state, created_at=NOW - timedelta(minutes=n))
        for n, (name, state) in enumerate(
            [("new york", "available"), ("paris", "on_trip"), ("boston", "non_operational")]
            + [("new york", "available")] * 4
        )
    ]
    rows = read_all_pages(lambda after: list_owner_vehicles(ada.key, after), read_time_cursor)
    assert [listed.vehicle.id for listed in rows] == [vehicle.id for vehicle in own_vehicles]


def test_the_list_of_an_owner_is_filtered_by_the_state_of_now_and_the_city(
    make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada = make_user("ada")
    now = datetime.now(UTC)
    ended, lasting = now - timedelta(minutes=1), now + timedelta(hours=1)
    vehicles = {
        "free": make_vehicle(owner=ada),
        "reserved before": make_vehicle(owner=ada, state="reserved", reserved_until=ended),
        "reserved": make_vehicle(owner=ada, state="reserved", reserved_until=lasting),
        "ridden": make_vehicle("paris", owner=ada, state="on_trip"),
    }

    def find(*filters: str) -> set[str]:
        ids = {each.vehicle.id for each in list_owner_vehicles(ada.key, None, *filters).rows}
        return {name for name, vehicle in vehicles.items() if vehicle.id in ids}

    assert find() == set(vehicles)
    assert find("available") == {"free", "reserved before"}
    assert find("reserved") == {"reserved"}
    assert find("", "paris") == {"ridden"}
    assert find("available", "paris") == set()


def test_a_vehicle_added_to_the_first_page_does_not_change_the_second(
    make_vehicle: VehicleFactory,
) -> None:
    old = [make_vehicle(public_id=UUID(int=n)) for n in range(1, 8)]
    first = list_vehicles(VehicleFilter(find_city()), None)
    make_vehicle(public_id=UUID(int=0))
    rest = list_vehicles(VehicleFilter(find_city()), read_uuid_cursor(first.after))
    assert [r.vehicle.id for r in [*first.rows, *rest.rows]] == [v.id for v in old]


# --- filters -------------------------------------------------------------------------------


def test_a_vehicle_with_an_expired_reservation_is_listed_as_available(
    make_vehicle: VehicleFactory,
) -> None:
    now, city = datetime.now(UTC), find_city()
    available = make_vehicle()
    expired = make_vehicle(state="reserved", reserved_until=now - timedelta(seconds=1))
    reserved = make_vehicle(state="reserved", reserved_until=now + timedelta(minutes=5))
    without_end = make_vehicle(state="reserved")  # in the feed of an operator
    broken = make_vehicle(state="non_operational")
    for states, expected in [
        ((VehicleState.AVAILABLE,), {available, expired}),
        ((VehicleState.RESERVED,), {reserved, without_end}),
        ((VehicleState.NON_OPERATIONAL,), {broken}),
        (PUBLIC_STATES, {available, expired, reserved, without_end, broken}),
    ]:
        vehicle_filter, ids = VehicleFilter(city, states), {vehicle.id for vehicle in expected}
        assert list_ids(list_vehicles(vehicle_filter, None)) == ids
        assert list_ids(list_nearest(vehicle_filter, city.centre, 2_000, None)) == ids


def test_rare_matches_are_found_over_pages_that_each_scan_a_limited_number(
    make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each match is listed once, and a page before the last may be empty."""
    monkeypatch.setattr(filters, "SCAN_LIMIT", 4)
    matching = {3, 13, 14, 15, 16, 18, 19}
    vehicles = [
        make_vehicle(
            public_id=UUID(int=n),
            range_m=30_000 if n in matching else None,
            state="reserved" if n % 5 == 0 else "available",
            reserved_until=NOW if n % 5 == 0 else None,
        )
        for n in range(22)
    ]
    vehicle_filter = VehicleFilter(find_city(), range_m=20_000)
    listed_ids, page_sizes, after = [], [], ""
    while True:
        page = list_vehicles(vehicle_filter, read_uuid_cursor(after))
        listed_ids += [listed.vehicle.id for listed in page.rows]
        page_sizes.append(len(page.rows))
        after = page.after
        if not after:
            break
    assert listed_ids == [vehicles[n].id for n in sorted(matching)]
    assert 0 in page_sizes
    assert len(page_sizes) == 22 // 4 + 1


@pytest.mark.slow
def test_the_list_continues_after_many_reserved_vehicles(
    make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reserved vehicles are not listed, and no page scans all of them."""
    monkeypatch.setattr(filters, "RESERVED_ALLOWANCE", 2)
    reserved: dict[str, Any] = {
        "state": "reserved",
        "reserved_until": datetime.now(UTC) + timedelta(hours=1),
    }
    available = [
        make_vehicle(public_id=UUID(int=n), **(reserved if n < 20 else {})) for n in range(27)
    ][20:]
    listed_ids, pages, after = [], 0, ""
    while pages == 0 or after:
        page = list_vehicles(VehicleFilter(find_city()), read_uuid_cursor(after))
        listed_ids += [listed.vehicle.id for listed in page.rows]
        pages, after = pages + 1, page.after
    assert listed_ids == [vehicle.id for vehicle in available]
    assert pages == 27 // (5 + 1 + 2) + 1


@pytest.mark.parametrize("scan_limit", [2, 2_000])
def test_the_nearest_with_words_are_found_whether_few_or_many_vehicles_have_them(
    make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch, scan_limit: int
) -> None:
    monkeypatch.setattr(filters, "SCAN_LIMIT", scan_limit)
    centre, city = Point(40.73, -73.99), find_city()
    vehicles = [
        make_vehicle(
            at=(40.73 + 0.003 * n, -73.99),
            brand="Pegasus" if n in (1, 3, 9) else "Okai",
            state="removed" if n == 9 else "available",
        )
        for n in range(14)
    ]
    make_vehicle(at=None, brand="Pegasus", lat=None, lon=None, cell=None)
    for words, expected in [("pegasus", [1, 3]), ("Okai black", [0, 2, 4, 5])]:
        rows = read_all_pages(
            partial(list_nearest, VehicleFilter(city, words=words), centre, 2_000),
            read_number_cursor,
            has_short_pages=True,
        )
        nearest = [vehicles[n].id for n in expected]
        assert [listed.vehicle.id for listed in rows][: len(nearest)] == nearest, words
        assert all((listed.distance_m or 0) <= 2_000 for listed in rows)
