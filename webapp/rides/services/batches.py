"""Work on the rides of cities, some rides at a time."""

from collections.abc import Callable

from webapp.regions.catalogue import catalogue
from webapp.regions.models import City


def run_in_every_city(run_batch: Callable[[City], int], region: str | None = None) -> int:
    """Call ``run_batch`` for each city until it returns 0; return the sum of what it returned.

    region: only the cities of this region.
    """
    cities = [city for city in catalogue().all() if region in (None, city.region)]
    return sum(_run_in_city(run_batch, city) for city in cities)


def _run_in_city(run_batch: Callable[[City], int], city: City) -> int:
    total = 0
    while number := run_batch(city):
        total += number
    return total
