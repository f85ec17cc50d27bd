"""Disputes in a rider's personal data export."""

from sqlalchemy import ColumnElement, select, tuple_

from webapp.db.keys import RowKey, key_condition
from webapp.personal_data import Conditions, ExportSection, Row
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import Ride
from webapp.rides.queries import rider_condition
from webapp.translations import lazy_gettext as _l


def _about_own_rides_condition(
    rider_key: RowKey, model: type[Dispute | DisputeMessage]
) -> ColumnElement[bool]:
    rides = select(Ride.region, Ride.id).where(rider_condition(rider_key))
    return tuple_(model.region, model.ride_id).in_(rides)


def _dispute_conditions(rider_key: RowKey) -> list[Conditions]:
    """Those about the person's rides, and those that the person looks after as staff."""
    is_own = _about_own_rides_condition(rider_key, Dispute)
    is_assignee = key_condition(Dispute, rider_key, "assignee_region", "assignee_id")
    return [[is_own], [is_assignee, ~is_own]]


def _hide_assigned_rides(rider_key: RowKey, row: Row) -> Row:
    """Leave out the rides of others."""
    if row["assignee_id"] == rider_key.id:
        row["ride_id"] = row["refunded"] = row["language"] = None
    return row


def _message_conditions(rider_key: RowKey) -> list[Conditions]:
    """What the person wrote, also as staff, and what others wrote about the person's rides."""
    by_person = key_condition(DisputeMessage, rider_key, "author_region", "author_id")
    by_others = DisputeMessage.author_id.is_distinct_from(rider_key.id)
    return [[by_person], [_about_own_rides_condition(rider_key, DisputeMessage), by_others]]


def _hide_others_rides(rider_key: RowKey, row: Row) -> Row:
    """Leave out the ride of an answer that the person wrote as staff: it is another rider's."""
    if row["by_staff"] and row["author_id"] == rider_key.id:
        row["ride_id"] = None
    return row


EXPORT_SECTIONS = [
    ExportSection(
        name="disputes",
        label=_l("Your disputes, and those that you look after as staff"),
        model=Dispute,
        columns=(
            "region",
            "ride_id",
            "city",
            "state",
            "refunded",
            "language",
            "opened_at",
            "changed_at",
            "first_action_at", "answered_at",
        ),
        conditions=_dispute_conditions,
        order=("opened_at", "ride_id"),
        redact=_hide_assigned_rides,
        redact_columns=("assignee_id",),
    ),
    ExportSection(
        name="dispute-messages",
        label=_l("Messages in disputes"),
        model=DisputeMessage,
        columns=("id", "ride_id", "by_staff", "text", "refund", "at"),
        conditions=_message_conditions,
        order=("at", "id"),
        redact=_hide_others_rides,
        redact_columns=("author_id",),
    ),
]  # fmt: skip
