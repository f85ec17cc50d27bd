"""A vehicle of a fleet, as it goes through its states."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from webapp.db.keys import RowKey
from webapp.fleet.enums import VEHICLE_TYPES, OutOfServiceReason, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.enums import EventCause, VehicleAction
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_events.transitions import StateChange
from webapp.ops.demo.cities import DemoCity
from webapp.ops.demo.scaled_fleet.options import make_id
from webapp.ops.demo.scaled_fleet.places import ParkingPlace
from webapp.ops.demo.scaled_fleet.rows import FleetRows, Row
from webapp.ops.demo.vehicles import BRANDS

#: How many of a hundred vehicles are of each type.
TYPE_WEIGHTS = {"scooter": 45, "e-bike": 27, "bike": 18, "cargo-bike": 5, "skateboard": 5}
CARGO_BRANDS = ("Haulfinch", "Quillback")
#: How far a full battery goes, metres; and how fast people ride, metres per second.
RANGE_M = {"scooter": 35_000, "e-bike": 60_000, "cargo-bike": 50_000}
SPEED_M_S = {"scooter": 3.9, "e-bike": 4.4, "bike": 3.6, "cargo-bike": 3.7, "skateboard": 2.6}
#: The letters of codes (webapp/fleet/models.py).
CODE_LETTERS, CODE_LENGTH = "23456789ACDEHKMX", 10


@dataclass(frozen=True)
class Cause:
    """Who or what changes a state."""

    cause: EventCause
    actor_key: RowKey | None = None
    ride_id: UUID | None = None
    #: What staff did.
    action: VehicleAction | None = None
    note: str = ""


@dataclass
class SimulatedVehicle:
    """A vehicle now, in the course of the months. battery_percent: None for those without one."""

    city: DemoCity
    id: UUID
    public_id: UUID
    code: str
    type_name: str
    brand: str
    color: str
    parking_place: ParkingPlace
    battery_percent: float | None
    created_at: datetime
    rows: FleetRows
    #: Rides and maintenance end before it.
    history_until: datetime
    state: VehicleState | None = None
    state_changed_at: datetime | None = None
    event_count: int = 0
    #: In use or in a workshop until then.
    busy_until: datetime | None = None
    out_of_service_reason: OutOfServiceReason | None = None
    picked_up_at: datetime | None = None
    reserved_until: datetime | None = None
    reported_at: datetime | None = None

    @property
    def key(self) -> RowKey:
        return RowKey(self.city.region, self.id)

    @property
    def is_for_riders(self) -> bool:
        return self.state is VehicleState.AVAILABLE

    @property
    def whole_battery_percent(self) -> int | None:
        return None if self.battery_percent is None else round(self.battery_percent)

    def change(self, change: StateChange, state: VehicleState, at: datetime, cause: Cause) -> None:
        """Bring it to another state by one of the changes that there are, and write the event."""
        event_types = change.events[self.state, state]
        self.state, self.state_changed_at, self.busy_until = state, at, at
        self.event_count += 1
        actor_region, actor_id = cause.actor_key or (None, None)
        self.rows.add(
            VehicleEvent,
            {
                "region": self.city.region,
                "vehicle_id": self.id,
                "number": self.event_count,
                "city": self.city.name,
                "occurred_at": at,
                "recorded_at": at,
                "state": state.value,
                "event_types": [each.value for each in event_types],
                "lat": self.parking_place.point.lat,
                "lon": self.parking_place.point.lon,
                "battery_percent": self.whole_battery_percent,
                "ride_id": cause.ride_id,
                "cause": cause.cause.value,
                "action": cause.action.value if cause.action else None,
                "actor_region": actor_region,
                "actor_id": actor_id,
                "note": cause.note,
            },
        )

    def write(self) -> None:
        """Add its row, as it is now."""
        self.rows.add(Vehicle, {**self._identity_columns(), **self._state_columns()})

    def _identity_columns(self) -> Row:
        form_factor, propulsion_type = VEHICLE_TYPES[self.type_name]
        return {
            "region": self.city.region,
            "id": self.id,
            "city": self.city.name,
            "public_id": self.public_id,
            "code": self.code,
            "form_factor": form_factor.value,
            "propulsion_type": propulsion_type.value,
            "brand": self.brand,
            "color": self.color,
            "created_at": self.created_at,
        }

    def _state_columns(self) -> Row:
        assert self.state  # noqa: S101 - it was put on the street
        percent, reason = self.whole_battery_percent, self.out_of_service_reason
        return {
            "state": self.state.value,
            "state_changed_at": self.state_changed_at,
            "out_of_service_reason": reason.value if reason else None,
            "picked_up_at": self.picked_up_at,
            "event_count": self.event_count,
            "event_state": self.state.value,
            "reserved_until": self.reserved_until,
            "address": self.parking_place.address,
            "lat": self.parking_place.point.lat,
            "lon": self.parking_place.point.lon,
            "cell": self.parking_place.point.cell,
            "range_m": None if percent is None else RANGE_M[self.type_name] * percent // 100,
            "battery_percent": percent,
            "reported_at": self.reported_at,
            "changed_at": self.state_changed_at,
        }


def choose_type(random: Random) -> str:
    """Return the name of a type of vehicle."""
    return random.choices(list(TYPE_WEIGHTS), list(TYPE_WEIGHTS.values()))[0]


def choose_brand(random: Random, type_name: str) -> str:
    """Return a brand of a type of vehicle."""
    return random.choice(BRANDS.get(type_name, CARGO_BRANDS))


def make_code(random: Random) -> str:
    """Return a code for a label."""
    return "".join(random.choices(CODE_LETTERS, k=CODE_LENGTH))


def choose_keys(random: Random) -> tuple[UUID, UUID, str]:
    """Return the id of a vehicle, its public id and its code."""
    return make_id(random), make_id(random), make_code(random)
