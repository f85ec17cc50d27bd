"""Work on the rides of all cities, some rides at a time."""

from collections.abc import Callable

from webapp.regions.catalogue import catalogue
from webapp.regions.models import City


def run_in_every_city(run_batch: Callable[[City], int]) -> int:
    """Call ``run_batch`` for each city until it returns 0; return the sum of what it returned."""
    return sum(_run_in_city(run_batch, city) for city in catalogue().all())


def _run_in_city(run_batch: Callable[[City], int], city: City) -> int:
    total = 0
    while number := run_batch(city):
        total += number
    return total
