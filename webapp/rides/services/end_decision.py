"""What staff decide when they end a ride for its rider: why, and what the rider pays for."""

from dataclasses import dataclass
from datetime import datetime

from webapp.errors import DomainError
from webapp.fleet.pricing.quotes import Quote
from webapp.fleet.vehicle_events.models import MAX_NOTE_LENGTH
from webapp.rides.enums import ChargedTime, EndReason
from webapp.rides.labels import END_REASON_LABELS
from webapp.rides.prices import quote_open_ride
from webapp.rides.services.end_snapshot import RideEndSnapshot
from webapp.translations import lazy_gettext as _l


class TimeOutsideRide(DomainError):
    status = 422
    field = "until"
    message = _l("Enter a time between the start of the ride and now.")


@dataclass(frozen=True)
class EndDecision:
    """Why staff end a ride, and what its rider pays for."""

    reason: EndReason
    charged_time: ChargedTime = ChargedTime.UNTIL_NOW
    #: Of UNTIL_TIME. Within the ride.
    until: datetime | None = None
    #: For colleagues.
    note: str = ""

    def check(self, snapshot: RideEndSnapshot) -> None:
        """Raise TimeOutsideRide if the chosen time is before the ride, or still to come."""
        if self.charged_time is ChargedTime.UNTIL_TIME and (
            self.until is None or not snapshot.ride.started_at <= self.until <= snapshot.moment
        ):
            raise TimeOutsideRide

    def find_charged_until(self, snapshot: RideEndSnapshot) -> datetime | None:
        """Return ``rides.charged_until``."""
        if self.charged_time is ChargedTime.NOTHING:
            return snapshot.ride.started_at
        return self.until if self.charged_time is ChargedTime.UNTIL_TIME else None

    def price(self, snapshot: RideEndSnapshot) -> Quote | None:
        """Return the price that the rider pays; None where riding is free. One of nothing has no
        lines."""
        plan = snapshot.ride.plan
        if plan and self.charged_time is ChargedTime.NOTHING:
            return Quote(plan.currency, ())
        charged_until = self.find_charged_until(snapshot) or snapshot.ends_at
        return quote_open_ride(plan, charged_until - snapshot.ride.started_at)

    @property
    def vehicle_note(self) -> str:
        """The note of the event of the vehicle, which only staff read."""
        reason = "" if self.reason is EndReason.OTHER else str(END_REASON_LABELS[self.reason])
        return ". ".join(filter(None, (reason, self.note)))[:MAX_NOTE_LENGTH]

    @property
    def audit_details(self) -> dict[str, str]:
        """The details of the audit event: no text that people typed."""
        details = {"reason": self.reason.value, "charged_time": self.charged_time.value}
        return {**details, "until": self.until.isoformat()} if self.until else details
