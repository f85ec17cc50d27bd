"""The ledger entries with which the extensions of a reservation were charged."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from webapp.riders.wallet.entries import derive_entry_id
from webapp.rides.reservations.models import Reservation

#: By how much a reservation is extended at once, minutes.
EXTENSION_MIN = 5


def extension_entry_id(reservation_id: UUID, until: datetime) -> UUID:
    """Return the id of the entry that charges the extension of a reservation to ``until``."""
    return derive_entry_id(reservation_id, f"until {until.astimezone(UTC).isoformat()}")


def list_extension_entry_ids(reservation: Reservation) -> list[UUID]:
    """Return the ids of the entries that its extensions may have; those that were free have
    none."""
    ids, until = [], reservation.until
    while until > reservation.reserved_at:
        ids.append(extension_entry_id(reservation.id, until))
        until -= timedelta(minutes=EXTENSION_MIN)
    return ids
