"""Why a rider cannot have a vehicle: the errors, and the query that finds the reason.

The query runs only after a start or a reservation was refused: the statements that do it check all
rules themselves, and do not say which one failed.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import Select, and_, false, literal, select, true
from sqlalchemy.orm import aliased

from webapp.db.cache import TimedCache
from webapp.db.keys import RowKey, bind_keys, key_condition, make_key_parameters
from webapp.db.transactions import check_outcome
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, public_key_condition
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import ListedVehicle
from webapp.fleet.queries.nearest import SEARCH_RADII_M, list_nearest
from webapp.fleet.vehicle_types.start_battery import has_start_battery
from webapp.regions.catalogue import catalogue
from webapp.regions.enums import CityFeature
from webapp.regions.features import find_feature_refusal
from webapp.riders.ages.conditions import has_minimum_ages, is_old_enough_condition
from webapp.riders.wallet.ledger import is_in_debt_condition
from webapp.riders.wallet.provider import is_payment_offered
from webapp.rides.blocks.conditions import block_reason_column
from webapp.rides.models import OpenRide, Ride
from webapp.rides.reservations.models import Reservation
from webapp.rides.terms_agreement import (
    TermsNotAgreed,
    must_agree_condition,
    read_accepted_terms,
)
from webapp.translations import lazy_gettext as _l

#: How many free vehicles near by are offered instead of one that is taken.
NEAREST_SHOWN = 3
#: How old these may be, seconds: of many people who want one vehicle at once, one searches.
NEAREST_MAX_AGE_S = 1.0
NEAREST_CACHE = "movr_nearest_vehicles"


class VehicleUnavailable(DomainError):
    """Details: ``vehicle``, and in ``nearest`` up to ``NEAREST_SHOWN`` free ones near by."""

    title = _l("Someone was faster")
    message = _l("This vehicle is no longer free.")


class RideAlreadyOpen(DomainError):
    """Details: ``ride_key``, the rider's open ride."""

    message = _l("You're already on a ride. End it before you start another.")

    def problem_members(self) -> dict[str, Any]:
        return {"ride_id": str(self.details["ride_key"])}


class OtherVehicleReserved(DomainError):
    message = _l(
        "You have reserved another vehicle. Ride that one, or cancel the reservation first."
    )


class RiderOwes(DomainError):
    message = _l("An earlier ride is still unpaid. Top up your wallet to ride again.")


class PriceChanged(DomainError):
    message = _l("The price has just changed. Check the new price before you ride.")


class ReservedRecently(DomainError):
    """A reservation of the vehicle has just ended without a ride, whoever made it."""

    message = _l(
        "This vehicle was reserved a moment ago, so it can't be reserved for a few minutes. You can"
        " ride it now."
    )


class FreeMinutesUsed(DomainError):
    """The vehicle was reserved for as many free minutes as there are in a day."""

    message = _l(
        "This vehicle has been reserved too often today without a ride. You can ride it now."
    )


class NotReservable(DomainError):
    message = _l("This vehicle can't be reserved. It's first come, first served.")


class StartForbidden(DomainError):
    """The rules of a zone do not let a ride start where the vehicle stands."""

    status = 422
    title = _l("Not from here")
    message = _l("You can't start a ride where this vehicle stands. Please choose another one.")


class BatteryTooLow(DomainError):
    """Less than is set for the type of the vehicle."""

    title = _l("Battery too low")
    message = _l(
        "The battery of this vehicle is too low to start a ride. Please choose another one."
    )


class BlockedByOwner(DomainError):
    """The owner of the vehicle has blocked the rider. Details: ``reason``, the owner's words."""

    title = _l("The owner said no")
    message = _l("The owner of this vehicle does not let you ride it.")

    def problem_members(self) -> dict[str, Any]:
        return {"reason": self.details["reason"]}


class AgeNotConfirmed(DomainError):
    """The city has a minimum age. Details: ``city``, its name."""

    title = _l("Your age")
    message = _l("Riders in this city must have a minimum age. Please enter your date of birth.")


@dataclass(frozen=True)
class RefusalFacts:
    """What decides why a rider cannot have a vehicle."""

    vehicle: Vehicle | None
    #: The ride that was refused; there is one when an attempt whose answer was lost started it.
    refused_ride: Ride | None
    #: The rider's open ride.
    open_ride: Ride | None
    #: The rider's last reservation.
    reservation: Reservation | None
    must_pay_first: bool
    must_agree_first: bool
    must_confirm_age: bool
    #: Why the owner of the vehicle has blocked the rider; None: the owner has not.
    block_reason: str | None

    @property
    def vehicle_reserved(self) -> bool:
        """Whether the vehicle is reserved for the rider."""
        reservation, vehicle = self.reservation, self.vehicle
        if reservation is None or vehicle is None or not reservation.is_active:
            return False
        is_of_vehicle = reservation.vehicle_key == vehicle.key
        return is_of_vehicle and reservation.until == vehicle.reserved_until

    @property
    def other_vehicle_reserved(self) -> bool:
        reservation = self.reservation
        if reservation is None or not reservation.is_active:
            return False
        return self.vehicle is None or reservation.vehicle_key != self.vehicle.key


