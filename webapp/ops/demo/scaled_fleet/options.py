"""Which fleet is made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import NamedTuple
from uuid import UUID

from webapp.ops.demo.cities import DemoCity

#: Vehicles of a batch, and the riders who ride them.
BATCH_VEHICLES, BATCH_RIDERS = 50, 25
DEFAULT_DAYS, DEFAULT_SEED = 90, 1


class Scale(StrEnum):
    """How large a fleet is."""

    SMALL = "small"
    CITY = "city"
    LARGE = "large"


class Size(NamedTuple):
    """What a scale means. Large fleets have fewer rides than real ones, to be made in minutes."""

    vehicles: int
    rides_per_vehicle_and_day: float


SIZES = {Scale.SMALL: Size(50, 2.0), Scale.CITY: Size(2_000, 0.8), Scale.LARGE: Size(50_000, 0.06)}


@dataclass(frozen=True)
class FleetOptions:
    """The same options make the same rows.

    days: how far the rides go back from ``now``.
    """

    city: DemoCity
    scale: Scale
    now: datetime
    days: int = DEFAULT_DAYS
    seed: int = DEFAULT_SEED

    @property
    def begins_at(self) -> datetime:
        return self.now - timedelta(days=self.days)

    @property
    def batches(self) -> range:
        return range(SIZES[self.scale].vehicles // BATCH_VEHICLES)

    def make_random(self, part: str) -> Random:
        """Return the random numbers of a part of the fleet. They depend on no time, so that the
        keys of vehicles and accounts are known before anything is made."""
        key = f"{self.city.name} {self.scale} {self.seed} {part}"
        return Random(key)  # noqa: S311 - the same fleet each time, not a secret


def make_id(random: Random) -> UUID:
    """Return a random key."""
    return UUID(int=random.getrandbits(128), version=4)
