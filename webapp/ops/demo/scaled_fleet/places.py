"""Where the vehicles of a fleet stand, and how far people ride."""

from itertools import accumulate
from math import cos, exp, radians
from random import Random
from typing import NamedTuple

from webapp.ops.demo.cities import DemoCity, Street
from webapp.regions.geography import METRES_PER_DEGREE, Point, distance_m

#: How far a vehicle stands from the middle of its street at most, in each direction, metres.
MAX_OFFSET_M = 60
#: Each further ride of this length is 2.7 times less likely, metres.
TYPICAL_DISTANCE_M = 1_300
#: How far outside of the last street is certainly outside of the service area, metres.
OUTSIDE_M = 1_000


class ParkingPlace(NamedTuple):
    """Where a vehicle stands.

    street_index: that of the nearest street of the city.
    """

    street_index: int
    address: str
    point: Point


class Places:
    """The streets of a city."""

    def __init__(self, city: DemoCity) -> None:
        self._city = city
        self._streets = city.all_streets
        self._indexes = range(len(self._streets))
        self._middles = [_find_point(street, 0.5) for street in self._streets]
        lengths = [distance_m(street.begin, street.end) for street in self._streets]
        self._weights = list(accumulate(lengths))
        #: By the street where a ride starts.
        self._end_weights = [
            list(accumulate(_weigh_ends(start, self._middles, lengths))) for start in self._middles
        ]

    def choose(self, random: Random) -> ParkingPlace:
        """Return a place in the city."""
        return self._choose_on(random, self._weights)

    def choose_end(self, random: Random, start: ParkingPlace) -> ParkingPlace:
        """Return where a ride ends; places near its start are more likely."""
        return self._choose_on(random, self._end_weights[start.street_index])

    def find_outside(self, random: Random) -> ParkingPlace:
        """Return a place beyond the street that is farthest from the centre, outside of the
        service area."""
        index = max(self._indexes, key=lambda i: distance_m(self._middles[i], self._city.centre))
        street, centre = self._streets[index], self._city.centre
        last = max(street.begin, street.end, key=lambda end: distance_m(end, centre))
        factor = 1 + (OUTSIDE_M + random.uniform(0, 200)) / distance_m(last, centre)
        lat, lon = (c + (a - c) * factor for a, c in zip(last, centre, strict=True))
        address = self._city.local_names.behind.format(street=street.name)
        return ParkingPlace(index, address, Point(round(lat, 6), round(lon, 6)))

    def _choose_on(self, random: Random, weights: list[float]) -> ParkingPlace:
        index = random.choices(self._indexes, cum_weights=weights)[0]
        street, fraction = self._streets[index], random.random()
        number = street.low + round(fraction * (street.high - street.low))
        lat, lon = _find_point(street, fraction)
        north, east = (random.uniform(-MAX_OFFSET_M, MAX_OFFSET_M) for _ in "ne")
        lat += north / METRES_PER_DEGREE
        lon += east / METRES_PER_DEGREE / cos(radians(lat))
        address = self._city.format_address(number, street)
        return ParkingPlace(index, address, Point(round(lat, 6), round(lon, 6)))


def _find_point(street: Street, fraction: float) -> Point:
    """Return the point of a street at a fraction of its length."""
    (lat_a, lon_a), (lat_b, lon_b) = street.begin, street.end
    return Point(lat_a + fraction * (lat_b - lat_a), lon_a + fraction * (lon_b - lon_a))


def _weigh_ends(start: Point, middles: list[Point], lengths: list[float]) -> list[float]:
    return [
        length * exp(-distance_m(start, middle) / TYPICAL_DISTANCE_M)
        for middle, length in zip(middles, lengths, strict=True)
    ]
