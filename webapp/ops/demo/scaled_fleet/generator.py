"""Making the batches of a fleet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from uuid import UUID

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.enums import VehicleState
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.transitions import ADDED
from webapp.ops.demo.scaled_fleet.accounts import FleetStaff, choose_staff, make_account_row
from webapp.ops.demo.scaled_fleet.batches import Batch
from webapp.ops.demo.scaled_fleet.bring_to_state import bring_to_current_state
from webapp.ops.demo.scaled_fleet.current_states import CurrentState, choose_current_state
from webapp.ops.demo.scaled_fleet.demand import DemandByHour
from webapp.ops.demo.scaled_fleet.history import simulate_ride
from webapp.ops.demo.scaled_fleet.options import (
    BATCH_RIDERS,
    BATCH_VEHICLES,
    SIZES,
    FleetOptions,
    make_id,
)
from webapp.ops.demo.scaled_fleet.places import Places
from webapp.ops.demo.scaled_fleet.prices import Prices
from webapp.ops.demo.scaled_fleet.rows import FleetRows
from webapp.ops.demo.scaled_fleet.vehicles import (
    RANGE_M,
    Cause,
    SimulatedVehicle,
    choose_brand,
    choose_keys,
    choose_type,
)
from webapp.ops.demo.scaled_fleet.wallets import SimulatedRider
from webapp.ops.demo.vehicles import COLORS

#: Vehicles are put on the street within so many days before the rides begin.
DEPLOYED_WITHIN_DAYS = 30
#: Some vehicles are ridden much more than others (standard deviation of the logarithm).
POPULARITY = 0.5


@dataclass(frozen=True)
class FleetGenerator:
    """Makes the batches of a fleet. prices: of the plans that the city has."""

    options: FleetOptions
    prices: Prices

    @cached_property
    def _places(self) -> Places:
        return Places(self.options.city)

    @cached_property
    def _demand(self) -> DemandByHour:
        return DemandByHour(self.options)

    @cached_property
    def _staff(self) -> FleetStaff:
        return choose_staff(self.options)

    def make_batch(self, number: int) -> FleetRows:
        """Return the rows of a batch. The same options and plans make the same rows."""
        batch = Batch(
            _make_batch_random(self.options, number),
            FleetRows(),
            self.options,
            self._places,
            self.prices,
            self._staff,
        )
        first_number = number * BATCH_VEHICLES
        self._add_vehicles(batch, first_number)
        self._add_riders(batch)
        self._replay(batch, first_number)
        for vehicle in batch.vehicles:
            vehicle.write()
        for rider in batch.riders:
            rider.write_balance()
        return batch.rows

    def _add_vehicles(self, batch: Batch, first_number: int) -> None:
        # The keys come first: they do not depend on the time.
        keys = [choose_keys(batch.random) for _ in range(BATCH_VEHICLES)]
        for number, vehicle_keys in enumerate(keys, first_number):
            # The first ones have batteries, which may be low.
            is_first = number < len(CurrentState)
            type_name = "scooter" if is_first else choose_type(batch.random)
            vehicle = self._make_vehicle(batch, vehicle_keys, type_name)
            cause = Cause(EventCause.STAFF, batch.random.choice(self._staff.mechanics))
            vehicle.change(ADDED, VehicleState.AVAILABLE, vehicle.created_at, cause)
            batch.vehicles.append(vehicle)

    def _make_vehicle(
        self, batch: Batch, keys: tuple[UUID, UUID, str], type_name: str
    ) -> SimulatedVehicle:
        id_, public_id, code = keys
        hours = batch.random.uniform(1, 24 * DEPLOYED_WITHIN_DAYS)
        return SimulatedVehicle(
            city=self.options.city,
            id=id_,
            public_id=public_id,
            code=code,
            type_name=type_name,
            brand=choose_brand(batch.random, type_name),
            color=batch.random.choice(COLORS),
            parking_place=self._places.choose(batch.random),
            battery_percent=100.0 if type_name in RANGE_M else None,
            created_at=self.options.begins_at - timedelta(seconds=round(hours * 3600)),
            rows=batch.rows,
            history_until=self.options.now,
        )

    def _add_riders(self, batch: Batch) -> None:
        for _ in range(BATCH_RIDERS):
            id_ = make_id(batch.random)
            row = make_account_row(batch.random, self.options, id_)
            batch.rows.add(User, row)
            key = RowKey(self.options.city.region, id_)
            rider = SimulatedRider(key, self.options.city.currency, batch.rows)
            rider.give_welcome_credit(batch.random, self.options.begins_at)
            batch.riders.append(rider)

    def _replay(self, batch: Batch, first_number: int) -> None:
        """Let the rides of the months happen in their order, and each vehicle come to its state of
        now."""
        events_by_time: list[tuple[datetime, int, CurrentState | None]] = []
        for index, vehicle in enumerate(batch.vehicles):
            chosen = choose_current_state(batch.random, first_number + index, self.options)
            vehicle.history_until = chosen.at
            events_by_time.append((chosen.at, index, chosen.state))
            events_by_time += [
                (at, index, None) for at in self._choose_times(batch.random, chosen.at)
            ]
        events_by_time.sort(key=lambda item: item[:2])
        for at, index, state in events_by_time:
            if state is None:
                simulate_ride(batch, batch.vehicles[index], at)
            else:
                bring_to_current_state(batch, batch.vehicles[index], at, state)

    def _choose_times(self, random: Random, until: datetime) -> list[datetime]:
        """Return when people want to ride a vehicle."""
        rate = SIZES[self.options.scale].rides_per_vehicle_and_day
        count = rate * self.options.days * random.lognormvariate(-(POPULARITY**2) / 2, POPULARITY)
        times = self._demand.choose_times(random, int(count + random.random()))
        return [at for at in times if at < until]


def find_first_vehicle_id(options: FleetOptions, number: int) -> UUID:
    """Return the id of the first vehicle of a batch."""
    return choose_keys(_make_batch_random(options, number))[0]


def _make_batch_random(options: FleetOptions, number: int) -> Random:
    return options.make_random(f"batch {number}")
