"""Searching help, notices, terms and places."""

from collections.abc import Iterable

from webapp.fleet.favourites.models import SavedPlace
from webapp.fleet.site_search.matching import Kind, Result, find_entries
from webapp.fleet.site_search.sources import (
    list_notice_entries,
    list_place_entries,
    list_street_entries,
    list_text_entries,
)
from webapp.regions.models import City


def search(
    question: str, city: City, saved_places: Iterable[SavedPlace]
) -> dict[Kind, list[Result]]:
    """Return what fits a question in a city, by kind, the best first. One statement, for the
    streets; what else there is stands in the memory of the process."""
    entries = [
        *list_text_entries(city),
        *list_notice_entries(city),
        *list_place_entries(city, saved_places),
        *list_street_entries(city, question),
    ]
    return find_entries(entries, question)
