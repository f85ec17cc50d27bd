"""The vehicle that somebody has reserved."""

from typing import Protocol

from webapp.db.keys import RowKey


class Reservation(Protocol):
    """What is read of a reservation; rides have its table."""

    @property
    def is_active(self) -> bool: ...
    @property
    def vehicle_key(self) -> RowKey: ...


class ReservingViewer(Protocol):
    """An account; rides add the reservation to it."""

    @property
    def reservation(self) -> Reservation | None: ...


class ReservableVehicle(Protocol):
    @property
    def key(self) -> RowKey: ...


def find_reserved_key(viewer: ReservingViewer | None) -> RowKey | None:
    """Return the key of the vehicle that a viewer has reserved; None: there is none, or it is a
    visitor."""
    reservation = viewer.reservation if viewer else None
    return reservation.vehicle_key if reservation and reservation.is_active else None


def has_reserved(viewer: ReservingViewer | None, vehicle: ReservableVehicle) -> bool:
    """Tell whether a viewer has reserved the vehicle."""
    reserved_key = find_reserved_key(viewer)
    return reserved_key is not None and reserved_key == vehicle.key
