"""The ledger entries with which the extensions of a reservation were charged."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from webapp.fleet.pricing.plan_terms import MAX_RESERVATION_MIN
from webapp.riders.wallet.entries import derive_entry_id

#: By how much a reservation is extended at once, minutes.
EXTENSION_MIN = 5


def extension_entry_id(reservation_id: UUID, until: datetime) -> UUID:
    """Return the id of the entry that charges the extension of a reservation to ``until``."""
    return derive_entry_id(reservation_id, f"until {until.astimezone(UTC).isoformat()}")


def extension_ends_by_entry_id(reservation_id: UUID, until: datetime) -> dict[UUID, datetime]:
    """Return by their ids the entries that the extensions of a reservation to ``until`` may have,
    and to when each extended it. Those that were free have none."""
    steps = range(0, MAX_RESERVATION_MIN, EXTENSION_MIN)
    ends = (until - timedelta(minutes=step) for step in steps)
    return {extension_entry_id(reservation_id, end): end for end in ends}
