"""The past rides of the demo's rider: invented, and the same ones each time."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from webapp.auth.models import User
from webapp.ops.demo.cities import DemoCity
from webapp.ops.demo.vehicles import VehicleRow, choose_place

PAST_RIDES = 8
SHORTEST_RIDE_S, LONGEST_RIDE_S = 240, 2400

#: The columns of a ride.
RideRow = dict[str, object]


def ride_rows(city: DemoCity, vehicles: list[VehicleRow], rider: User) -> list[RideRow]:
    """Return the rows of past rides; each vehicle still stands where its ride ended."""
    random = Random(f"rides in {city.name}")  # noqa: S311 - the same each time, not a secret
    now = datetime.now(UTC)
    return [
        _ride_row(random, city, vehicle, rider, now - timedelta(days=2 * n + 1, hours=n))
        for n, vehicle in enumerate(vehicles[-PAST_RIDES:])
    ]


def _ride_row(
    random: Random, city: DemoCity, vehicle: VehicleRow, rider: User, started_at: datetime
) -> RideRow:
    start = choose_place(random, city).column_values()
    return {
        "region": city.region,
        "id": UUID(int=random.getrandbits(128), version=4),
        "city": city.name,
        "vehicle_id": vehicle["id"],
        "rider_region": rider.region,
        "rider_id": rider.id,
        "started_at": started_at,
        "ended_at": started_at
        + timedelta(seconds=random.randrange(SHORTEST_RIDE_S, LONGEST_RIDE_S)),
        **{f"start_{name}": value for name, value in start.items()},
        **{f"end_{name}": vehicle[name] for name in start},
    }
