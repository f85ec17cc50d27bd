"""What stands in the way of a rider who wants a vehicle; asked only after a refusal."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, literal, select
from sqlalchemy.orm import aliased

from webapp.db.keys import RowKey
from webapp.db.transactions import checking_outcome
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import SEARCH_RADII_M, ListedVehicle, list_nearest
from webapp.regions.catalogue import catalogue
from webapp.riders.wallet.ledger import must_pay_first_condition
from webapp.rides.models import OpenRide, Ride
from webapp.rides.reservations.models import Reservation


class VehicleUnavailable(DomainError):
    """Details: ``vehicle``, and up to three free ones list_nearest by in ``nearest``."""

    title = _l("Someone was faster")
    message = _l("This vehicle is not free any more.")


class RideAlreadyOpen(DomainError):
    """Details: ``ride``, the key of the rider's open ride."""

    message = _l("You are on a ride already. End it before you start another.")


class HoldingAnother(DomainError):
    message = _l("You hold another vehicle. Ride that one, or cancel its reservation first.")


class RiderOwes(DomainError):
    message = _l("An earlier ride is not paid yet. Top up your wallet, then ride on.")


@dataclass(frozen=True)
class Situation:
    """A rider before a vehicle."""

    vehicle: Vehicle | None
    #: The ride that was to be started, if it was after all.
    started: Ride | None
    running: Ride | None
    reservation: Reservation | None
    must_pay_first: bool

    @property
    def holds_another(self) -> bool:
        held = self.reservation
        if held is None or not held.holds:
            return False
        return self.vehicle is None or held.vehicle_key != self.vehicle.key


def situation(rider: RowKey, vehicle: Any, ride: RowKey | None = None) -> Situation:
    """Return how things stand, in one question.

    vehicle: the condition that finds it.
    ride: the key that the ride would have.
    """
    with checking_outcome():
        return Situation(*db.session.execute(_question(rider, vehicle, ride)).one())


def _question(rider: RowKey, vehicle: Any, ride: RowKey | None) -> Any:
    """All in one row, if they exist."""
    started, running = aliased(Ride), aliased(Ride)
    one_row = select(literal(1).label("one")).subquery()
    wanted = ride or RowKey(rider.region, UUID(int=0))
    its_key = and_(running.region == OpenRide.ride_region, running.id == OpenRide.ride_id)
    held = and_(Reservation.region == rider.region, Reservation.rider_id == rider.id)
    return (
        select(Vehicle, started, running, Reservation, must_pay_first_condition(rider))
        .select_from(one_row)
        .outerjoin(Vehicle, vehicle)
        .outerjoin(started, and_(started.region == wanted.region, started.id == wanted.id))
        .outerjoin(OpenRide, and_(OpenRide.region == rider.region, OpenRide.rider_id == rider.id))
        .outerjoin(running, its_key)
        .outerjoin(Reservation, held)
    )


def refuse(found: Situation, otherwise: DomainError | None = None) -> DomainError:
    """Return why the rider cannot have the vehicle; the most telling reason first.

    otherwise: the reason when nothing of all that stands in the way now.
    """
    if found.running:
        return RideAlreadyOpen(ride=found.running.key)
    if found.vehicle is None or found.vehicle.state == VehicleState.REMOVED:
        return NotFound()
    if found.must_pay_first:
        return RiderOwes()
    if found.holds_another:
        return HoldingAnother()
    if found.vehicle.is_available and otherwise:
        return otherwise
    return VehicleUnavailable(vehicle=found.vehicle, nearest=_nearest_available(found.vehicle))


def _nearest_available(vehicle: Vehicle) -> list[ListedVehicle]:
    city = catalogue().find(vehicle.city)
    if city is None or vehicle.point is None:
        return []
    return list(
        list_nearest(VehicleFilter(city, fresh=True), vehicle.point, SEARCH_RADII_M[0], None).rows[
            :3
        ]
    )
