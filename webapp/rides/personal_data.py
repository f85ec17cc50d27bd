"""What rides tell about a person."""

from flask_babel import lazy_gettext as _l

from webapp.db.keys import RowKey
from webapp.riders.personal_data import Conditions, Holding
from webapp.rides.models import Ride
from webapp.rides.reservations.models import Reservation


def _of_rider(person: RowKey) -> list[Conditions]:
    return [[Ride.rider_region == person.region, Ride.rider_id == person.id]]


HELD = Holding(
    "rides",
    _l("Your rides"),
    Ride,
    (
        "region", "id", "city", "vehicle_id", "started_at", "start_address", "start_lat",
        "start_lon", "ended_at", "end_address", "end_lat", "end_lon", "plan_id", "paused_at",
        "paused_s", "distance_m", "price", "currency", "price_lines", "rating", "rating_note",
        "reminded_at",
    ),
    _of_rider,
    ("started_at", "id"),
)  # fmt: skip


def _of_holder(person: RowKey) -> list[Conditions]:
    return [[Reservation.region == person.region, Reservation.rider_id == person.id]]


RESERVED = Holding(
    "reservation",
    _l("The vehicle you held last"),
    Reservation,
    ("vehicle_region", "vehicle_id", "plan_id", "reserved_at", "until"),
    _of_holder,
    ("rider_id",),
)
