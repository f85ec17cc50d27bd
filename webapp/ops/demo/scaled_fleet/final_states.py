"""What is with each vehicle of a fleet now: states, and what staff are to notice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum, auto
from random import Random
from typing import NamedTuple

from webapp.ops.demo.scaled_fleet.options import FleetOptions


class FinalState(StrEnum):
    """What is with a vehicle now."""

    AVAILABLE = auto()
    LOW_BATTERY = auto()
    IDLE = auto()
    THREE_SHORT_RIDES = auto()
    RESERVED_IN_VAIN = auto()
    OUTSIDE = auto()
    ON_TRIP = auto()
    LONG_RIDE = auto()
    RESERVED = auto()
    IN_MAINTENANCE = auto()
    BATTERY_TO_SWAP = auto()
    SUSPENDED = auto()
    REPORTED = auto()
    PICKED_UP = auto()
    RETIRED = auto()
    MISSING = auto()
    NON_CONTACTABLE = auto()


class Occurrence(NamedTuple):
    """How many of a thousand vehicles are so, and since when: minutes, the least and the most."""

    weight: int
    shortest: int
    longest: int


HOUR, DAY = 60, 24 * 60
OCCURRENCES: Mapping[FinalState, Occurrence] = {
    FinalState.AVAILABLE: Occurrence(719, 1, 1),
    FinalState.LOW_BATTERY: Occurrence(25, 1, 1),
    FinalState.IDLE: Occurrence(40, 4 * DAY, 20 * DAY),
    FinalState.THREE_SHORT_RIDES: Occurrence(8, HOUR, 18 * HOUR),
    FinalState.RESERVED_IN_VAIN: Occurrence(6, 2 * HOUR, 10 * HOUR),
    FinalState.OUTSIDE: Occurrence(10, 4 * HOUR, 2 * DAY),
    FinalState.ON_TRIP: Occurrence(27, 2, 25),
    FinalState.LONG_RIDE: Occurrence(3, 5 * HOUR, 12 * HOUR),
    FinalState.RESERVED: Occurrence(10, 1, 7),
    FinalState.IN_MAINTENANCE: Occurrence(25, 2 * HOUR, 6 * DAY),
    FinalState.BATTERY_TO_SWAP: Occurrence(20, HOUR, DAY),
    FinalState.SUSPENDED: Occurrence(5, HOUR, 10 * HOUR),
    FinalState.REPORTED: Occurrence(25, HOUR, 3 * DAY),
    FinalState.PICKED_UP: Occurrence(35, 3 * HOUR, 5 * DAY),
    FinalState.RETIRED: Occurrence(12, 5 * DAY, 60 * DAY),
    FinalState.MISSING: Occurrence(15, 2 * DAY, 15 * DAY),
    FinalState.NON_CONTACTABLE: Occurrence(15, 3 * HOUR, 3 * DAY),
}


class Final(NamedTuple):
    """Since when a vehicle is so."""

    state: FinalState
    at: datetime


def choose_final_state(random: Random, number: int, options: FleetOptions) -> Final:
    """Return what is with a vehicle now. The first ones of a fleet are of each kind, so that a
    small one shows all.

    number: counted from 0.
    """
    states = list(OCCURRENCES)
    weights = [each.weight for each in OCCURRENCES.values()]
    state = random.choices(states, weights)[0]
    if number < len(states):
        state = states[number]
    occurrence = OCCURRENCES[state]
    longest = min(occurrence.longest, options.days * DAY // 2)
    shortest = min(occurrence.shortest, longest)
    seconds = random.randint(60 * shortest, 60 * longest)
    return Final(state, options.now - timedelta(seconds=seconds))
