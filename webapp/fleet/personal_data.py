"""What the fleet holds about a person."""

from flask_babel import lazy_gettext as _l

from webapp.db.keys import RowKey
from webapp.fleet.models import Vehicle
from webapp.riders.personal_data import Conditions, Holding


def _of_owner(person: RowKey) -> list[Conditions]:
    return [[Vehicle.owner_region == person.region, Vehicle.owner_id == person.id]]


HELD = Holding(
    "vehicles",
    _l("Your vehicles"),
    Vehicle,
    (
        "region", "id", "code", "city", "form_factor", "propulsion_type", "brand", "color",
        "state", "address", "lat", "lon", "range_m", "feed_system", "feed_vehicle", "created_at",
    ),
    _of_owner,
    ("created_at", "id"),
)  # fmt: skip
