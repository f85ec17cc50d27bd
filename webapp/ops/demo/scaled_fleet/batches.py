"""A batch of a fleet: some vehicles and their riders, in the course of the months."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from webapp.ops.demo.scaled_fleet.accounts import FleetStaff
from webapp.ops.demo.scaled_fleet.options import FleetOptions
from webapp.ops.demo.scaled_fleet.places import Places
from webapp.ops.demo.scaled_fleet.prices import Prices
from webapp.ops.demo.scaled_fleet.rows import FleetRows
from webapp.ops.demo.scaled_fleet.vehicles import SimulatedVehicle
from webapp.ops.demo.scaled_fleet.wallets import SimulatedRider

#: How many riders are asked for each ride whether they are free.
MAX_TRIES = 5


@dataclass
class Batch:
    """What is needed to let something happen, and the rows of what has happened."""

    random: Random
    rows: FleetRows
    options: FleetOptions
    places: Places
    prices: Prices
    staff: FleetStaff
    vehicles: list[SimulatedVehicle] = field(default_factory=list)
    riders: list[SimulatedRider] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.options.now

    def choose_rider(self, at: datetime) -> SimulatedRider | None:
        """Return a rider who is not on a ride; some ride much more often than others."""
        for _ in range(MAX_TRIES):
            rider = self.riders[int(self.random.random() ** 1.7 * len(self.riders))]
            if rider.busy_until < at:
                return rider
        return None

    def find_rider(self, at: datetime) -> SimulatedRider | None:
        """Return any rider who is not on a ride; None: all are."""
        return next((rider for rider in reversed(self.riders) if rider.busy_until < at), None)
