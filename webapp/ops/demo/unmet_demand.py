"""Where people of the demo's first city found no vehicle, this month and the one before."""

from datetime import UTC, datetime
from random import Random

from webapp.numbers.enums import Period
from webapp.numbers.periods import find_start, list_starts
from webapp.numbers.places.cells import find_cell
from webapp.numbers.ranges import MOMENT
from webapp.numbers.unmet_demand.recording import write_half_hours
from webapp.regions.models import City

CELLS = 25
#: How far they are from the centre of the city at most, degrees.
SPREAD = 0.05
#: The first half hour in which people look, and how many there are until the evening.
FIRST_HALF_HOUR, HALF_HOURS = 12, 36


def add_unmet_demand(city: City) -> None:
    """Record unmet demand; the same at each load of a day."""
    random, now = Random(city.name), datetime.now(UTC)  # noqa: S311 - nothing secret
    this_month = find_start(Period.MONTH, now, city.zone)
    first = find_start(Period.MONTH, this_month - MOMENT, city.zone)
    cells = {
        find_cell(
            city.lat + random.uniform(-SPREAD, SPREAD), city.lon + random.uniform(-SPREAD, SPREAD)
        )
        for _ in range(CELLS)
    }
    half_hours = {}
    for number, cell in enumerate(sorted(cell for cell in cells if cell), start=1):
        for day in list_starts(Period.DAY, first, now, city.zone):
            if random.random() < number / CELLS:
                bits = 1 << FIRST_HALF_HOUR + random.randrange(HALF_HOURS)
                half_hours[city.name, day, "", cell] = bits
    write_half_hours(half_hours)
