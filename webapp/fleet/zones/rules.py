"""Where a ride may end.

Where a city has a service area, rides end in it, and they end in no zone that forbids it. In
overlaps the zone with the lowest position decides, as in GBFS; between equals, the one that
forbids more. What is unsure near an edge, because positions of phones are, is the rider's: whoever
stands within ``EDGE_TOLERANCE_M`` of a place where ending is allowed may end.

Zones change seldom, so every process keeps those of a city for a while, ready to be asked: a page
does not pay a round trip for them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

import shapely
from flask import Flask, current_app
from sqlalchemy import select

from webapp.extensions import db
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.regions.geography import Point
from webapp.regions.models import City
from webapp.regions.projection import Plane

#: Where no ride ends.
FORBIDDING = (ZoneKind.NO_RIDE, ZoneKind.NO_PARKING)
#: The more a zone forbids, the sooner it decides between two of one position.
STRICTNESS = (*FORBIDDING, ZoneKind.SLOW, ZoneKind.SERVICE_AREA)
#: How far inside the nearest allowed place lies, metres. Gaps between zones that are not twice as
#: wide are where two drawings meet, and no places.
HAIR_M = 0.5
#: How far beyond its zones a city without a service area is looked at: nearest places are nearer.
MARGIN_M = 1_000.0

_offset = partial(shapely.buffer, join_style="mitre")  # keeps corners where they are


@dataclass(frozen=True)
class ZoneAt:
    """The zone that forbids it: what a message names. Fee: in minor units; None: the plan's."""

    kind: ZoneKind
    name: str
    fee: int | None


@dataclass(frozen=True)
class Parking:
    """Whether a ride may end at a point.

    zone: which one forbids it; None where it is allowed, and outside of every service area.
    nearest: the nearest place where it is allowed; None where it is, or where no such place is.
    needs_point: nobody can say, because the city has rules and no point was given.
    """

    allowed: bool
    zone: ZoneAt | None = None
    nearest: Point | None = None
    needs_point: bool = False


class CityZones:
    """The zones of a city as they were read, in the order in which they decide."""

    def __init__(self, city: City, zones: Sequence[Zone], tolerance_m: float) -> None:
        self.zones = sorted(zones, key=_precedence)
        self.tolerance_m = tolerance_m
        self.plane = Plane(city.centre)
        self._about_ending = [zone for zone in self.zones if zone.kind != ZoneKind.SLOW]

    @cached_property
    def version(self) -> str:
        """A word that changes when anything about the zones does."""
        return sha256(repr([_facts(zone) for zone in self.zones]).encode()).hexdigest()[:16]

    @property
    def has_rules(self) -> bool:
        """Whether there is any place where a ride may not end."""
        return bool(self._about_ending)

    def square_km(self, zone: Zone) -> float:
        """Return the size of a zone."""
        return float(self.plane.flat(shape(zone)).area / 1e6)

    def where_to_end(self, point: Point | None) -> Parking:
        """Return whether a ride may end at ``point``, and if not, why and where else."""
        if not self.has_rules:
            return Parking(allowed=True)
        if point is None:
            return Parking(allowed=False, needs_point=True)
        here = self.plane.at(point)
        zone = self._deciding(here)
        if self._allows(zone) or shapely.dwithin(self._reached, here, self.tolerance_m):
            return Parking(allowed=True)
        why = ZoneAt(ZoneKind(zone.kind), zone.label, zone.fee) if zone else None
        return Parking(allowed=False, zone=why, nearest=self._nearest(here))

    def _deciding(self, here: Any) -> Zone | None:
        (hits,) = shapely.intersects_xy(self._shapes, here.x, here.y).nonzero()
        return self._about_ending[hits[0]] if hits.size else None

    def _allows(self, zone: Zone | None) -> bool:
        return zone.kind == ZoneKind.SERVICE_AREA if zone else not self._has_service_area

    def _nearest(self, here: Any) -> Point | None:
        if self._well_inside.is_empty:
            return None
        way = shapely.shortest_line(here, self._well_inside)
        return self.plane.position(shapely.Point(way.coords[-1]))

    @property
    def _has_service_area(self) -> bool:
        return any(zone.kind == ZoneKind.SERVICE_AREA for zone in self._about_ending)

    @cached_property
    def _shapes(self) -> list[Any]:
        """The zones about ending, flat, in the order in which they decide."""
        shapes = [self.plane.flat(shape(zone)) for zone in self._about_ending]
        shapely.prepare(shapes)
        return shapes

    @cached_property
    def _well_inside(self) -> Any:
        """Where a ride may end, less a hair at every edge."""
        allowed = shapely.MultiPolygon()
        if not self._has_service_area:
            allowed = _offset(shapely.box(*shapely.total_bounds(self._shapes)), MARGIN_M)
        for zone, flat in reversed([*zip(self._about_ending, self._shapes, strict=True)]):
            act = shapely.union if self._allows(zone) else shapely.difference
            allowed = act(allowed, flat)
        inside = _offset(allowed, -HAIR_M)
        shapely.prepare(inside)
        return inside

    @cached_property
    def _reached(self) -> Any:
        """Where a ride may end, without what is narrower than two hairs."""
        reached = _offset(self._well_inside, HAIR_M)
        shapely.prepare(reached)
        return reached


