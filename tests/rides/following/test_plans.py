"""What the scan reads of a place that very many riders follow."""

import pytest
from flask import Flask
from sqlalchemy import func, insert, literal, select, text

from tests.explain import connect_to_fill_tables, explain_reads, vacuum
from tests.factories import UserFactory
from webapp.db.types import table
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point
from webapp.rides.following.models import Follow
from webapp.rides.following.new_vehicles import NewVehicle
from webapp.rides.following.scan import SLICE, list_place_follows

pytestmark = [pytest.mark.postgresql_plans, pytest.mark.slow]

STADIUM = Point(40.75, -73.99)
#: Each fifth follow of the region is of the stadium.
FOLLOWERS, FOLLOWS = 4 * SLICE, 20 * SLICE


def test_each_slice_of_followers_is_read_once(app: Flask, make_user: UserFactory) -> None:
    """Not those of all slices after it, too."""
    rider = make_user("ada")
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        fill(city.region, city.name, rider.region, rider.id)
        vacuum("follows")
        vehicle = NewVehicle(STADIUM, "bicycle", None, None, False)
        plans = explain_reads(lambda: list(list_place_follows(city, [vehicle])))
    assert sum(plan.table_rows for plan in plans) <= FOLLOWERS + 2 * len(plans)


def fill(region: str, city_name: str, rider_region: str, rider_id: object) -> None:
    """Let a rider follow the stadium and other places very often."""
    follows = table(Follow)
    row = {
        "region": region, "city": city_name, "rider_region": rider_region, "rider_id": rider_id,
        "lat": STADIUM.lat, "lon": STADIUM.lon, "radius_m": 200,
    }  # fmt: skip
    columns = [literal(value, follows.c[name].type) for name, value in row.items()]
    cell = literal(STADIUM.cell, follows.c.cell.type) + text("100 * (number % 5)")
    source = select(func.gen_random_uuid(), cell, *columns).select_from(
        text(f"generate_series(1, {FOLLOWS}) AS number")
    )
    with connect_to_fill_tables() as connection:
        connection.execute(insert(follows).from_select(["id", "cell", *row], source))
