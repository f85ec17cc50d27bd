"""Zones in the database; importing and drawing them as functions."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import insert, select

from tests.auth.steps import new_browser
from tests.factories import UserFactory, find_city
from tests.fleet.commands import check_result
from tests.fleet.zones.areas import box
from tests.fleet.zones.geofencing import NOW, RuleAt
from tests.fleet.zones.steps import SQUARE_AREA, ZONES, send_form
from tests.visitor import Visitor
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.enums import VehicleType
from webapp.fleet.zones.cache import city_zones, zone_cache
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import CityZoneRules, Zone, ZoneVersion
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.zone_rules import Rule
from webapp.regions.geography import Point

MakeZone = Callable[..., Zone]
ImportZones = Callable[..., Result]
ReadZones = Callable[[], list[Zone]]
WriteTypes = Callable[..., None]
DrawZone = Callable[..., UUID]
ReadVersions = Callable[[], list[ZoneVersion]]
FindCityZones = Callable[[], CityZones]


@pytest.fixture
def make_zone(app: Flask) -> MakeZone:
    """Write a zone of New York: ``make_zone(NO_PARKING, name="Park")``."""

    def make_zone(
        kind: ZoneKind, side: float = 200, city: str = "new york", **columns: Any
    ) -> Zone:
        with app.app_context():
            ring = box(-side, -side, side, side, find_city(city).centre)
            row = {"id": uuid4(), "city": city, "kind": kind.value, "name": "", "position": 0}
            execute_write(insert(Zone).values({**row, "coordinates": [[ring]], **columns}))
            if "rules" in columns:  # as an import writes it with them
                city_rules = {"city": city, "version": uuid4(), "source": "zones", "rules": []}
                execute_write(insert(CityZoneRules).values(city_rules))
            zone_cache().forget()
            zone = db.session.get(Zone, row["id"])
            assert zone
            return zone

    return make_zone


@pytest.fixture
def import_zones(app: Flask, tmp_path: Path) -> ImportZones:
    """Import a file, or content as ``zones.json``; checks that the command does not crash."""

    def import_zones(content: Any, *options: str, city: str = "new york") -> Result:
        if isinstance(content, Path):
            path = content
        else:
            path = tmp_path / "zones.json"
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            path.write_bytes(raw)
        arguments = ["zones", "import", str(path), "--city", city, *options]
        return check_result(app.test_cli_runner().invoke(args=arguments))

    return import_zones


@pytest.fixture
def read_zones(app: Flask) -> ReadZones:
    """Read the zones of all cities, by position."""

    def read_zones() -> list[Zone]:
        with app.app_context():
            return list(db.session.scalars(select(Zone).order_by(Zone.position, Zone.id)))

    return read_zones


@pytest.fixture
def write_types(tmp_path: Path) -> WriteTypes:
    """Write ``vehicle_types.json`` beside the zones: ``write_types(b=BIKE, s=SCOOTER)``."""

    def write_types(**types: tuple[str, str]) -> None:
        listed = [
            {"vehicle_type_id": id_, "form_factor": form_factor, "propulsion_type": propulsion_type}
            for id_, (form_factor, propulsion_type) in types.items()
        ]
        content = json.dumps({"version": "3.0", "data": {"vehicle_types": listed}})
        (tmp_path / "vehicle_types.json").write_text(content)

    return write_types


@pytest.fixture
def rule_at(app: Flask) -> RuleAt:
    """Return what applies at a point of New York."""

    def rule_at(
        point: Point, vehicle_type: VehicleType | None = None, moment: datetime = NOW
    ) -> Rule:
        with app.app_context():
            return city_zones(find_city()).find_rule_at(point, vehicle_type, moment)

    return rule_at


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    """An admin of New York and Seattle."""
    return new_browser(app).sign_in(make_user("ada", roles={"admin": ["new york", "seattle"]}))


@pytest.fixture
def draw(admin: Visitor) -> DrawZone:
    """Draw a zone on its page: ``draw(name="Park")``."""

    def draw(**values: str) -> UUID:
        values = {"area": SQUARE_AREA, "kind": "no_parking", **values}
        response = send_form(admin, f"{ZONES}/new", **values)
        assert response.status_code == 303
        return UUID(response.location.rpartition("/")[2])

    return draw


@pytest.fixture
def read_versions(app: Flask) -> ReadVersions:
    """Read the versions of all zones, in their order."""

    def read() -> list[ZoneVersion]:
        with app.app_context():
            order = ZoneVersion.created_at, ZoneVersion.number
            return list(db.session.scalars(select(ZoneVersion).order_by(*order)))

    return read


@pytest.fixture
def new_york_zones(app: Flask) -> FindCityZones:
    """Find the zones of New York as they are stored now."""

    def read() -> CityZones:
        with app.app_context():
            return city_zones(find_city(), max_age_s=0)

    return read
