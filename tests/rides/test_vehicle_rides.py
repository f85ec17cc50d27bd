"""The rides of one vehicle, for staff."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from tests.auth.steps import new_browser
from tests.explain import explain_plan, vacuum
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.rides.conftest import MakeOpenRide
from tests.visitor import Visitor
from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.db.transactions import execute_write
from webapp.fleet.models import Vehicle
from webapp.rides.models import Ride
from webapp.rides.vehicle_rides import list_vehicle_rides

HOUR = timedelta(hours=1)
#: Seven ended rides, one in Boston, where the vehicle was before.
PAST_RIDES = text(
    """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at, ended_at,
                          start_address, end_address, distance_m, price, currency)
       SELECT region, gen_random_uuid(), CASE n WHEN 7 THEN 'boston' ELSE city END, vehicle_id,
              rider_region, rider_id, started_at - n * interval '1 day',
              started_at - n * interval '1 day' + interval '1 hour',
              'From ' || n, 'To ' || n, n * 1000, n * 100, 'USD'
       FROM rides, generate_series(1, 7) n"""
)


@pytest.fixture
def vehicle_key(app: Flask, make_open_ride: MakeOpenRide, row: RowReader) -> RowKey:
    """A vehicle in New York that Ada rides, who has ridden it before."""
    ride = row(Ride, make_open_ride("ada", HOUR, brand="Velo"))
    with app.app_context():
        execute_write(PAST_RIDES)
    return RowKey(ride.region, ride.vehicle_id)


@pytest.fixture
def support(visitor: Visitor, make_user: UserFactory) -> Visitor:
    return visitor.sign_in(make_user("sue", roles={"support": ["new york"]}))


def test_the_page_of_a_vehicle_leads_to_its_rides(support: Visitor, vehicle_key: RowKey) -> None:
    page = support.get(f"/fleet/vehicles/{vehicle_key}").text
    assert f'href="/fleet/vehicles/{vehicle_key}/rides"' in page
    rides = support.get(f"/fleet/vehicles/{vehicle_key}/rides").text
    assert rides.count("Ada L.") == 5
    assert rides.index("End ride") < rides.index("From 1") < rides.index("To 2")
    assert "1 km" in rides
    assert "$1.00" in rides


def test_the_pages_show_each_ride_once_without_those_in_other_cities(
    app: Flask,
    make_user: UserFactory,
    support: Visitor,
    vehicle_key: RowKey,
    round_trips: Callable[[], int],
) -> None:
    ends: list[str | None] = []
    with app.app_context():
        admin = make_user(roles=["admin"])
        after = None
        for _ in range(2):
            _, page = list_vehicle_rides(admin, vehicle_key, after)
            after = read_time_cursor(page.after)
            ends += [each.ride.end_address for each in page.rows]
    assert ends == [None, *(f"To {number}" for number in range(1, 8))]
    round_trips()
    first = support.get(f"/fleet/vehicles/{vehicle_key}/rides").text
    assert round_trips() == 2
    more = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = support.get(more).text
    assert round_trips() == 2
    assert "From 6" in second
    assert "From 7" not in second


def test_a_mechanic_and_staff_of_another_city_see_no_rides(
    app: Flask, make_user: UserFactory, vehicle_key: RowKey
) -> None:
    url = f"/fleet/vehicles/{vehicle_key}"
    mechanic = new_browser(app).sign_in(make_user("max", roles={"mechanic": ["new york"]}))
    assert "/rides" not in mechanic.get(url).text.split("<main")[1]
    assert mechanic.get(f"{url}/rides").status_code == 403
    other = new_browser(app).sign_in(make_user("pia", roles={"support": ["paris"]}))
    assert other.get(f"{url}/rides").status_code == 404


def test_only_who_may_see_persons_sees_the_owner(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(owner=make_user("otto"))
    for role, is_shown in (("support", True), ("mechanic", False)):
        browser = new_browser(app).sign_in(make_user(role, roles={role: ["new york"]}))
        page = browser.get(f"/fleet/vehicles/{vehicle.key}").text
        assert ("Otto" in page) == is_shown
        assert ("Private owner" in page) != is_shown
        assert "since <time" in page


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_a_page_of_rides_of_a_vehicle_reads_only_its_part_of_the_index(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    rides = text(
        """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at, ended_at)
           SELECT v.region, gen_random_uuid(), v.city, v.id, u.region, u.id,
                  now() - n * interval '1 hour', now() - n * interval '1 hour'
           FROM vehicles v, users u, generate_series(1, 1500) n"""
    )
    with app.app_context():
        make_user("ada")
        for _ in range(3):
            vehicle: Vehicle = make_vehicle()
        execute_write(rides)
        admin = make_user(roles=["admin"])
        vacuum("vehicles", "rides", "users")
        _, first = list_vehicle_rides(admin, vehicle.key, None)
        for after in (None, read_time_cursor(first.after)):
            plan = explain_plan(partial(list_vehicle_rides, admin, vehicle.key, after))
            assert "ix_rides_vehicle_started" in plan.indexes
            assert "rides" not in plan.read_whole
            assert plan.most_rows <= 8
