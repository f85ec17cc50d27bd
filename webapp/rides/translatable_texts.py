"""What people write about rides, for who reads another language."""

from flask import url_for
from sqlalchemy import and_, select

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reserved_vehicles import has_reserved
from webapp.rides.blocks.models import RiderBlock
from webapp.rides.blocks.queries import find_block_for_staff
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import Ride
from webapp.translatable_texts import (
    TranslatableKind,
    TranslatableText,
    decrypt_text_key,
    parse_text_key,
)
from webapp.web.roles import Permission


def _find_message(viewer: User, text_key: str) -> TranslatableText:
    """Return a message in a dispute that somebody else has written: for the rider those of staff,
    for staff of its city all others."""
    query = (
        select(DisputeMessage, Dispute.city, Ride.rider_region, Ride.rider_id)
        .select_from(DisputeMessage)
        .join(Dispute)
        .join(Dispute.ride)
        .where(key_condition(DisputeMessage, parse_text_key(text_key)))
    )
    row = db.session.execute(query).one_or_none()
    if row is None or row.DisputeMessage.author_id == viewer.id:
        raise NotFound
    message = row.DisputeMessage
    ride_key = RowKey(message.region, message.ride_id)
    if viewer.has_permission(Permission.ANSWER_DISPUTES, row.city):
        endpoint = "rides.disputes.staff_thread"
    elif (row.rider_region, row.rider_id) == viewer.key:
        endpoint = "rides.disputes.rider_thread"
    else:
        raise NotFound
    return TranslatableText(message.text, url_for(endpoint, ride_key=ride_key))


def _find_remark(viewer: User, text_key: str) -> TranslatableText:
    """Return what a rider wrote for others about a vehicle: for who has reserved it, unless staff
    have hidden it, and for who moderates remarks in its city.

    text_key: encrypted, so that who has reserved the vehicle does not learn which ride it was."""
    query = (
        select(Ride.rating_note, Ride.note_hidden_at, Vehicle)
        .join(Vehicle, and_(Vehicle.region == Ride.region, Vehicle.id == Ride.vehicle_id))
        .where(
            key_condition(Ride, decrypt_text_key(text_key)),
            Ride.note_is_public,
            Ride.rider_id.is_distinct_from(viewer.id),
        )
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    vehicle: Vehicle = row.Vehicle
    may_read = has_reserved(viewer, vehicle) and row.note_hidden_at is None
    if not (may_read or viewer.has_permission(Permission.MODERATE_PROFILES, vehicle.city)):
        raise NotFound
    page = url_for("fleet.vehicles.show", vehicle_key=vehicle.public_key)
    return TranslatableText(row.rating_note, page)


def _find_block_reason(viewer: User, text_key: str) -> TranslatableText:
    """Return why an owner does not let a rider ride, for the rider and for staff."""
    block_key = parse_text_key(text_key)
    query = select(RiderBlock.reason).where(
        key_condition(RiderBlock, block_key),
        key_condition(RiderBlock, viewer.key, id="rider_id"),
    )
    if reason := db.session.scalar(query):
        return TranslatableText(reason, url_for("rides.blocks.own"))
    block = find_block_for_staff(viewer, block_key)
    page = url_for("rides.blocks.end_as_staff", block_key=block_key)
    return TranslatableText(block.reason, page)


TEXT_KINDS = (
    TranslatableKind("dispute-message", _find_message, is_private=True),
    TranslatableKind("remark", _find_remark, is_private=False),
    TranslatableKind("block-reason", _find_block_reason, is_private=True),
)
