"""The language and the country of a city, for whom nothing else says one."""

from functools import cache

from babel.core import get_global
from babel.languages import get_official_languages

from webapp.regions.models import City


def find_city_language(city: City) -> str:
    """Return the first official language of the country where a city is, ISO 639, as CLDR has it;
    '' if its time zone names no country."""
    return _find_language(find_city_territory(city))


def find_city_territory(city: City) -> str:
    """Return the country where a city is, ISO 3166, as CLDR has it; '' if its time zone names
    none."""
    return str(get_global("zone_territories").get(city.timezone, ""))


@cache
def _find_language(territory: str) -> str:
    languages = get_official_languages(territory, de_facto=True) if territory else ()
    return languages[0].partition("_")[0] if languages else ""
