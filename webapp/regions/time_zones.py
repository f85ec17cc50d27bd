"""The time zones that people may choose, by the names of IANA."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

from webapp.regions.models import City
from webapp.translations import request_language
from webapp.translations.collation import sort_key


@cache
def list_time_zones() -> tuple[str, ...]:
    """Return the names of the zones of places, by name: ``Europe/Berlin``. Without those that are
    only older names of others."""
    places, older_names = get_global("zone_territories"), get_global("zone_aliases")
    return tuple(sorted((places.keys() & available_timezones()) - older_names.keys()))


def list_time_zone_choices() -> tuple[tuple[str, str], ...]:
    """Return the zones that people may choose, and what they read for them, in the order of that:
    ``("Europe/Rome", "Italien (Rom)")``."""
    return _list_choices(str(request_language().locale))


@cache
def _list_choices(locale_name: str) -> tuple[tuple[str, str], ...]:
    locale = Locale.parse(locale_name)
    choices = [(name, _describe(name, locale)) for name in list_time_zones()]
    return tuple(sorted(choices, key=lambda choice: sort_key(choice[1])))


def _describe(name: str, locale: Locale) -> str:
    """Return the country and the place of a zone, as CLDR has them."""
    territory = get_global("zone_territories")[name]
    place = name.rpartition("/")[2].replace("_", " ")
    pattern: str = locale.zone_formats["fallback"]
    return pattern % {
        "0": locale.time_zones.get(name, {}).get("city", place),
        "1": locale.territories.get(territory, territory),
    }


def find_time_zone(name: str, city: City | None) -> ZoneInfo:
    """Return the zone of that name; that of the city if there is none, else UTC."""
    if name in list_time_zones():
        return ZoneInfo(name)
    return city.zone if city else ZoneInfo("UTC")
