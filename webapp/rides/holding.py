"""What rides tell about a person."""

from flask_babel import lazy_gettext as _l

from webapp.keys import RowKey
from webapp.riders.my_data import Conditions, Holding
from webapp.rides.models import Ride


def _of_rider(person: RowKey) -> list[Conditions]:
    return [[Ride.rider_region == person.region, Ride.rider_id == person.id]]


HELD = Holding(
    "rides",
    _l("Your rides"),
    Ride,
    (
        "region", "id", "city", "vehicle_id", "started_at", "start_address", "start_lat",
        "start_lon", "ended_at", "end_address", "end_lat", "end_lon",
    ),
    _of_rider,
    ("started_at", "id"),
)  # fmt: skip
