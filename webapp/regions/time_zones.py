"""The time zones that people may choose, by the names of IANA."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

from webapp.regions.models import City


@cache
def list_time_zones() -> tuple[str, ...]:
    """Return the names of the zones of places, by name: ``Europe/Berlin``. Without those that are
    only older names of others."""
    places, older_names = get_global("zone_territories"), get_global("zone_aliases")
    return tuple(sorted((places.keys() & available_timezones()) - older_names.keys()))


def find_time_zone(name: str, city: City | None) -> ZoneInfo:
    """Return the zone of that name; that of the city if there is none, else UTC."""
    if name in list_time_zones():
        return ZoneInfo(name)
    return city.zone if city else ZoneInfo("UTC")
