"""Where a ride may end, and what it costs to leave the vehicle there."""

from typing import Any

from webapp.errors import DomainError
from webapp.fleet.services.places import PlaceTooFar, check_vehicle_place, is_within_reach
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.parking_places import ParkingPlace, list_parking_places
from webapp.fleet.zones.rules import ParkingCheck
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point, distance_m
from webapp.rides.enums import EndSpot
from webapp.rides.models import Ride
from webapp.rides.services.end_snapshot import RideEndSnapshot
from webapp.translations import lazy_gettext as _l

#: How far from its city, or from its start, a ride may end, metres.
MAX_RIDE_END_DISTANCE_M = 50_000
#: The fastest vehicle, metres a second (60 km/h), and what positions may be wrong by, metres.
MAX_SPEED_M_S = 60_000 / 3600
POSITION_SLACK_M = 3_000


class PointNeeded(DomainError):
    """The position of the vehicle is not known. Words alone would take it off the map."""

    status = 422
    message = _l(
        "Tell us where the vehicle is: tap the map, use your location, choose a place from the list"
        " or enter the coordinates. Others will find it there."
    )


class EndTooFar(DomainError):
    """A ride cannot end so far from its city, or so far from its start after so short a time."""

    status = 422
    message = _l(
        "The vehicle can't have got there. Choose the point where it is, or choose a place from the"
        " list."
    )


class ParkingForbidden(DomainError):
    """A ride cannot end here. Details: ``parking``, with the zone and the nearest place."""

    status = 422
    title = _l("You can't park here")
    message = _l("You can't end a ride here.")


class ParkingCosts(DomainError):
    """A ride may end here for a fee that the rider has not agreed to.

    Details: ``parking``; ``fee``, and ``extra``, by which it raises the price, tax included, minor
    units of ``currency``.
    """

    status = 422
    title = _l("Extra fee for parking here")
    message = _l("Ending your ride here costs extra.")

    def problem_members(self) -> dict[str, Any]:
        names = ("fee", "extra", "currency")
        return {name: self.details[name] for name in names}


def check_end(snapshot: RideEndSnapshot, place: Place) -> Point:
    """Check that a rider can have left the vehicle at a place; return its point.

    No rider is trapped: the start of the ride is always accepted. If it is not known, the centre of
    the city is.

    Raises PointNeeded, EndTooFar.
    """
    ride, point = snapshot.ride, place.point
    if point is None:
        raise PointNeeded
    start, city = ride.start.point, catalogue().find(ride.city)
    origins = [origin for origin in (start, city.centre if city else None) if origin]
    if all(distance_m(point, origin) > MAX_RIDE_END_DISTANCE_M for origin in origins):
        raise EndTooFar
    if start and distance_m(point, start) > _reach_m(snapshot):
        raise EndTooFar
    return point


def _reach_m(snapshot: RideEndSnapshot) -> float:
    """Return how far from its start the ride can have come, metres."""
    return POSITION_SLACK_M + snapshot.duration.total_seconds() * MAX_SPEED_M_S


def resolve_spot(snapshot: RideEndSnapshot, place: Place, spot: EndSpot | None) -> Place:
    """Return the place with the point of the spot that was chosen from the list, if it has none.

    The centre stands for the city where the ride can have come there, else the start of the ride.
    It also stands for a start of which only the address is known, which becomes that of the end.
    """
    if place.point or spot is None:
        return place
    start, city = snapshot.ride.start.point, catalogue().find(snapshot.ride.city)
    centre = city.centre if city else None
    if spot is EndSpot.START:
        return Place(place.address or snapshot.ride.start.address, start or centre)
    if start is None or centre is None:
        return Place(place.address, start or centre)
    can_reach_centre = distance_m(centre, start) <= _reach_m(snapshot)
    return Place(place.address, centre if can_reach_centre else start)


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


def find_parking_fee(snapshot: RideEndSnapshot, point: Point, agreed_fee: int) -> int:
    """Return the fee for leaving the vehicle at a point, minor units before tax; 0 where parking is
    allowed.

    Raises ParkingForbidden, and ParkingCosts when the fee is not ``agreed_fee``.
    """
    city = catalogue().find(snapshot.ride.city)
    parking = ParkingCheck(allowed=True)
    if city:
        zones = city_zones(city)
        parking = zones.check_parking(point, snapshot.vehicle_type, snapshot.ends_at)
    if parking.allowed:
        return 0
    fee = _find_fee(snapshot, parking)
    with_fee, without = snapshot.price(fee or 0), snapshot.price()
    if fee is None or with_fee is None or without is None:
        raise ParkingForbidden(parking=parking)
    if fee != agreed_fee:
        extra = with_fee.total - without.total
        raise ParkingCosts(parking=parking, fee=fee, extra=extra, currency=with_fee.currency)
    return fee


def list_places_near_start(ride: Ride) -> list[ParkingPlace]:
    """Return the parking places around the start of a ride where it may end. Sends no statement."""
    city, start = catalogue().find(ride.city), ride.start.point
    if city is None or start is None:
        return []
    return list_parking_places(city_zones(city), start, ride.vehicle.vehicle_type)


def find_place_near_start(ride: Ride) -> Point | None:
    """Return the place nearest to the start of a ride where it may end; None when it may end there,
    or when the start is not known. Sends no statement."""
    city, start = catalogue().find(ride.city), ride.start.point
    if city is None or start is None:
        return None
    return city_zones(city).check_parking(start, ride.vehicle.vehicle_type).nearest


def _find_fee(snapshot: RideEndSnapshot, parking: ParkingCheck) -> int | None:
    """Return the fee of the zone, else of the plan; None when parking there is forbidden."""
    if parking.zone and parking.zone.fee is not None:
        return parking.zone.fee
    return snapshot.ride.plan.parking_fee if snapshot.ride.plan else None
