"""Work that is done for each city."""

import logging
from collections.abc import Callable, Collection
from typing import TypeVar

from webapp.regions.catalogue import catalogue
from webapp.regions.models import City

log = logging.getLogger(__name__)
T = TypeVar("T")


def run_for_each_city(work: Callable[[City], T], regions: Collection[str] | None = None) -> list[T]:
    """Call ``work`` for each city; return what it returned.

    A city whose work fails does not stop that of the others. Its error is raised after them: that
    of the first one if there are several. The others are in the log.

    regions: only the cities of these.
    """
    results, failed = list[T](), dict[str, Exception]()
    for city in catalogue().all():
        if regions is not None and city.region not in regions:
            continue
        try:
            results.append(work(city))
        except Exception as error:
            log.exception("%s: failed", city.name)
            failed[city.name] = error
    if failed:
        first_error = next(iter(failed.values()))
        first_error.add_note(f"cities that failed: {', '.join(failed)}")
        raise first_error
    return results
