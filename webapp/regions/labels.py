"""What people read for cities."""

from collections.abc import Iterable

from webapp.regions.city_names import find_cldr_name, list_offered_languages
from webapp.regions.models import City
from webapp.translations import get_language_code
from webapp.translations.collation import sort_key


def city_label(city: City) -> str:
    """Return the name of a city in the language of the reader: ``Nueva York``."""
    return city_label_in(city, get_language_code())


def city_label_in(city: City, language: str) -> str:
    """Return the name of a city in a language, ISO 639-1: what admins have set for it, else what
    CLDR says, else the one for all languages."""
    own_label = (city.labels or {}).get(language)  # None: made here, not read from the database
    return own_label or find_cldr_name(city.default_label, city.timezone, language)


def list_city_labels(city: City) -> set[str]:
    """Return the names of a city in all languages."""
    own_labels, languages = (city.labels or {}).values(), list_offered_languages()
    return {city.default_label, *own_labels, *(city_label_in(city, each) for each in languages)}


def sort_by_label(cities: Iterable[City]) -> list[City]:
    """Return cities in the order of their names, in the language of the reader."""
    return sorted(cities, key=lambda city: sort_key(city_label(city)))
