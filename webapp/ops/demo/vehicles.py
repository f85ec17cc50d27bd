"""The demo's vehicles: invented, and the same ones each time."""

from random import Random
from typing import Any
from uuid import UUID

from webapp.auth.models import User
from webapp.fleet.enums import PropulsionType, VehicleState
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.vehicle_events.writing import new_vehicle_columns
from webapp.ops.demo.cities import DemoCity, Street
from webapp.regions.geography import METRES_PER_DEGREE, Place, Point, distance_m

VEHICLES_PER_CITY = 60
#: How many vehicles of the first city belong to the demo's owner.
OWNED_VEHICLES = 6
#: Each vehicle of this number waits for repair.
BROKEN_EVERY = 15
#: How far from the middle of its street a vehicle stands at most, in each direction, metres.
MAX_OFFSET_M = 9

#: The columns of a vehicle. Any: their types differ.
VehicleRow = dict[str, Any]

#: Invented brands.
BRANDS = {
    "bike": ("Tidewheel", "Moorhenne", "Quillback"),
    "e-bike": ("Voltwren", "Brightmoor", "Tidewheel"),
    "scooter": ("Zipfern", "Pebblejay", "Humdrift"),
    "skateboard": ("Pavewave", "Duskplank"),
}
#: How many of ten vehicles are of each type.
TYPE_WEIGHTS = {"bike": 3, "e-bike": 2, "scooter": 4, "skateboard": 1}
#: How full batteries are, percent: none is low.
BATTERY_PERCENT = (25, 100)
COLORS = ("black", "white", "red", "blue", "green", "yellow", "orange", "silver")


def vehicle_rows(city: DemoCity, owner: User | None) -> list[VehicleRow]:
    """Return the rows of a city's vehicles; the first few belong to ``owner``."""
    random = Random(city.name)  # noqa: S311 - the same fleet each time, not a secret
    rows = [_make_vehicle_row(random, city, number) for number in range(1, VEHICLES_PER_CITY + 1)]
    batteries = Random(f"batteries in {city.name}")  # noqa: S311
    for row in rows:
        is_electric = row["propulsion_type"] != PropulsionType.HUMAN
        row["battery_percent"] = batteries.randint(*BATTERY_PERCENT) if is_electric else None
    if owner:
        for row in rows[:OWNED_VEHICLES]:
            row.update(owner_region=owner.region, owner_id=owner.id)
    return rows


def _make_vehicle_row(random: Random, city: DemoCity, number: int) -> VehicleRow:
    vehicle_type = random.choices(list(TYPE_WEIGHTS), list(TYPE_WEIGHTS.values()))[0]
    is_broken = number % BROKEN_EVERY == 0
    description = VehicleDescription(
        vehicle_type,
        random.choice(BRANDS[vehicle_type]),
        random.choice(COLORS),
        choose_place(random, city),
    )
    return {
        "region": city.region,
        "id": UUID(int=random.getrandbits(128), version=4),
        "city": city.name,
        "owner_region": None,
        "owner_id": None,
        **new_vehicle_columns(
            VehicleState.NON_OPERATIONAL if is_broken else VehicleState.AVAILABLE
        ),
        **description.columns(),
    }


def choose_place(random: Random, city: DemoCity) -> Place:
    """Return a random address in the city; those near the centre are more likely."""
    weights = [_weigh_street(street, city.centre) for street in city.streets]
    street = random.choices(city.streets, weights)[0]
    fraction = random.random()
    number = street.low + round(fraction * (street.high - street.low))
    lat, lon = (a + fraction * (b - a) for a, b in zip(street.begin, street.end, strict=True))
    offsets = [random.uniform(-MAX_OFFSET_M, MAX_OFFSET_M) / METRES_PER_DEGREE for _ in "xy"]
    point = Point(round(lat + offsets[0], 6), round(lon + offsets[1], 6))
    return Place(city.format_address(number, street), point)


def _weigh_street(street: Street, centre: Point) -> float:
    middle = Point(*((a + b) / 2 for a, b in zip(street.begin, street.end, strict=True)))
    return distance_m(street.begin, street.end) / (500 + distance_m(middle, centre))
