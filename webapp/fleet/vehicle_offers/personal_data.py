"""Offers in the personal data export: those that a person has made, and has got."""

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.vehicle_offers.models import VehicleOffer, confirmed_email_subquery
from webapp.personal_data import Conditions, ExportSection, rows_with_key
from webapp.regions.catalogue import list_city_regions
from webapp.translations import lazy_gettext as _l


def _find_received(user_key: RowKey) -> list[Conditions]:
    offers, email = table(VehicleOffer).c, confirmed_email_subquery(user_key)
    return [[offers.region == region, offers.email == email] for region in list_city_regions()]


EXPORT_SECTIONS = [
    ExportSection(
        name="vehicle-offers",
        label=_l("Vehicles that you offered to others"),
        model=VehicleOffer,
        columns=(
            "region", "id", "vehicle_id", "email", "state", "created_at", "expires_at",
            "answered_at",
        ),
        conditions=rows_with_key(VehicleOffer, "owner_region", "owner_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="vehicle-offers-received",
        label=_l("Vehicles that were offered to you"),
        model=VehicleOffer,
        columns=(
            "region", "id", "vehicle_id", "email", "state", "created_at", "expires_at",
            "answered_at",
        ),
        conditions=_find_received,
        order=("created_at", "id"),
    ),
]  # fmt: skip
