"""The cache of zones in each process."""

from collections.abc import Callable

import pytest
import shapely
from flask import Flask
from sqlalchemy import update

from tests.factories import find_city
from tests.fleet.zones.areas import AREA, NO_PARKING, SERVICE, SQUARE, at, make_city_zones, new_zone
from tests.fleet.zones.conftest import MakeZone
from webapp.extensions import db
from webapp.fleet.zones import rules
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.map_shapes import zone_area
from webapp.fleet.zones.models import Zone

#: The mappers of SQLAlchemy need all models.
pytestmark = pytest.mark.usefixtures("app")


def test_zones_are_read_once_and_compared_when_they_are_old(
    app: Flask, make_zone: MakeZone, round_trips: Callable[[], int]
) -> None:
    make_zone(NO_PARKING)
    with app.app_context():
        city = find_city()
        cached = city_zones(city)
        round_trips()
        assert city_zones(city) is cached
        assert round_trips() == 0
        assert city_zones(city, max_age_s=0) is cached  # nothing has changed: no coordinates travel
        assert round_trips() == 1


def test_a_change_by_another_process_is_seen(app: Flask, make_zone: MakeZone) -> None:
    zone = make_zone(NO_PARKING)
    with app.app_context():
        city = find_city()
        cached = city_zones(city)
        with db.engines["write"].begin() as connection:
            connection.execute(update(Zone).where(Zone.id == zone.id).values(fee=700))
        assert city_zones(city) is cached
        newer = city_zones(city, max_age_s=0)
    assert [row.fee for row in newer.zones] == [700]
    assert newer.version != cached.version


def test_areas_are_prepared_only_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured: list[Zone] = []

    def record_zone(zone: Zone) -> shapely.MultiPolygon:
        measured.append(zone)
        return zone_area(zone)

    monkeypatch.setattr(rules, "zone_area", record_zone)
    zones = make_city_zones(new_zone(SERVICE, AREA), new_zone(NO_PARKING, SQUARE))
    for number in range(500):
        zones.check_parking(at(5 * number, 0))
    assert len(measured) == 2
