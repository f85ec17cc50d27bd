"""What is with each vehicle of a fleet now: states, and what staff are to notice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum, auto
from random import Random
from typing import NamedTuple

from webapp.ops.demo.scaled_fleet.options import FleetOptions


class CurrentState(StrEnum):
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


class StateShare(NamedTuple):
    """How many of a thousand vehicles are so, and since when: minutes, the least and the most."""

    weight: int
    shortest: int
    longest: int


HOUR, DAY = 60, 24 * 60
STATE_SHARES: Mapping[CurrentState, StateShare] = {
    CurrentState.AVAILABLE: StateShare(719, 1, 1),
    CurrentState.LOW_BATTERY: StateShare(25, 1, 1),
    CurrentState.IDLE: StateShare(40, 4 * DAY, 20 * DAY),
    CurrentState.THREE_SHORT_RIDES: StateShare(8, HOUR, 18 * HOUR),
    CurrentState.RESERVED_IN_VAIN: StateShare(6, 2 * HOUR, 10 * HOUR),
    CurrentState.OUTSIDE: StateShare(10, 4 * HOUR, 2 * DAY),
    CurrentState.ON_TRIP: StateShare(27, 2, 25),
    CurrentState.LONG_RIDE: StateShare(3, 5 * HOUR, 12 * HOUR),
    CurrentState.RESERVED: StateShare(10, 1, 7),
    CurrentState.IN_MAINTENANCE: StateShare(25, 2 * HOUR, 6 * DAY),
    CurrentState.BATTERY_TO_SWAP: StateShare(20, HOUR, DAY),
    CurrentState.SUSPENDED: StateShare(5, HOUR, 10 * HOUR),
    CurrentState.REPORTED: StateShare(25, HOUR, 3 * DAY),
    CurrentState.PICKED_UP: StateShare(35, 3 * HOUR, 5 * DAY),
    CurrentState.RETIRED: StateShare(12, 5 * DAY, 60 * DAY),
    CurrentState.MISSING: StateShare(15, 2 * DAY, 15 * DAY),
    CurrentState.NON_CONTACTABLE: StateShare(15, 3 * HOUR, 3 * DAY),
}


class StateAtTime(NamedTuple):
    """Since when a vehicle is so."""

    state: CurrentState
    at: datetime


def choose_current_state(random: Random, number: int, options: FleetOptions) -> StateAtTime:
    """Return what is with a vehicle now. The first ones of a fleet are of each kind, so that a
    small one shows all.

    number: counted from 0.
    """
    states = list(STATE_SHARES)
    weights = [each.weight for each in STATE_SHARES.values()]
    state = random.choices(states, weights)[0]
    if number < len(states):
        state = states[number]
    share = STATE_SHARES[state]
    longest = min(share.longest, options.days * DAY // 2)
    shortest = min(share.shortest, longest)
    seconds = random.randint(60 * shortest, 60 * longest)
    return StateAtTime(state, options.now - timedelta(seconds=seconds))
