"""Lists of vehicles: complete, in order, one round trip, and as cheap in a large fleet."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, text

from tests.explain import explain_plan
from webapp.db.paging import distance_cursor, time_cursor
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.fleet.enums import PUBLIC_STATES, FormFactor, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries import filters
from webapp.fleet.queries.filters import SCAN_LIMIT, VehicleFilter
from webapp.fleet.queries.lists import (
    SEARCH_RADII_M,
    list_nearest,
    list_newest,
    list_owner_vehicles,
)
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point, distance_m

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
STATES = [VehicleState.AVAILABLE, VehicleState.RESERVED, VehicleState.REMOVED]
TYPES = [FormFactor.BICYCLE, FormFactor.OTHER]


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


def city(name="new york"):
    return catalogue().find(name)


# --- against an oracle ---------------------------------------------------------------------

#: Corners of the world where grids go wrong, and an ordinary city.
CORNERS = [
    Point(40.73, -73.99),
    Point(0.0, 180.0),
    Point(-16.8, -179.999),
    Point(90.0, 0.0),
    Point(89.97, 100.0),
    Point(-89.999, -30.0),
    Point(60.0, 0.0),
]
VEHICLES = st.tuples(
    st.uuids(version=4),
    st.sampled_from(STATES),
    st.sampled_from(TYPES),
    st.integers(0, 3),  # minutes of age: several of one moment
    st.none()
    | st.sampled_from([(0.0, 0.0), (0.3, -0.2)])
    | st.tuples(st.floats(-1, 1), st.floats(-1, 1)),  # where, from the middle
)
FLEETS = st.lists(VEHICLES, max_size=14, unique_by=lambda vehicle: vehicle[0])
WANTED = st.builds(
    lambda states, type_: (tuple(sorted(states)), type_),
    st.sets(st.sampled_from(STATES), min_size=1),
    st.none() | st.sampled_from(TYPES),
)
slow = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def put(fleet, middle=CORNERS[0], spread_m=3_000):
    """Make this the fleet of New York, around ``middle``; return its rows."""
    rows = []
    for id_, state, type_, age, offset in fleet:
        point = around(middle, offset, spread_m) if offset else None
        rows.append(
            {
                "region": "us-east1",
                "city": "new york",
                "id": id_,
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

    def work(session):
        session.execute(delete(Vehicle))
        if rows:
            session.execute(insert(Vehicle), rows)

    run_transaction(work)
    db.session.expunge_all()
    return rows


def around(middle, offset, spread_m):
    """Return a point list_nearest ``middle``, over the pole or the date line where they are list_nearest."""
    degrees = spread_m / 111_195
    lat = middle.lat + offset[0] * degrees
    turn = 180.0 if abs(lat) > 90 else 0.0
    lat = (180 - lat if lat > 0 else -180 - lat) if turn else lat
    spread = 180 if abs(middle.lat) > 89 else degrees * 2
    lon = middle.lon + turn + offset[1] * spread
    return Point(lat, (lon + 540) % 360 - 180)


def matches(row, states, type_):
    return row["state"] in states and type_ in (None, row["form_factor"])


def all_pages(read, read_cursor):
    """Read a list to its end; return its rows, having checked the pages."""
    rows, after = [], ""
    while True:
        page = read(read_cursor(after))
        assert len(page.rows) <= 5
        rows += page.rows
        after = page.after
        if not after:
            return rows
        assert len(page.rows) == 5


@slow
@given(FLEETS, WANTED)
def test_newest_shows_each_wanted_vehicle_once_the_newest_first(fleet, wanted):
    rows, (states, type_) = put(fleet), wanted
    expected = [row for row in rows if matches(row, states, type_)]
    expected.sort(key=lambda row: (row["created_at"], row["id"]), reverse=True)
    found = all_pages(
        lambda after: list_newest(VehicleFilter(city(), states, type_), after), time_cursor
    )
    assert [listed.vehicle.id for listed in found] == [row["id"] for row in expected]


@slow
@given(FLEETS, WANTED, st.sampled_from(CORNERS), st.sampled_from(SEARCH_RADII_M))
@example(
    [(UUID(int=1, version=4), STATES[0], TYPES[0], 0, (0.3, 1.0))],
    ((STATES[0],), None),
    CORNERS[3],
    2_000,
)
def test_near_shows_each_wanted_vehicle_of_the_circle_once_the_nearest_first(
    fleet, wanted, here, radius_m
):
    rows, (states, type_) = put(fleet, here, radius_m * 1.5), wanted
    metres = {
        row["id"]: distance_m(here, Point(row["lat"], row["lon"]))
        for row in rows
        if matches(row, states, type_) and row["lat"] is not None
    }
    found = all_pages(
        lambda after: list_nearest(VehicleFilter(city(), states, type_), here, radius_m, after),
        distance_cursor,
    )
    shown = [(listed.distance_m, listed.vehicle.id) for listed in found]
    assert shown == sorted(shown)
    assert len({id_ for _, id_ in shown}) == len(shown)
    for distance, id_ in shown:
        assert distance == pytest.approx(metres[id_], abs=0.51)
    # Whole metres: what lies within one of the edge may be on either side of it.
    assert {id_ for id_, m in metres.items() if m < radius_m - 1} <= {id_ for _, id_ in shown}
    assert not {id_ for id_, m in metres.items() if m > radius_m + 1} & {id_ for _, id_ in shown}


def test_vehicles_that_stand_at_one_place_are_each_shown_once(make_vehicle):
    ids = {make_vehicle(at=(40.73, -73.99)).id for _ in range(12)}
    here = Point(40.74, -73.99)
    found = all_pages(
        lambda after: list_nearest(VehicleFilter(city()), here, 2_000, after), distance_cursor
    )
    assert len(found) == 12
    assert {listed.vehicle.id for listed in found} == ids
    assert {listed.distance_m for listed in found} == {1112}


def test_a_search_at_the_pole_and_at_the_date_line_finds_the_neighbour(make_vehicle):
    """What the search above does by chance, in plain numbers."""
    for here, neighbour in [
        ((89.99, 0.0), (89.99, 90.0)),
        ((89.95, 0.0), (89.953, 20.0)),
        ((0.0, 179.999), (0.0, -179.999)),
    ]:
        vehicle = make_vehicle(at=neighbour)
        found = list_nearest(VehicleFilter(city()), Point(*here), 2_000, None).rows
        assert [listed.vehicle.id for listed in found] == [vehicle.id], here


# --- what belongs in a list ----------------------------------------------------------------


def test_a_list_holds_only_its_own_city(make_vehicle):
    mine = make_vehicle("new york", at=(41.5, -72.5))
    make_vehicle("boston", at=(41.5, -72.5))
    assert [r.vehicle.id for r in list_newest(VehicleFilter(city()), None).rows] == [mine.id]
    found = list_nearest(VehicleFilter(city()), Point(41.5, -72.5), 2_000, None).rows
    assert [r.vehicle.id for r in found] == [mine.id]


@pytest.mark.parametrize("state", [s for s in VehicleState if s not in PUBLIC_STATES])
def test_what_is_not_in_the_street_is_not_shown_to_the_public(make_vehicle, state):
    vehicle = make_vehicle(state=state.value)
    wanted = VehicleFilter(city(), PUBLIC_STATES)
    assert list_newest(wanted, None).rows == []
    assert list_nearest(wanted, vehicle.point, 2_000, None).rows == []


def test_staff_get_the_owner_with_the_vehicle_in_the_same_trip(
    make_user, make_vehicle, round_trips
):
    make_vehicle(owner=make_user("ada", city="paris"))
    make_vehicle()
    round_trips()
    rows = list_newest(VehicleFilter(city(), tuple(VehicleState)), None, with_owner=True).rows
    owners = [listed.vehicle.owner for listed in rows]
    assert sorted(owner.username if owner else "" for owner in owners) == ["", "ada"]
    assert round_trips() == 1


def test_an_owners_list_holds_all_that_is_not_removed_newest_first(make_user, make_vehicle):
    ada, bob = make_user("ada"), make_user("bob")
    make_vehicle(owner=bob)
    make_vehicle(owner=ada, state="removed")
    mine = [
        make_vehicle(name, owner=ada, state=state, created_at=NOW - timedelta(minutes=n))
        for n, (name, state) in enumerate(
            [("new york", "available"), ("paris", "on_trip"), ("boston", "non_operational")]
            + [("new york", "available")] * 4
        )
    ]
    found = all_pages(lambda after: list_owner_vehicles(ada.key, after), time_cursor)
    assert [listed.vehicle.id for listed in found] == [vehicle.id for vehicle in mine]


def test_a_vehicle_that_joins_while_somebody_pages_moves_nothing(make_vehicle):
    old = [make_vehicle(created_at=NOW - timedelta(minutes=n)) for n in range(7)]
    first = list_newest(VehicleFilter(city()), None)
    make_vehicle()
    rest = list_newest(VehicleFilter(city()), time_cursor(first.after))
    assert [r.vehicle.id for r in [*first.rows, *rest.rows]] == [v.id for v in old]


# --- what is free ---------------------------------------------------------------------------


def ids(page):
    return {listed.vehicle.id for listed in page.rows}


def test_a_reservation_that_has_lapsed_is_free_and_no_reservation_any_more(make_vehicle):
    now = datetime.now(UTC)
    free = make_vehicle()
    lapsed = make_vehicle(state="reserved", reserved_until=now - timedelta(seconds=1))
    held = make_vehicle(state="reserved", reserved_until=now + timedelta(minutes=5))
    for_ever = make_vehicle(state="reserved")  # as an operator's feed says it
    broken = make_vehicle(state="non_operational")
    here = free.point
    for states, expected in [
        ((VehicleState.AVAILABLE,), {free, lapsed}),
        ((VehicleState.RESERVED,), {held, for_ever}),
        ((VehicleState.NON_OPERATIONAL,), {broken}),
        (PUBLIC_STATES, {free, lapsed, held, for_ever, broken}),
    ]:
        wanted, expected = VehicleFilter(city(), states), {vehicle.id for vehicle in expected}
        assert ids(list_newest(wanted, None)) == expected
        assert ids(list_nearest(wanted, here, 2_000, None)) == expected


def test_few_among_many_are_found_over_pages_that_each_look_through_so_many(
    make_vehicle, monkeypatch
):
    """None of the vehicles is shown twice or left out, and a page may be empty on the way."""
    monkeypatch.setattr(filters, "SCAN_LIMIT", 4)
    fits = {3, 13, 14, 15, 16, 18, 19}
    made = [
        make_vehicle(
            created_at=NOW - timedelta(minutes=n),
            range_m=30_000 if n in fits else None,
            state="reserved" if n % 5 == 0 else "available",
            reserved_until=NOW if n % 5 == 0 else None,
        )
        for n in range(22)
    ]
    wanted = VehicleFilter(city(), range_m=20_000)
    found, sizes, after = [], [], ""
    while True:
        page = list_newest(wanted, time_cursor(after))
        found += [listed.vehicle.id for listed in page.rows]
        sizes.append(len(page.rows))
        after = page.after
        if not after:
            break
    assert found == [made[n].id for n in sorted(fits)]
    assert 0 in sizes
    assert len(sizes) == 22 // 4 + 1


def test_however_many_are_held_the_list_goes_on_behind_them(make_vehicle, monkeypatch):
    """Held vehicles are not shown, and yet no page looks through all of them."""
    monkeypatch.setattr(filters, "RESERVED_ALLOWANCE", 2)
    held = {"state": "reserved", "reserved_until": datetime.now(UTC) + timedelta(hours=1)}
    free = [
        make_vehicle(created_at=NOW - timedelta(minutes=n), **(held if n < 20 else {}))
        for n in range(27)
    ][20:]
    found, pages, after = [], 0, ""
    while pages == 0 or after:
        page = list_newest(VehicleFilter(city()), time_cursor(after))
        found += [listed.vehicle.id for listed in page.rows]
        pages, after = pages + 1, page.after
    assert found == [vehicle.id for vehicle in free]
    assert pages == 27 // (5 + 1 + 2) + 1


# --- what a list costs ---------------------------------------------------------------------

LISTS = {
    "list_newest": lambda: list_newest(VehicleFilter(city()), None),
    "list_newest of a type": lambda: list_newest(
        VehicleFilter(city(), form_factor=FormFactor.OTHER), None
    ),
    "list_newest of all in the street": lambda: list_newest(
        VehicleFilter(city(), PUBLIC_STATES), None
    ),
    "list_newest of any state": lambda: list_newest(
        VehicleFilter(city(), tuple(VehicleState)), None
    ),
    "list_newest, far down": lambda: list_newest(
        VehicleFilter(city()), (NOW - timedelta(days=5), UUID(int=0))
    ),
    "list_newest of some types": lambda: list_newest(
        VehicleFilter(city(), types=frozenset({("other", "electric"), ("car", "electric")})), None
    ),
    "list_newest that nothing is": lambda: list_newest(
        VehicleFilter(city(), range_m=1_000_000), None
    ),
    "by rare words": lambda: list_newest(VehicleFilter(city(), words="golden Pegasus"), None),
    "by words that all have": lambda: list_newest(VehicleFilter(city(), words="black Okai"), None),
    "by words that some have": lambda: list_newest(VehicleFilter(city(), words="blue"), None),
    "list_nearest": lambda: list_nearest(VehicleFilter(city()), Point(40.73, -73.99), 2_000, None),
    "list_nearest, of a type": lambda: list_nearest(
        VehicleFilter(city(), PUBLIC_STATES, FormFactor.OTHER), Point(40.73, -73.99), 2_000, None
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_one_round_trip(make_vehicle, round_trips, name):
    make_vehicle()
    catalogue().all()
    round_trips()
    LISTS[name]()
    assert round_trips() == 1


def test_a_large_city_costs_what_a_small_one_does(make_user, server):
    """20,000 vehicles; no list may read the whole city, or sort it."""
    if server.get_backend_name() != "postgresql":
        pytest.skip("reads PostgreSQL's plans")
    owner = make_user("ada")
    fleet = text(
        """INSERT INTO vehicles (region, id, city, form_factor, propulsion_type, brand, color,
           state, lat, lon, cell, created_at, owner_region, owner_id)
           SELECT 'us-east1', gen_random_uuid(), 'new york',
                  CASE WHEN n % 10 = 0 THEN 'other' ELSE 'scooter_standing' END, 'electric',
                  CASE WHEN n % 500 = 5 THEN 'Pegasus' ELSE 'Okai' END,
                  CASE WHEN n % 1000 = 5 THEN 'golden' WHEN n % 40 = 9 THEN 'blue'
                       ELSE 'black' END,
                  CASE n % 20 WHEN 1 THEN 'reserved' WHEN 2 THEN 'non_operational'
                              WHEN 3 THEN 'on_trip' WHEN 4 THEN 'removed' ELSE 'available' END,
                  lat, lon, floor((lat + 90) * 100) * 36000 + floor((lon + 180) * 100),
                  :now - n * interval '1 minute',
                  CASE WHEN n % 1000 = 7 THEN :region END,
                  CASE WHEN n % 1000 = 7 THEN CAST(:owner AS uuid) END
           FROM (SELECT n, 40.4 + (n % 141) * 0.005 AS lat, -74.3 + (n / 141) * 0.005 AS lon
                 FROM generate_series(CAST(:first AS int), :first + 1999) n) spread"""
    )
    values = {"now": NOW, "region": owner.region, "owner": owner.id}
    for first in range(1, 20_000, 2_000):
        with db.engines["write"].begin() as connection:
            connection.execute(fleet, {**values, "first": first})
    # Vehicles of earlier tests are gone, and yet in the indexes until this is done.
    with (
        db.engines["write"].connect().execution_options(isolation_level="AUTOCOMMIT") as connection
    ):
        connection.execute(text("VACUUM ANALYZE vehicles"))
    for name, read in LISTS.items():
        plan = explain_plan(read)
        assert "Seq Scan" not in plan.nodes, name
        if name == "list_newest that nothing is":
            assert plan.most_rows <= SCAN_LIMIT, name
        elif name == "by rare words":
            assert plan.indexes == {"ix_vehicles_words"}, name
            assert plan.most_rows <= 40, name
        elif name.startswith("by words"):
            # A word that all have is met at once on the way from the list_newest; few are sorted.
            assert plan.most_rows <= (40 if name.endswith("all have") else 2_500), name
        elif name.startswith("list_newest"):
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
