"""Reading the vehicle of a reservation."""

from sqlalchemy import select

from webapp.db.keys import key_condition
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
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
