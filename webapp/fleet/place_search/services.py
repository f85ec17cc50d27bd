"""Finding places: at most one request a second to the service, and none that was answered lately.

The service learns what was typed and from which city, and nothing of who typed it.
"""

import logging
from contextlib import suppress
from time import sleep
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Flask, current_app

from webapp.db.cache import TimedCache
from webapp.db.reads import release_connection
from webapp.fleet.place_search.nominatim import (
    FoundPlace,
    PlaceServiceFailed,
    fetch_places,
)
from webapp.regions.geography import make_box
from webapp.regions.models import City
from webapp.web.rate_limits import (
    Limit,
    TooManyTries,
    count_attempt,
    make_address_buckets,
    make_bucket,
)

#: Places farther from the centre of the city are not searched for, metres.
RADIUS_M = 30_000
#: Answers that are kept, and for how long, seconds.
MAX_ANSWERS, ANSWER_MAX_AGE_S = 1000, 24 * 3600
#: What the usage policy of Nominatim allows for all visitors of an application together.
#: https://operations.osmfoundation.org/policies/nominatim/
SERVICE_LIMIT = Limit(1, 1)
#: So often a visitor waits a second for others who search.
MAX_WAITS = 2


log = logging.getLogger(__name__)


class PlaceSearch(NamedTuple):
    """What is searched for, by which the answer is kept."""

    url: str
    city_name: str
    text: str
    language: str


def find_service_host() -> str:
    """Return the name of the host that is asked; '': there is no such search."""
    return urlsplit(current_app.config["PLACE_SEARCH_URL"]).hostname or ""


def find_places(city: City, text: str, language: str, visitor_address: str) -> list[FoundPlace]:
    """Return the places of a city that are called so, the best first.

    language: of the names, a code. visitor_address: of the IP that asks, which is limited.

    Raises PlaceServiceFailed, and TooManyTries if the visitor or others ask too often.
    """
    place_search = PlaceSearch(
        current_app.config["PLACE_SEARCH_URL"], city.name, " ".join(text.lower().split()), language
    )

    def request_places() -> list[FoundPlace]:
        release_connection()
        _wait_for_turn(visitor_address)
        return _request_places(place_search, city)

    return _cache().get(place_search, request_places)


def _wait_for_turn(visitor_address: str) -> None:
    limit = Limit(*current_app.config["LIMIT_PLACE_SEARCHES"])
    visitor_buckets = make_address_buckets("place-search", limit, visitor_address)
    service_buckets = [make_bucket("place-service", SERVICE_LIMIT)]
    try:
        count_attempt([*service_buckets, *visitor_buckets])
    except TooManyTries as error:
        if error.details["seconds"] > SERVICE_LIMIT.seconds:
            raise
    else:
        return
    # Threads are few, so who waits has used up an attempt, whatever comes of it.
    count_attempt(visitor_buckets)
    for _ in range(MAX_WAITS - 1):
        sleep(SERVICE_LIMIT.seconds)
        with suppress(TooManyTries):
            count_attempt(service_buckets)
            return
    sleep(SERVICE_LIMIT.seconds)
    count_attempt(service_buckets)


def _request_places(place_search: PlaceSearch, city: City) -> list[FoundPlace]:
    from webapp.web.fetching import Fetcher  # imports requests, as fetch_places does

    config = current_app.config
    fetcher = Fetcher(
        allows_private=config["PLACE_SEARCH_ALLOW_PRIVATE"],
        deadline_s=config["PLACE_SEARCH_TIMEOUT_S"],
    )
    box = make_box(city.centre, RADIUS_M)
    try:
        return fetch_places(
            fetcher,
            place_search.url,
            place_search.text,
            box,
            place_search.language,
            config["PUBLIC_URL"],
        )
    except PlaceServiceFailed as error:
        # Its text may have the address, and so what was typed.
        log.warning("cannot search for places: %s", type(error.__cause__).__name__)
        raise


#: Answers by search.
AnswerCache = TimedCache[PlaceSearch, list[FoundPlace]]


def init_app(app: Flask) -> None:
    app.extensions["movr_places"] = AnswerCache(ANSWER_MAX_AGE_S, MAX_ANSWERS)


def _cache() -> AnswerCache:
    cache: AnswerCache = current_app.extensions["movr_places"]
    return cache
