"""Which vehicles a zone concerns: shown before it is saved."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import shapely
from sqlalchemy import Select, select

from webapp.extensions import db
from webapp.fleet.enums import PUBLIC_STATES
from webapp.fleet.models import Vehicle
from webapp.fleet.zones.models import Coordinates
from webapp.regions.geography import Point, cells_between
from webapp.regions.models import City

#: Vehicles that are looked at; of more, the page says that there are more.
MAX_VEHICLES = 20_000


class VehiclesInside(NamedTuple):
    """The vehicles on the street that stand in an area."""

    by_state: Mapping[str, int]
    #: Of these, how many the zone has not contained before.
    new_count: int
    #: How many it has contained until now, and does not any more.
    lost_count: int
    #: There may be more than these.
    has_more: bool

    @property
    def number(self) -> int:
        return sum(self.by_state.values())


def read_vehicles_inside(
    city: City, coordinates: Coordinates, coordinates_before: Coordinates
) -> VehiclesInside:
    """Return which vehicles stand in an area, and what differs from the one before, which is empty
    for a new zone. One statement."""
    area, before = _make_area(coordinates), _make_area(coordinates_before)
    rows = db.session.execute(vehicles_query(city, area.union(before))).all()
    lons, lats = [row.lon for row in rows], [row.lat for row in rows]
    is_inside = shapely.contains_xy(area, lons, lats)
    was_inside = shapely.contains_xy(before, lons, lats)
    return VehiclesInside(
        Counter(row.state for row, inside in zip(rows, is_inside, strict=True) if inside),
        new_count=int((is_inside & ~was_inside).sum()),
        lost_count=int((was_inside & ~is_inside).sum()),
        has_more=len(rows) > MAX_VEHICLES,
    )


def vehicles_query(
    city: City, area: shapely.Geometry
) -> Select[tuple[str, float | None, float | None]]:
    """Return the query of the vehicles on the street around an area."""
    west, south, east, north = area.bounds
    cells = list(cells_between(Point(south, west), Point(north, east)))
    return (
        select(Vehicle.state, Vehicle.lat, Vehicle.lon)
        .where(
            Vehicle.region == city.region,
            Vehicle.city == city.name,
            Vehicle.state.in_([state.value for state in PUBLIC_STATES]),
            Vehicle.cell.between(cells[0][0], cells[-1][1]),
            Vehicle.lat.between(south, north),
            Vehicle.lon.between(west, east),
        )
        .limit(MAX_VEHICLES + 1)
    )


def _make_area(coordinates: Coordinates) -> shapely.Geometry:
    return shapely.geometry.shape({"type": "MultiPolygon", "coordinates": coordinates})
