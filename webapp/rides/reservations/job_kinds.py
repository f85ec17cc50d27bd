"""Kinds of jobs about reservations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from webapp.db.keys import RowKey
from webapp.jobs.kinds import JobKind, KeyPayload, Priority

#: Is due when a reservation may have expired; run by webapp/rides/reservations/jobs.py.
RESERVATION_EXPIRY = JobKind("reservation_lapse", KeyPayload, Priority.URGENT)


@dataclass(frozen=True)
class EndingReservation:
    """The reservation of the account of the job."""

    id: UUID


#: Is due ``END_LEAD_TIME`` before a reservation ends; run by webapp/rides/reservations/jobs.py.
RESERVATION_ENDING = JobKind("reservation_ending", EndingReservation, Priority.URGENT)


@dataclass(frozen=True)
class Withdrawal:
    """A reserved vehicle that was withdrawn. SQL makes it in ``withdrawal_jobs_query``
    (withdrawal.py)."""

    #: The key of the vehicle.
    region: str
    id: UUID
    #: The reservation. None: a release before this one has written it.
    reservation_id: UUID | None = None
    #: When the reservation would have ended. None: the same.
    reserved_until: datetime | None = None

    @property
    def vehicle_key(self) -> RowKey:
        return RowKey(self.region, self.id)


#: Settles a reservation; run by webapp/rides/reservations/jobs.py.
RESERVATION_WITHDRAWN = JobKind("reservation_withdrawn", Withdrawal, Priority.URGENT)
