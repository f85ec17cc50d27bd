"""Zones in the database."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.fleet.zones.areas import box
from webapp.extensions import db
from webapp.fleet.zones.cache import zone_cache
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.regions.catalogue import catalogue


@pytest.fixture
def make_zone(app: Flask) -> Callable[..., Zone]:
    """Write a zone of New York: ``make_zone(NO_PARKING, name="Park")``."""

    def make(kind: ZoneKind, side: float = 200, city: str = "new york", **columns: Any) -> Zone:
        with app.app_context():
            home = catalogue().find(city)
            assert home
            ring = box(-side, -side, side, side, home.centre)
            row = {"id": uuid4(), "city": city, "kind": kind.value, "name": "", "position": 0}
            row |= {"coordinates": [[ring]], **columns}
            with db.engines["write"].begin() as connection:
                connection.execute(insert(Zone).values(row))
            zone_cache().forget()
            found = db.session.get(Zone, row["id"])
            assert found
            return found

    return make
