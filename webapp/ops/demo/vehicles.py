"""The demo's vehicles: invented, and the same ones each time."""

from random import Random
from typing import Any
from uuid import UUID

from webapp.auth.models import User
from webapp.fleet.enums import VehicleState
from webapp.fleet.services.description import VehicleDescription
from webapp.ops.demo.cities import DemoCity, Street
from webapp.regions.geography import METRES_PER_DEGREE, Place, Point, distance_m

VEHICLES_IN_A_CITY = 60
#: How many of the first city's vehicles belong to the demo's owner.
OWNED = 6
#: One vehicle in so many waits for repair.
BROKEN_EVERY = 15
#: How far from the middle of its street a vehicle stands, metres.
KERB_M = 9

#: Brands that nobody sells.
BRANDS = {
    "bike": ("Tidewheel", "Moorhenne", "Quillback"),
    "e-bike": ("Voltwren", "Brightmoor", "Tidewheel"),
    "scooter": ("Zipfern", "Pebblejay", "Humdrift"),
    "skateboard": ("Pavewave", "Duskplank"),
}
#: How many of each type there are, of ten.
MIX = {"bike": 3, "e-bike": 2, "scooter": 4, "skateboard": 1}
COLORS = ("black", "white", "red", "blue", "green", "yellow", "orange", "silver")


def vehicles_of(city: DemoCity, owner: User | None) -> list[dict[str, Any]]:
    """Return the rows of a city's vehicles; ``owner`` has the first few, the operator the rest."""
    random = Random(city.name)  # noqa: S311 - the same fleet each time, not a secret
    rows = [_vehicle(random, city, number) for number in range(VEHICLES_IN_A_CITY)]
    for row in rows[:OWNED] if owner else []:
        row.update(owner_region=owner.region, owner_id=owner.id)  # type: ignore[union-attr]
    return rows


def _vehicle(random: Random, city: DemoCity, number: int) -> dict[str, Any]:
    type_ = random.choices(list(MIX), list(MIX.values()))[0]
    broken = number % BROKEN_EVERY == BROKEN_EVERY - 1
    told = VehicleDescription(
        type_, random.choice(BRANDS[type_]), random.choice(COLORS), place_in(random, city)
    )
    return {
        "region": city.region,
        "id": UUID(int=random.getrandbits(128), version=4),
        "city": city.name,
        "owner_region": None,
        "owner_id": None,
        "state": (VehicleState.NON_OPERATIONAL if broken else VehicleState.AVAILABLE).value,
        **told.columns(),
    }


def place_in(random: Random, city: DemoCity) -> Place:
    """Return an address of the city, sooner one near the centre."""
    weights = [_weight(street, city.centre) for street in city.streets]
    street = random.choices(city.streets, weights)[0]
    along = random.random()
    number = street.low + round(along * (street.high - street.low))
    lat, lon = (a + along * (b - a) for a, b in zip(street.begin, street.end, strict=True))
    aside = [random.uniform(-KERB_M, KERB_M) / METRES_PER_DEGREE for _ in "xy"]
    point = Point(round(lat + aside[0], 6), round(lon + aside[1], 6))
    return Place(f"{number} {street.name}", point)


def _weight(street: Street, centre: Point) -> float:
    middle = Point(*((a + b) / 2 for a, b in zip(street.begin, street.end, strict=True)))
    return distance_m(street.begin, street.end) / (500 + distance_m(middle, centre))
