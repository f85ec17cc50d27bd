"""Where a ride may end.

In a city with a service area, rides end inside it; and no ride ends in a zone that forbids it.
Where zones overlap, the one with the lowest position applies, as in GBFS; between equals, the one
that forbids more. Positions of phones are inexact, so a ride may also end within
``EDGE_TOLERANCE_M`` (a setting) of a place where ending is allowed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from uuid import UUID

import shapely

from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.regions.geography import Point
from webapp.regions.map_projection import Projection
from webapp.regions.models import City

#: Where no ride ends.
FORBIDDING_KINDS = (ZoneKind.NO_RIDE, ZoneKind.NO_PARKING)
#: Of two zones with one position, the kind that comes first applies.
KINDS_BY_PRECEDENCE = (*FORBIDDING_KINDS, ZoneKind.SLOW, ZoneKind.SERVICE_AREA)
#: How far inside the allowed area the nearest place is, metres. Gaps between zones that are less
#: than twice as wide are errors of the file, and no places.
EDGE_INSET_M = 0.5
#: How far around its zones the nearest place is searched for in a city without a service area.
SEARCH_MARGIN_M = 1_000.0

#: What may change about a zone with its id: not its coordinates.
VERSIONED_COLUMNS = (Zone.id, Zone.kind, Zone.name, Zone.position, Zone.fee, Zone.max_speed_kph)

_offset = partial(shapely.buffer, join_style="mitre")  # does not round corners


@dataclass(frozen=True)
class ForbiddingZone:
    """The zone that forbids to end a ride. fee: minor units; None: the parking fee of the plan."""

    kind: ZoneKind
    name: str
    fee: int | None


@dataclass(frozen=True)
class ParkingCheck:
    """Whether a ride may end at a point.

    zone: the zone that forbids it; None if it is allowed, or outside of every service area.
    nearest: the nearest place where it is allowed; None if it is allowed, or nowhere is.
    """

    allowed: bool
    zone: ForbiddingZone | None = None
    nearest: Point | None = None


class CityZones:
    """The zones of a city, in order of precedence."""

    def __init__(self, city: City, zones: Sequence[Zone], tolerance_m: float) -> None:
        self.zones = sorted(zones, key=_precedence)
        self.tolerance_m = tolerance_m
        self.projection = Projection(city.centre)
        self._parking_zones = [zone for zone in self.zones if zone.kind != ZoneKind.SLOW]

    @cached_property
    def version(self) -> str:
        """A text that changes whenever a zone changes."""
        values = [versioned_values(zone) for zone in self.zones]
        return sha256(repr(values).encode()).hexdigest()[:16]

    @property
    def has_rules(self) -> bool:
        """Whether there is a place where a ride may not end."""
        return bool(self._parking_zones)

    def measure_square_km(self, zone: Zone) -> float:
        """Return the size of a zone."""
        return float(self.projection.project(zone_area(zone)).area / 1e6)

    def check_parking(self, point: Point) -> ParkingCheck:
        """Return whether a ride may end at ``point``, and if not, why and where else."""
        if not self.has_rules:
            return ParkingCheck(allowed=True)
        position = self.projection.project_point(point)
        zone = self._find_zone(position)
        if self._allows(zone) or shapely.dwithin(self._allowed_area, position, self.tolerance_m):
            return ParkingCheck(allowed=True)
        forbidding = ForbiddingZone(ZoneKind(zone.kind), zone.label, zone.fee) if zone else None
        return ParkingCheck(allowed=False, zone=forbidding, nearest=self._find_nearest(position))

    def _find_zone(self, position: shapely.Point) -> Zone | None:
        """Return the zone that applies at a position in metres."""
        (hits,) = shapely.intersects_xy(self._areas, position.x, position.y).nonzero()
        return self._parking_zones[hits[0]] if hits.size else None

    def _allows(self, zone: Zone | None) -> bool:
        return zone.kind == ZoneKind.SERVICE_AREA if zone else not self._has_service_area

    def _find_nearest(self, position: shapely.Point) -> Point | None:
        if self._inset_area.is_empty:
            return None
        line = shapely.shortest_line(position, self._inset_area)
        return self.projection.unproject_point(shapely.Point(line.coords[-1]))

    @property
    def _has_service_area(self) -> bool:
        return any(zone.kind == ZoneKind.SERVICE_AREA for zone in self._parking_zones)

    @cached_property
    def _areas(self) -> list[shapely.Geometry]:
        """The areas of ``_parking_zones`` in metres."""
        areas = [self.projection.project(zone_area(zone)) for zone in self._parking_zones]
        shapely.prepare(areas)
        return areas

    @cached_property
    def _inset_area(self) -> shapely.Geometry:
        """The area where a ride may end, ``EDGE_INSET_M`` away from its edges."""
        area = shapely.MultiPolygon()
        if not self._has_service_area:
            area = _offset(shapely.box(*shapely.total_bounds(self._areas)), SEARCH_MARGIN_M)
        # The zone with the highest precedence comes last and overrides the others.
        for zone, zone_shape in reversed([*zip(self._parking_zones, self._areas, strict=True)]):
            combine = shapely.union if self._allows(zone) else shapely.difference
            area = combine(area, zone_shape)
        inset_area = _offset(area, -EDGE_INSET_M)
        shapely.prepare(inset_area)
        return inset_area

    @cached_property
    def _allowed_area(self) -> shapely.Geometry:
        """The area where a ride may end, without parts narrower than twice ``EDGE_INSET_M``."""
        allowed_area = _offset(self._inset_area, EDGE_INSET_M)
        shapely.prepare(allowed_area)
        return allowed_area


def zone_area(zone: Zone) -> shapely.MultiPolygon:
    """Return the area of a zone in longitudes and latitudes."""
    return shapely.MultiPolygon(
        [shapely.Polygon(rings[0], rings[1:]) for rings in zone.coordinates]
    )


def versioned_values(zone: Zone) -> tuple[object, ...]:
    """Return the values of VERSIONED_COLUMNS."""
    return tuple(getattr(zone, column.key) for column in VERSIONED_COLUMNS)


def _precedence(zone: Zone) -> tuple[int, int, UUID]:
    return zone.position, KINDS_BY_PRECEDENCE.index(ZoneKind(zone.kind)), zone.id
