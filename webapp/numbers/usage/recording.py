"""Counting pages that people open, without knowing who they are.

Nothing of a request is kept but which page it was, in which city and on which day. Programs that
say what they are do not count, nor what the scripts of a page load.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from operator import add

from flask import Flask, Response, current_app, has_request_context, request

from webapp.db.inserts import insert_rows, upsert
from webapp.db.transactions import AmbiguousCommit, run_transaction
from webapp.db.types import table
from webapp.db.write_buffer import WriteBuffer, write_buffers
from webapp.hooks import VehicleSearch
from webapp.numbers.counted_requests import is_page_of_person
from webapp.numbers.enums import Period
from webapp.numbers.periods import find_start
from webapp.numbers.usage.enums import UsageStep
from webapp.numbers.usage.models import UsageCount
from webapp.regions.catalogue import catalogue, visitors_city
from webapp.regions.models import City

log = logging.getLogger(__name__)

#: The steps by endpoint, and the method and status with which they are taken.
PAGE_STEPS = {
    ("fleet.vehicles.show", "GET", 200): UsageStep.VEHICLE,
    ("fleet.unlock_codes.show", "GET", 200): UsageStep.VEHICLE,
}
BUFFER = "usage"
#: City, day and step.
Key = tuple[str, datetime, UsageStep]


def init_app(app: Flask) -> None:
    """Let an application count, unless COUNT_USAGE is off."""
    write_buffers(app)[BUFFER] = WriteBuffer[Key](add, write_counts)
    app.after_request(count_page)


def count_page(response: Response) -> Response:
    """Count the page of the request, if it is one of ``PAGE_STEPS``."""
    step = PAGE_STEPS.get((request.endpoint or "", request.method, response.status_code))
    if step and (city := visitors_city()):
        _count(city, step)
    return response


def count_search(search: VehicleSearch) -> None:
    """Count a search, and whether it has found nothing."""
    _count(search.city, UsageStep.SEARCH)
    if not search.has_results:
        _count(search.city, UsageStep.EMPTY_SEARCH)


def count_sign_up(city: City) -> None:
    """Count an account that a person has created; not one that a command creates."""
    if has_request_context():
        _count(city, UsageStep.SIGN_UP)


def _count(city: City, step: UsageStep) -> None:
    if current_app.config["COUNT_USAGE"] and is_page_of_person():
        day_at = find_start(Period.DAY, datetime.now(UTC), city.zone)
        write_buffers()[BUFFER].add((city.name, day_at, step), 1)


def write_counts(counts: Mapping[Key, int]) -> None:
    """Add counts to those that are there. What may be written already is not written again."""
    regions = {city.name: city.region for city in catalogue().all()}
    rows = [
        {
            "region": regions[city_name],
            "city": city_name,
            "day_at": day_at,
            "step": step.value,
            "origin": regions[city_name],
            "number": number,
        }
        # In the same order everywhere, so that no two servers wait for each other.
        for (city_name, day_at, step), number in sorted(counts.items())
    ]
    statement = upsert(table(UsageCount), "number", add)
    try:
        run_transaction(lambda session: insert_rows(session, statement, rows))
    except AmbiguousCommit:
        log.warning("counts of usage may be lost")
