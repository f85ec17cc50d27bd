"""Where a ride may end, and what it costs to leave the vehicle there."""

from flask_babel import lazy_gettext as _l

from webapp.errors import DomainError
from webapp.fleet.services.places import PlaceTooFar, check_vehicle_place, is_within_reach
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.rules import ParkingCheck
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place
from webapp.rides.models import Ride
from webapp.rides.services.end_snapshot import RideEndSnapshot


class PointNeeded(DomainError):
    """The city has rules about parking, and the position of the vehicle is not known."""

    status = 422
    field = "address"
    message = _l("Tap the map where it stands: this city has rules about where rides may end.")


class ParkingForbidden(DomainError):
    """A ride cannot end here. Details: ``parking``, with the zone and the nearest place."""

    status = 422
    title = _l("Not here")
    message = _l("Rides cannot end here.")


class ParkingCosts(DomainError):
    """A ride may end here for a fee that the rider has not agreed to.

    Details: ``parking``; ``fee``, and ``more``, by which it raises the price, tax included, minor
    units of ``currency``.
    """

    status = 422
    title = _l("That costs extra here")
    message = _l("Ending the ride here costs a fee.")


def check_distance(ride: Ride, place: Place) -> None:
    """Raise PlaceTooFar when a place is near neither a city of the region nor the ride's start.

    The start counts for vehicles that stand far from all cities.
    """
    try:
        check_vehicle_place(ride.region, place)
    except PlaceTooFar:
        start = ride.start.point
        if not (start and place.point and is_within_reach(place.point, [start])):
            raise


def find_parking_fee(snapshot: RideEndSnapshot, place: Place, agreed_fee: int) -> int:
    """Return the fee for leaving the vehicle at a place, minor units before tax; 0 where parking is
    allowed.

    Raises PointNeeded, ParkingForbidden, and ParkingCosts when the fee is not ``agreed_fee``.
    """
    city = catalogue().find(snapshot.ride.city)
    parking = city_zones(city).check_parking(place.point) if city else ParkingCheck(allowed=True)
    if parking.needs_point:
        raise PointNeeded
    if parking.allowed:
        return 0
    fee = _fee(snapshot, parking)
    with_fee, without = snapshot.price(fee or 0), snapshot.price()
    if fee is None or with_fee is None or without is None:
        raise ParkingForbidden(parking=parking)
    if fee != agreed_fee:
        more = with_fee.total - without.total
        raise ParkingCosts(parking=parking, fee=fee, more=more, currency=with_fee.currency)
    return fee


def _fee(snapshot: RideEndSnapshot, parking: ParkingCheck) -> int | None:
    """Return the fee of the zone, else of the plan; None when parking there is forbidden."""
    if parking.zone and parking.zone.fee is not None:
        return parking.zone.fee
    return snapshot.ride.plan.parking_fee if snapshot.ride.plan else None
