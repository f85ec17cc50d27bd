"""What disputes tell about a person: what they wrote, and what was answered to them."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_

from webapp.db.keys import RowKey
from webapp.personal_data import Conditions, ExportSection, Row
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import Ride


def _about_rides_of(person: RowKey, model: Any) -> Any:
    theirs = select(Ride.region, Ride.id).where(
        Ride.rider_region == person.region, Ride.rider_id == person.id
    )
    return tuple_(model.region, model.ride_id).in_(theirs)


def _messages(person: RowKey) -> list[Conditions]:
    """What the person wrote, also as staff, and what others wrote about the person's rides."""
    by = [
        DisputeMessage.author_region == person.region,
        DisputeMessage.author_id == person.id,
    ]
    by_others = DisputeMessage.author_id.is_distinct_from(person.id)
    return [by, [_about_rides_of(person, DisputeMessage), by_others]]


def _without_others(person: RowKey, row: Row) -> Row:
    """Whose ride it was that staff wrote about is not theirs to take along."""
    if row["by_staff"] and row["author_id"] == person.id:
        row["ride_id"] = None
    return row


EXPORT_SECTIONS = [
    ExportSection(
        name="disputes",
        label=_l("Rides that you asked us to look at"),
        model=Dispute,
        columns=("region", "ride_id", "city", "state", "refunded", "opened_at", "changed_at"),
        conditions=lambda person: [[_about_rides_of(person, Dispute)]],
        order=("opened_at", "ride_id"),
    ),
    ExportSection(
        name="dispute-messages",
        label=_l("What was written about rides"),
        model=DisputeMessage,
        columns=("id", "ride_id", "by_staff", "text", "refund", "at"),
        conditions=_messages,
        order=("at", "id"),
        redact=_without_others,
        redact_columns=("author_id",),
    ),
]
