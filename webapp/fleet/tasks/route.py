"""The order in which to do tasks: always the nearest one next."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from webapp.regions.geography import Point, distance_m

Stop = TypeVar("Stop")


def order_stops(
    stops: Iterable[Stop], start: Point, find_point: Callable[[Stop], Point | None]
) -> list[Stop]:
    """Return stops in the order of a tour that always goes to the nearest one next. Those without a
    point come last, in their order.

    find_point: where a stop is.
    """
    left = [(point, stop) for stop in stops if (point := find_point(stop))]
    nowhere = [stop for stop in stops if find_point(stop) is None]
    here, tour = start, []
    while left:
        nearest = min(left, key=lambda each: distance_m(here, each[0]))
        left.remove(nearest)
        here = nearest[0]
        tour.append(nearest[1])
    return tour + nowhere