def read_refusal_facts(
    rider_key: RowKey, vehicle_key: RowKey, ride_key: RowKey | None = None
) -> RefusalFacts:
    """Return what decides why the rider cannot have the vehicle. One statement.

    vehicle_key: the public key.
    ride_key: the key that the refused ride would have.
    """
    no_key = RowKey(rider_key.region, UUID(int=0))
    accepted_terms = read_accepted_terms(vehicle_key)
    values = {
        **bind_keys(rider=rider_key, vehicle=vehicle_key, ride=ride_key or no_key),
        **accepted_terms.bind(),
    }
    query = refusal_facts_query(
        checks_debt=is_payment_offered(),
        checks_terms=accepted_terms.are_required,
        checks_age=has_minimum_ages(vehicle_key.region),
    )
    with check_outcome():
        return RefusalFacts(*db.session.execute(query, values).one())


@cache
def refusal_facts_query(
    *, checks_debt: bool, checks_terms: bool, checks_age: bool
) -> Select[tuple[Vehicle, Ride, Ride, Reservation, bool, bool, bool, str]]:
    """Return the query of the fields of RefusalFacts: one row, with NULL for what there is not."""
    rider_key, vehicle_key, ride_key = map(make_key_parameters, ("rider", "vehicle", "ride"))
    refused_ride, open_ride = aliased(Ride), aliased(Ride)
    one_row = select(literal(1).label("one")).subquery()
    is_open_ride = and_(open_ride.region == OpenRide.ride_region, open_ride.id == OpenRide.ride_id)
    must_pay_first = is_in_debt_condition(rider_key) if checks_debt else false()
    must_agree_first = must_agree_condition(rider_key, checks_terms=checks_terms)
    city_name = table(Vehicle).c.city
    is_old_enough = is_old_enough_condition(rider_key, city_name) if checks_age else true()
    # Labels: all may be the constant false, and columns of one name cannot be told apart.
    reasons = (
        must_pay_first.label("must_pay_first"),
        must_agree_first.label("must_agree_first"),
        and_(city_name.is_not(None), ~is_old_enough).label("must_confirm_age"),
    )
    block_reason = block_reason_column(rider_key)
    return (
        select(Vehicle, refused_ride, open_ride, Reservation, *reasons, block_reason)
        .select_from(one_row)
        .outerjoin(Vehicle, public_key_condition(vehicle_key))
        .outerjoin(refused_ride, key_condition(refused_ride, ride_key))
        .outerjoin(OpenRide, key_condition(OpenRide, rider_key, id="rider_id"))
        .outerjoin(open_ride, is_open_ride)
        .outerjoin(Reservation, key_condition(Reservation, rider_key, id="rider_id"))
    )


def choose_refusal(facts: RefusalFacts, fallback: DomainError | None = None) -> DomainError:
    """Return why the rider cannot have the vehicle; of several reasons the one that helps most.

    fallback: the reason when the facts, as they are now, hold none.
    """
    if facts.open_ride:
        return RideAlreadyOpen(ride_key=facts.open_ride.key)
    if facts.vehicle is None or facts.vehicle.state == VehicleState.REMOVED:
        return NotFound()
    if facts.block_reason is not None and not facts.vehicle_reserved:
        return BlockedByOwner(reason=facts.block_reason)
    if facts.must_pay_first:
        return RiderOwes()
    if facts.other_vehicle_reserved:
        return OtherVehicleReserved()
    if refusal := _find_city_refusal(facts.vehicle):
        return refusal
    if facts.vehicle.is_available or facts.vehicle_reserved:
        if not facts.vehicle_reserved and not has_start_battery(facts.vehicle):
            return BatteryTooLow()
        if facts.must_confirm_age:
            return AgeNotConfirmed(city=facts.vehicle.city)
        if facts.must_agree_first:
            return TermsNotAgreed(city=facts.vehicle.city)
        if fallback:
            return fallback
    return VehicleUnavailable(vehicle=facts.vehicle, nearest=_find_nearest(facts.vehicle))


def _find_city_refusal(vehicle: Vehicle) -> DomainError | None:
    """Return why no ride starts in the city of a vehicle; None if rides start there."""
    city = catalogue().find(vehicle.city)
    return find_feature_refusal(city, CityFeature.RIDES) if city else None


def _find_nearest(vehicle: Vehicle) -> list[ListedVehicle]:
    nearest: TimedCache[RowKey, list[ListedVehicle]] = current_app.extensions[NEAREST_CACHE]
    return nearest.get(vehicle.public_key, lambda: _search_nearest(vehicle))


def _search_nearest(vehicle: Vehicle) -> list[ListedVehicle]:
    city = catalogue().find(vehicle.city)
    if city is None or vehicle.point is None:
        return []
    page = list_nearest(
        VehicleFilter(city, reads_newest=True), vehicle.point, SEARCH_RADII_M[0], None
    )
    return list(page.rows[:NEAREST_SHOWN])


def init_app(app: Flask) -> None:
    """Give ``app`` the cache of the free vehicles around one that is taken. It is small, holds
    nothing of a person, and knows a vehicle by its public id, which changes with its place."""
    app.extensions[NEAREST_CACHE] = TimedCache(NEAREST_MAX_AGE_S)
