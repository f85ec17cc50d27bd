"""How many pages people of the demo's first city opened in the last two months."""

from datetime import UTC, datetime, timedelta
from random import Random

from webapp.db.inserts import insert
from webapp.db.transactions import execute_write
from webapp.numbers.enums import Period
from webapp.numbers.periods import find_start, list_starts
from webapp.numbers.usage.enums import UsageStep
from webapp.numbers.usage.models import UsageCount
from webapp.regions.models import City

DAYS = 60
#: About how often each step is taken on a day.
NUMBERS = {
    UsageStep.SEARCH: 900,
    UsageStep.EMPTY_SEARCH: 40,
    UsageStep.VEHICLE: 350,
    UsageStep.SIGN_UP: 12,
}


def add_usage(city: City) -> None:
    """Add counts; those that are there already stay as they are."""
    random, now = Random(city.name), datetime.now(UTC)  # noqa: S311 - nothing secret
    first = find_start(Period.DAY, now - timedelta(days=DAYS), city.zone)
    rows = [
        {
            "region": city.region,
            "city": city.name,
            "day_at": day,
            "step": step.value,
            "origin": city.region,
            "number": round(number * random.uniform(0.7, 1.3)),
        }
        for day in list_starts(Period.DAY, first, now, city.zone)
        for step, number in NUMBERS.items()
    ]
    execute_write(insert(UsageCount).values(rows).on_conflict_do_nothing(), idempotent=True)
