"""Reading the vehicle of a reservation, and what was given back for it."""

from sqlalchemy import BigInteger, and_, cast, func, select

from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.money import format_amount
from webapp.riders.wallet.enums import EntryKind
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.rides.reservations.models import Reservation


def find_reserved_vehicle(reservation: Reservation) -> tuple[Vehicle, PricingPlan | None]:
    """Return the vehicle of a reservation, and the plan with which it was reserved.

    Raises NotFound.
    """
    query = (
        select(Vehicle, PricingPlan)
        .outerjoin(PricingPlan, PricingPlan.id == reservation.plan_id)
        .where(key_condition(Vehicle, reservation.vehicle_key))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    vehicle, plan = row
    return vehicle, plan


def read_refund(reservation: Reservation) -> str:
    """Return what a rider got back for the extensions of a withdrawn reservation, in words; '' if
    nothing.

    The refunds have the times of what they refund; only those of rides have a ride.
    """
    entries, lines = table(WalletEntry).c, table(WalletLine).c
    rider_key = RowKey(reservation.region, reservation.rider_id)
    is_line = and_(
        lines.region == entries.region,
        lines.entry_id == entries.id,
        lines.rider_id == entries.rider_id,
    )
    query = (
        # A sum of integers is a decimal on CockroachDB.
        select(cast(func.sum(lines.amount), BigInteger), entries.currency)
        .select_from(table(WalletEntry).join(table(WalletLine), is_line))
        .where(
            key_condition(table(WalletEntry), rider_key, id="rider_id"),
            entries.at.between(reservation.reserved_at, reservation.until),
            entries.kind == EntryKind.REFUND.value,
            entries.ride_id.is_(None),
        )
        .group_by(entries.currency)
    )
    return " + ".join(format_amount(*row) for row in db.session.execute(query))
