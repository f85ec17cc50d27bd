"""The places where a vehicle may be."""

from collections.abc import Iterable

from flask_babel import LazyString

from webapp.errors import DomainError
from webapp.measures import METRES_PER_MILE, format_distance
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point, distance_m
from webapp.translations import lazy_gettext as _l

#: How far a place may be from the nearest city of its region, metres. A larger distance is taken
#: for a typing error.
MAX_CITY_DISTANCE_M = 100_000
#: The same in commands and workers, whose texts have no reader yet: in both units.
MAX_CITY_DISTANCE = (
    f"{MAX_CITY_DISTANCE_M // 1000} km ({MAX_CITY_DISTANCE_M / METRES_PER_MILE:.0f} miles)"
)


class PlaceTooFar(DomainError):
    status = 422
    field = "address"
    message = _l(
        "That place is more than %(far)s from the city. Choose a closer one.",
        far=LazyString(format_distance, MAX_CITY_DISTANCE_M),
    )


def place_columns(place: Place) -> dict[str, object]:
    """Return the columns of a vehicle with its place."""
    return {**place.column_values(), "cell": place.point.cell if place.point else None}


def check_vehicle_place(region: str, place: Place) -> None:
    """Raise PlaceTooFar when the point is near no city of the region. Sends no statement."""
    centres = [city.centre for city in catalogue().all() if city.region == region]
    if centres and place.point and not is_within_reach(place.point, centres):
        raise PlaceTooFar


def is_within_reach(point: Point, origins: Iterable[Point]) -> bool:
    """Return whether a point is at most ``MAX_CITY_DISTANCE_M`` from one of the others."""
    return any(distance_m(point, origin) <= MAX_CITY_DISTANCE_M for origin in origins)
