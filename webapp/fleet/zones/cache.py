"""The cache of zones in each process, so that a page needs no round trip for them."""

from flask import Flask, current_app
from sqlalchemy import select

from webapp.db.cache import TimedCache
from webapp.extensions import db
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import VERSIONED_COLUMNS, CityZones, versioned_values
from webapp.regions.models import City


class ZoneCache:
    """The zones of one application, by city."""

    def __init__(self, max_age_s: float, tolerance_m: float) -> None:
        self.cache: TimedCache[str, CityZones] = TimedCache(max_age_s, max_size=1_000)
        self.tolerance_m = tolerance_m

    def get(self, city: City, max_age_s: float | None = None) -> CityZones:
        """Return the zones of a city as they were at most ``max_age_s`` seconds ago; by default
        as many as the setting says."""
        return self.cache.get(city.name, lambda: self._load(city), max_age_s)

    def _load(self, city: City) -> CityZones:
        zones = self.cache.peek(city.name)
        if zones is None or not is_unchanged(city, zones):
            zones = CityZones(city, load_zones(city), self.tolerance_m)
        return zones

    def forget(self) -> None:
        """Read the database again the next time."""
        self.cache.clear()


def is_unchanged(city: City, zones: CityZones) -> bool:
    """Return whether these are still the zones of the database, without reading coordinates."""
    rows = db.session.execute(select(*VERSIONED_COLUMNS).where(Zone.city == city.name))
    return {tuple(row) for row in rows} == {versioned_values(zone) for zone in zones.zones}


def load_zones(city: City) -> list[Zone]:
    """Read the zones of a city from the database."""
    zones = list(db.session.scalars(select(Zone).where(Zone.city == city.name)))
    for zone in zones:
        db.session.expunge(zone)
    return zones


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
