"""Whether a feed belongs to a city, by where its vehicles are."""

from collections.abc import Iterable
from dataclasses import replace
from shlex import quote

from webapp.fleet.feeds.errors import CoordinatesExchanged, WrongPlace
from webapp.fleet.gbfs.feed import Feed
from webapp.fleet.gbfs.positions import Position
from webapp.fleet.gbfs.vehicles import SkippedVehicle
from webapp.fleet.services.places import MAX_CITY_DISTANCE, MAX_CITY_DISTANCE_M
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point, distance_m, is_position
from webapp.regions.labels import city_label
from webapp.regions.models import City

#: How many positions are compared with the other cities, to find the right one.
SAMPLE_SIZE = 500


def skip_distant_vehicles(city: City, feed: Feed, *, force: bool = False) -> Feed:
    """Return the feed with the vehicles that are far from the city among the skipped ones.

    Raises WrongPlace if most are far, and CoordinatesExchanged.
    With ``force`` all vehicles of another city are kept: the centre of this one may be wrong.
    """
    positions = [position for position in feed.positions if _is_usable(city, position)]
    far_count = sum(not is_near(city, position) for position in positions)
    if _is_most(far_count, positions):
        check_not_exchanged(city, positions)
        if force:
            return feed
        raise WrongPlace(_explain_distance(city, positions, far_count))
    near = [vehicle for vehicle in feed.vehicles if is_near(city, vehicle.point)]
    distant = [vehicle for vehicle in feed.vehicles if not is_near(city, vehicle.point)]
    if not distant:
        return feed
    reason = f"stands more than {MAX_CITY_DISTANCE} from {city_label(city)}"
    skipped = {**feed.skipped, reason: [SkippedVehicle(vehicle.id) for vehicle in distant]}
    return replace(feed, vehicles=near, skipped=skipped)


def is_near(city: City, position: Position | Point) -> bool:
    """Return whether two numbers are a position, and one that a vehicle of the city may have."""
    lat, lon = position
    return is_position(lat, lon) and distance_m(city.centre, Point(lat, lon)) <= MAX_CITY_DISTANCE_M


def _is_usable(city: City, position: Position) -> bool:
    """Return whether two numbers are a position, or one of the city if they are exchanged."""
    return is_position(*position) or is_near(city, exchange_coordinates(position))


def exchange_coordinates(position: Position) -> Position:
    return Position(position.lon, position.lat)


def check_not_exchanged(city: City, positions: list[Position]) -> None:
    """Raise CoordinatesExchanged if most positions are near the city only the other way round."""
    exchanged_count = sum(is_near(city, exchange_coordinates(position)) for position in positions)
    if _is_most(exchanged_count, positions):
        raise CoordinatesExchanged(
            f"The feed has latitude and longitude exchanged: {exchanged_count} of {len(positions)}"
            f" vehicles are near {city_label(city)} only the other way round. Its operator has to"
            " correct it."
        )


def _explain_distance(city: City, positions: list[Position], far_count: int) -> str:
    right_city = _find_right_city(positions)
    advice = (
        f"They are near {city_label(right_city)}: --city {quote(right_city.name)}."
        if right_city
        else "Is it the right city?"
    )
    return (
        f"{far_count} of {len(positions)} vehicles stand more than {MAX_CITY_DISTANCE} from"
        f" {city_label(city)}. {advice}"
    )


def _find_right_city(positions: list[Position]) -> City | None:
    """Return the city that most of the vehicles are near; None if there is none."""
    sample = positions[:: max(1, len(positions) // SAMPLE_SIZE)]
    candidates = [
        city
        for city in catalogue().all()
        if _is_most(sum(is_near(city, position) for position in sample), sample)
    ]
    return min(candidates, key=lambda city: _sum_distances_m(city, sample), default=None)


def _sum_distances_m(city: City, positions: Iterable[Position]) -> float:
    points = (Point(lat, lon) for lat, lon in positions if is_position(lat, lon))
    return sum(distance_m(city.centre, point) for point in points)


def _is_most(number: int, positions: list[Position]) -> bool:
    return 2 * number > len(positions)
