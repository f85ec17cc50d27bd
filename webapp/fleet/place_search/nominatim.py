"""Places from a service with the search API of Nominatim (https://nominatim.org/release-docs/latest/api/Search/)."""

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

import msgspec

from webapp.regions.geography import Box, Point, is_position

if TYPE_CHECKING:
    from webapp.web.fetching import Fetcher

MAX_PLACES = 8


class PlaceServiceFailed(Exception):
    """The service did not answer, or with something else than places."""


class FoundPlace(NamedTuple):
    """A place of the answer: its name, where that is, and the point."""

    name: str
    details: str
    point: Point


class _Place(msgspec.Struct):
    """What is read of a place, with the names of the API."""

    lat: float
    lon: float
    display_name: str


def fetch_places(
    fetcher: "Fetcher", url: str, text: str, box: Box, language: str, site: str
) -> list[FoundPlace]:
    """Return the places in a box that the service finds for a text, the best first.

    url: of the search, ``https://nominatim.example/search``. site: of this application; the policy
        of Nominatim asks for a User-Agent that says who asks.

    Raises PlaceServiceFailed.
    """
    # When somebody searches: it imports requests, and most servers have no such service.
    from webapp.web.fetching import JSON_ERRORS, read_json

    address = f"{url}{'&' if '?' in url else '?'}{_make_query(text, box, language)}"
    try:
        with fetcher.open(address, {"User-Agent": _name_user_agent(site)}) as response:
            response.raise_for_status()
            found = read_json(response, list[_Place])
    except JSON_ERRORS as error:
        raise PlaceServiceFailed from error
    places = [_make_place(each) for each in found[:MAX_PLACES] if is_position(each.lat, each.lon)]
    return [place for place in places if box.contains(place.point)]


def _make_query(text: str, box: Box, language: str) -> str:
    west, east = max(-180.0, box.west), min(180.0, box.east)
    parameters = {
        "q": text,
        "format": "jsonv2",
        "limit": MAX_PLACES,
        "viewbox": f"{west:.5f},{box.north:.5f},{east:.5f},{box.south:.5f}",
        "bounded": 1,
        "accept-language": language,
    }
    return urlencode(parameters)


def _name_user_agent(site: str) -> str:
    from webapp.web.fetching import USER_AGENT

    return f"{USER_AGENT} (+{site})" if site else USER_AGENT


def _make_place(place: _Place) -> FoundPlace:
    name, _, details = place.display_name.partition(", ")
    return FoundPlace(name, details, Point(place.lat, place.lon))
