"""The cache of zones in each process, so that a page needs no round trip for them."""

from flask import Flask, current_app
from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from webapp.db.cache import TimedCache
from webapp.extensions import db
from webapp.fleet.vehicle_columns import VehicleColumns
from webapp.fleet.zones.models import CityZoneRules, Zone
from webapp.fleet.zones.rules import VERSIONED_COLUMNS, CityZones, read_versioned_values
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point
from webapp.regions.models import City


class ZoneCache:
    """The zones of one application, by city."""

    def __init__(self, max_age_s: float, tolerance_m: float) -> None:
        self.cache: TimedCache[str, CityZones] = TimedCache(max_age_s, max_size=1_000)
        #: The cities that have rules of a feed, in one read for all cities.
        self.cities_with_rules: TimedCache[None, frozenset[str]] = TimedCache(max_age_s, max_size=1)
        self.tolerance_m = tolerance_m

    def get(self, city: City, max_age_s: float | None = None) -> CityZones:
        """Return the zones of a city as they were at most ``max_age_s`` seconds ago; by default
        as many as the setting says."""
        return self.cache.get(city.name, lambda: self._load(city), max_age_s)

    def _load(self, city: City) -> CityZones:
        zones = self.cache.peek(city.name)
        if zones is None or not is_unchanged(city, zones):
            rows, city_rules = load_zones(city)
            zones = CityZones(city, rows, self.tolerance_m, city_rules)
        return zones

    def forget(self) -> None:
        """Read the database again the next time."""
        self.cache.clear()
        self.cities_with_rules.clear()


def is_unchanged(city: City, zones: CityZones) -> bool:
    """Return whether these are still the zones of the database, without reading coordinates."""
    rules_version = select(CityZoneRules.version).where(CityZoneRules.city == city.name)
    query = select(*VERSIONED_COLUMNS, rules_version.scalar_subquery()).where(
        Zone.city == city.name
    )
    rows = {tuple(row) for row in db.session.execute(query)}
    cached_version = zones.city_rules.version if zones.city_rules else None
    cached_rows = {(*read_versioned_values(zone), cached_version) for zone in zones.zones}
    if cached_version is None:  # the rules of the city apply with zones that have rules
        return {row[:-1] for row in rows} == {row[:-1] for row in cached_rows}
    return rows == cached_rows


def load_zones(city: City) -> tuple[list[Zone], CityZoneRules | None]:
    """Read the zones of a city, and its rules outside of them, from the database."""
    others = aliased(Zone)
    first = select(func.min(others.position)).where(others.city == city.name).scalar_subquery()
    # The rules come with the first zone: with each of them they would be sent many times.
    is_with_first = and_(CityZoneRules.city == Zone.city, Zone.position == first)
    query = (
        select(Zone, CityZoneRules)
        .outerjoin(CityZoneRules, is_with_first)
        .where(Zone.city == city.name)
    )
    rows = db.session.execute(query).all()
    zones = [zone for zone, _ in rows]
    city_rules = next((rules for _, rules in rows if rules), None)
    for instance in (*zones, *([city_rules] if city_rules else [])):
        db.session.expunge(instance)
    return zones, city_rules


def load_cities_with_rules() -> frozenset[str]:
    """Read from the database which cities have rules of a feed: only there may rides not start."""
    return frozenset(db.session.scalars(select(CityZoneRules.city)))


def init_app(app: Flask) -> None:
    app.extensions["movr_zones"] = ZoneCache(
        app.config["ZONES_MAX_AGE_S"], app.config["EDGE_TOLERANCE_M"]
    )


def zone_cache() -> ZoneCache:
    """Return the zones of the current application."""
    cache: ZoneCache = current_app.extensions["movr_zones"]
    return cache


def city_zones(city: City, max_age_s: float | None = None) -> CityZones:
    """Return the zones of a city, as they were at most ``max_age_s`` seconds ago."""
    return zone_cache().get(city, max_age_s)


def has_start_rules(region: str) -> bool:
    """Return whether a city of the region has a place where a ride may not start. Only zones with
    rules of a feed forbid a start."""
    cities = zone_cache().cities_with_rules.get(None, load_cities_with_rules)
    return any(
        city.region == region and city.name in cities and city_zones(city).has_start_rules
        for city in catalogue().all()
    )


def may_start(vehicle: VehicleColumns) -> bool:
    """Return whether a ride may start where a vehicle stands; True if that is not known."""
    city = catalogue().find(vehicle.city)
    if city is None or vehicle.lat is None or vehicle.lon is None:
        return True
    vehicle_type = vehicle.form_factor, vehicle.propulsion_type
    return city_zones(city).allows_start(Point(vehicle.lat, vehicle.lon), vehicle_type)
