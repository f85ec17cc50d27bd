"""Recording that somebody looked for a vehicle and none was near, without knowing who.

Of each cell and type only this is stored: the half hours in which it happened. So whoever reloads a
page, and a program that asks again and again, count no more than one person who looks once. It
does not matter how often it is written, nor by how many servers.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from operator import or_

from flask import Flask

from webapp.db.inserts import insert_rows, upsert
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.db.write_buffer import WriteBuffer, write_buffers
from webapp.hooks import VehicleSearch
from webapp.numbers.counted_requests import is_page_of_person
from webapp.numbers.enums import Period
from webapp.numbers.periods import find_start
from webapp.numbers.places.cells import find_cell
from webapp.numbers.unmet_demand.models import UnmetDemand
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import distance_m

#: Nobody walks farther to a vehicle, metres.
WALKING_DISTANCE_M = 1_000
#: Who looks farther from the centre of the city is not in it, metres.
MAX_DISTANCE_FROM_CENTRE_M = 30_000
HALF_HOUR = timedelta(minutes=30)
BUFFER = "unmet_demand"
#: City, day, type and cell.
Key = tuple[str, datetime, str, int]


def add_buffer(app: Flask) -> None:
    """Let the servers of an application collect what they record."""
    write_buffers(app)[BUFFER] = WriteBuffer[Key](or_, write_half_hours)


def record_search(search: VehicleSearch) -> None:
    """Record a search that has found nothing near; it is written later."""
    city, point = search.city, search.point
    is_met = search.nearest_m is not None and search.nearest_m <= WALKING_DISTANCE_M
    if point is None or is_met or city.is_closed or not is_page_of_person():
        return
    if distance_m(city.centre, point) > MAX_DISTANCE_FROM_CENTRE_M:
        return
    now = datetime.now(UTC)
    day_at, cell = find_start(Period.DAY, now, city.zone), find_cell(*point)
    bit = 1 << (now - day_at) // HALF_HOUR  # a day has 25 hours at most
    write_buffers()[BUFFER].add((city.name, day_at, search.form_factor, cell), bit)


def write_half_hours(half_hours: Mapping[Key, int]) -> None:
    """Write half hours beside those that are there. Idempotent."""
    regions = {city.name: city.region for city in catalogue().all()}
    rows = [
        {
            "region": regions[city_name],
            "city": city_name,
            "day_at": day_at,
            "form_factor": form_factor,
            "cell": cell,
            "origin": regions[city_name],
            "half_hours": bits,
        }
        # In the same order everywhere, so that no two servers wait for each other.
        for (city_name, day_at, form_factor, cell), bits in sorted(half_hours.items())
    ]
    statement = upsert(table(UnmetDemand), "half_hours", lambda stored, new: stored.bitwise_or(new))
    run_transaction(lambda session: insert_rows(session, statement, rows), idempotent=True)
