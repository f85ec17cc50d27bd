"""Steps of tests of the live map."""

from typing import Any

from sqlalchemy import func, update

from tests.visitor import Visitor
from webapp.db.transactions import execute_write
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Point

VEHICLES_URL = "/city/new%20york/vehicles.json"
MAP_URL = f"{VEHICLES_URL}?bbox=40.72,-74.00,40.74,-73.98"
#: A position inside that bounding box.
POSITION = (40.73, -73.99)


def get_map(visitor: Visitor, url: str = MAP_URL) -> dict[str, Any]:
    """Return the content of the map. Any: values of JSON."""
    response = visitor.get(url)
    assert response.status_code == 200
    content: dict[str, Any] = response.get_json()
    return content


def get_public_keys(visitor: Visitor, url: str = MAP_URL) -> set[str]:
    return {vehicle[0] for vehicle in get_map(visitor, url)["vehicles"]}


def box_around(centre: Point, size: float = 0.05) -> BoundingBox:
    """Return the box whose edges are ``size`` degrees away from the centre."""
    lat, lon = centre
    return BoundingBox.parse(f"{lat - size},{lon - size},{lat + size},{lon + size}")


def update_vehicle(vehicle: Vehicle, **columns: Any) -> None:
    """Change a vehicle as a ride, an owner or a feed does. Any: the types of columns differ."""
    if "state" in columns:
        columns["state_changed_at"] = func.now()
    execute_write(update(Vehicle).where(Vehicle.id == vehicle.id).values(columns))
