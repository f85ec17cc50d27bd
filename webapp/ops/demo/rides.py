"""The rides of the demo: invented, and the same ones each time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from webapp.auth.models import User
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.quotes import Quote, quote_ride
from webapp.ops.demo.cities import DemoCity
from webapp.ops.demo.vehicles import OWNED_VEHICLES, VehicleRow, choose_place
from webapp.regions.geography import Place, Point, distance_m
from webapp.riders.wallet.entries import LedgerEntry, ride_entry

#: Of the demo's rider, and of each of its other riders.
OWN_PAST_RIDES, PAST_RIDES_OF_OTHERS = 8, 3
SHORTEST_RIDE_S, LONGEST_RIDE_S = 240, 1500
#: How long the rides of other riders have been running, minutes: the last one needs attention.
RUNNING_RIDES_MIN = (4, 27, 340)
#: Of all vehicles, the index of the first that is ridden now.
FIRST_RIDDEN_VEHICLE = 6
#: Of all vehicles, the index of one that does not ride well.
BROKEN_VEHICLE = FIRST_RIDDEN_VEHICLE + len(RUNNING_RIDES_MIN) + 1
#: How many riders try it, and how long each.
SHORT_RIDES, SHORT_RIDE = 3, timedelta(seconds=50)
RATINGS = (5, 5, 4, None, 5, 3, None, 4)
#: What riders wrote beside the ratings, for everybody.
REMARKS = (
    "Rides like new.",
    None,
    "Brakes well, also in the rain.",
    None,
    "The bell is very loud.",
)

#: The columns of a ride.
RideRow = dict[str, object]


@dataclass(frozen=True)
class PastRide:
    """A ride that is over. quote: None where riding is free."""

    id: UUID
    ended_at: datetime
    row: RideRow
    rider: User
    quote: Quote | None

    def charge(self) -> Iterator[LedgerEntry]:
        """Yield its entry in the ledger."""
        if self.quote:
            total, tax = self.quote.total, self.quote.tax
            entry = ride_entry(self.rider.key, self.id, self.quote.currency, total, tax)
            yield replace(entry, at=self.ended_at)


def make_past_rides(
    city: DemoCity, vehicles: list[VehicleRow], rider: User, others: list[User]
) -> list[PastRide]:
    """Return past rides of all riders; each vehicle still stands where its ride ended."""
    random = Random(f"rides in {city.name}")  # noqa: S311 - the same each time, not a secret
    riders = [rider] * OWN_PAST_RIDES + others * PAST_RIDES_OF_OTHERS
    now = datetime.now(UTC)
    return [
        _make_past_ride(
            random,
            city,
            vehicle,
            rider,
            n,
            choose_place(random, city),
            now - timedelta(days=2 * n + 1, hours=n),
            timedelta(seconds=random.randrange(SHORTEST_RIDE_S, LONGEST_RIDE_S)),
        )
        for n, (vehicle, rider) in enumerate(zip(_choose_ridden(vehicles), riders, strict=False))
    ]


def _choose_ridden(vehicles: list[VehicleRow]) -> list[VehicleRow]:
    """Return the last vehicles; each third is one of the owner's."""
    chosen = list(reversed(vehicles))
    for n, vehicle in enumerate(vehicles[:OWNED_VEHICLES]):
        chosen[3 * n + 1] = vehicle
    return chosen


def make_short_rides(
    city: DemoCity, vehicles: list[VehicleRow], riders: list[User]
) -> list[PastRide]:
    """Return rides of some riders who tried the same vehicle in vain."""
    random = Random(f"short rides in {city.name}")  # noqa: S311
    vehicle, now = vehicles[BROKEN_VEHICLE], datetime.now(UTC)
    place = Place(vehicle["address"], Point(vehicle["lat"], vehicle["lon"]))
    return [
        _make_past_ride(
            random, city, vehicle, rider, 3, place, now - timedelta(hours=n), SHORT_RIDE
        )
        for n, rider in enumerate(riders[:SHORT_RIDES], 1)
    ]


def _make_past_ride(
    random: Random,
    city: DemoCity,
    vehicle: VehicleRow,
    rider: User,
    number: int,
    start: Place,
    started_at: datetime,
    duration: timedelta,
) -> PastRide:
    ride_id = _choose_ride_id(random)
    row = _make_ride_row(ride_id, city, vehicle, rider, start, started_at)
    plan = _find_plan(vehicle)
    quote = quote_ride(plan.tariff, duration) if plan else None
    ended_at = started_at + duration
    end = Point(vehicle["lat"], vehicle["lon"])
    row |= {
        "ended_at": ended_at,
        **{f"end_{name}": vehicle[name] for name in start.column_values()},
        "distance_m": round(distance_m(start.point, end)) if start.point else None,
        "plan_id": plan.id if plan else None,
        "price": quote.total if quote else None,
        "currency": quote.currency if quote else None,
        "price_lines": quote.to_json() if quote else None,
        **_make_rating(number),
    }
    return PastRide(ride_id, ended_at, row, rider, quote)


def _make_rating(number: int) -> RideRow:
    stars = RATINGS[number % len(RATINGS)]
    remark = REMARKS[number % len(REMARKS)] if stars else None
    return {"rating": stars, "rating_note": remark, "note_is_public": remark is not None}


def make_running_rides(
    city: DemoCity, vehicles: list[VehicleRow], riders: list[User]
) -> list[RideRow]:
    """Return rides that are not over; their vehicles are on a trip from now on."""
    random = Random(f"running rides in {city.name}")  # noqa: S311
    now = datetime.now(UTC)
    ridden = vehicles[FIRST_RIDDEN_VEHICLE:]
    rows = []
    for vehicle, rider, minutes in zip(ridden, riders, RUNNING_RIDES_MIN, strict=False):
        vehicle["state"] = VehicleState.ON_TRIP.value
        plan = _find_plan(vehicle)
        start = Place(vehicle["address"], Point(vehicle["lat"], vehicle["lon"]))
        started_at = now - timedelta(minutes=minutes)
        row = _make_ride_row(_choose_ride_id(random), city, vehicle, rider, start, started_at)
        rows.append({**row, "plan_id": plan.id if plan else None})
    return rows


def open_ride_row(ride: RideRow) -> dict[str, object]:
    """Return the row of ``open_rides`` of a running ride."""
    return {
        "region": ride["rider_region"],
        "rider_id": ride["rider_id"],
        "ride_region": ride["region"],
        "ride_id": ride["id"],
        "started_at": ride["started_at"],
    }


def _choose_ride_id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def _make_ride_row(
    ride_id: UUID,
    city: DemoCity,
    vehicle: VehicleRow,
    rider: User,
    start: Place,
    started_at: datetime,
) -> RideRow:
    return {
        "region": city.region,
        "id": ride_id,
        "city": city.name,
        "vehicle_id": vehicle["id"],
        "rider_region": rider.region,
        "rider_id": rider.id,
        "started_at": started_at,
        **{f"start_{name}": value for name, value in start.column_values().items()},
    }


def _find_plan(vehicle: VehicleRow) -> PricingPlan | None:
    return find_plan(Vehicle(**vehicle))
