"""What pages show of a vehicle: the columns that say what it is and where, and what follows.

A list reads them as a VehicleRow, which costs a tenth of a Vehicle of the ORM and is part of the
key of its cached card.
"""

from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from webapp.db.keys import RowKey
from webapp.fleet.enums import VehicleState, VehicleType
from webapp.regions.geography import Place, Point


class VehicleColumns(Protocol):
    """Anything that has these columns."""

    @property
    def region(self) -> str: ...
    @property
    def id(self) -> UUID: ...
    @property
    def city(self) -> str: ...
    @property
    def public_id(self) -> UUID: ...
    @property
    def form_factor(self) -> str: ...
    @property
    def propulsion_type(self) -> str: ...
    @property
    def brand(self) -> str: ...
    @property
    def color(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def reserved_until(self) -> datetime | None: ...
    @property
    def address(self) -> str | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def range_m(self) -> int | None: ...
    @property
    def battery_percent(self) -> int | None: ...


class VehicleProperties:
    """What follows from ``VehicleColumns``."""

    @property
    def key(self: VehicleColumns) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def public_key(self: VehicleColumns) -> RowKey:
        """Its key in public addresses, until its next ride ends."""
        return RowKey(self.region, self.public_id)

    @property
    def vehicle_type(self: VehicleColumns) -> VehicleType:
        """Its form factor and propulsion type."""
        return self.form_factor, self.propulsion_type

    @property
    def point(self: VehicleColumns) -> Point | None:
        return _point(self)

    @property
    def place(self: VehicleColumns) -> Place:
        return Place(self.address, _point(self))

    @property
    def current_state(self: VehicleColumns) -> str:
        """The state as of now: with a reservation that has ended the vehicle is available."""
        return _current_state(self)

    @property
    def is_available(self: VehicleColumns) -> bool:
        return _current_state(self) == VehicleState.AVAILABLE


def _point(vehicle: VehicleColumns) -> Point | None:
    lat, lon = vehicle.lat, vehicle.lon
    return None if lat is None or lon is None else Point(lat, lon)


def _current_state(vehicle: VehicleColumns) -> str:
    if vehicle.state != VehicleState.RESERVED or vehicle.reserved_until is None:
        return vehicle.state
    has_ended = vehicle.reserved_until <= datetime.now(UTC)
    return VehicleState.AVAILABLE if has_ended else vehicle.state


class _Row(NamedTuple):
    region: str
    id: UUID
    city: str
    public_id: UUID
    form_factor: str
    propulsion_type: str
    brand: str
    color: str
    state: str
    reserved_until: datetime | None
    address: str | None
    lat: float | None
    lon: float | None
    range_m: int | None
    battery_percent: int | None


class VehicleRow(VehicleProperties, _Row):
    """The columns of a vehicle as a list has read them."""

    __slots__ = ()

    @classmethod
    def copy(cls, vehicle: VehicleColumns) -> "VehicleRow":
        """Return the columns of a vehicle."""
        if isinstance(vehicle, cls):
            return vehicle
        return cls(*(getattr(vehicle, name) for name in cls._fields))