def shape(zone: Zone) -> Any:
    """Return the shape of a zone, in longitudes and latitudes."""
    return shapely.MultiPolygon(
        [shapely.Polygon(rings[0], rings[1:]) for rings in zone.coordinates]
    )


def _precedence(zone: Zone) -> Any:
    return zone.position, STRICTNESS.index(ZoneKind(zone.kind)), zone.id


# --- the copy that every process keeps ---------------------------------------------------------

#: All that may change about a zone: what its coordinates are stays with its id.
FACTS = (Zone.id, Zone.kind, Zone.name, Zone.position, Zone.fee, Zone.max_speed_kph)


def _facts(zone: Zone) -> tuple[Any, ...]:
    return tuple(getattr(zone, column.key) for column in FACTS)


class Zones:
    """The zones of one application, by city."""

    def __init__(self, max_age_s: float, tolerance_m: float) -> None:
        self.max_age_s = max_age_s
        self.tolerance_m = tolerance_m
        self._kept: dict[str, tuple[CityZones, float]] = {}

    def of(self, city: City, max_age_s: float | None = None) -> CityZones:
        """Return the zones of a city as they were at most ``max_age_s`` seconds ago; by default
        as many as the settings say."""
        kept, read_at = self._kept.get(city.name, (None, 0.0))
        old_s = self.max_age_s if max_age_s is None else max_age_s
        if kept and time.monotonic() - read_at <= old_s:
            return kept
        if kept is None or not _is_as_before(city, kept):
            kept = CityZones(city, _read(city), self.tolerance_m)
        self._kept[city.name] = kept, time.monotonic()
        return kept

    def forget(self) -> None:
        """Read the database again at the next question."""
        self._kept.clear()


def _is_as_before(city: City, kept: CityZones) -> bool:
    """Tell whether the kept zones are still those of the database, without reading all the
    coordinates again."""
    rows = db.session.execute(select(*FACTS).where(Zone.city == city.name)).tuples()
    return {tuple(row) for row in rows} == {_facts(zone) for zone in kept.zones}


def _read(city: City) -> list[Zone]:
    zones = list(db.session.scalars(select(Zone).where(Zone.city == city.name)))
    for zone in zones:
        db.session.expunge(zone)
    return zones


def init_app(app: Flask) -> None:
    settings = app.config
    kept = Zones(settings["ZONES_MAX_AGE_S"], settings["EDGE_TOLERANCE_M"])
    app.extensions["movr_zones"] = kept


def zones() -> Zones:
    """Return the zones of the current application."""
    found: Zones = current_app.extensions["movr_zones"]
    return found


def zones_of(city: City) -> CityZones:
    """Return the zones of a city, ready to be asked."""
    return zones().of(city)
