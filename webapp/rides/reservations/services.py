"""Rules of a reservation: one vehicle at a time, for the free minutes of its plan, longer for a
price. It expires by its time, without a job; the job of its expiry only tells riders who wait."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.quotes import Quote, quote_reservation
from webapp.observability.metrics import RESERVATIONS
from webapp.regions.catalogue import catalogue
from webapp.regions.features import CityClosed, find_feature_refusal
from webapp.regions.models import City
from webapp.riders.ages.conditions import has_minimum_ages
from webapp.rides.refusal_reasons import (
    FreeMinutesUsed,
    NotReservable,
    ReservedRecently,
    StartForbidden,
    choose_refusal,
    read_refusal_facts,
)
from webapp.rides.reservations.extensions import EXTENSION_MIN
from webapp.rides.reservations.free_minutes import FREE_MINUTES
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.queries import find_reserved_vehicle
from webapp.rides.reservations.statements.cancel import cancel_reservation_statement
from webapp.rides.reservations.statements.extend import extend_reservation_statement
from webapp.rides.reservations.statements.reserve import RESERVING, reserve_vehicle_statement
from webapp.rides.start_place import check_start_place
from webapp.rides.terms_agreement import read_accepted_terms
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits


class ReservationOver(DomainError):
    message = _l(
        "Your reservation has ended. If the vehicle is still free, you can start the ride."
    )


class LongestReservation(DomainError):
    """The plan allows no longer one."""

    message = _l("The reservation can't be extended any further.")


def free_reservation_minutes(vehicle: Vehicle) -> int:
    """Return how many minutes the vehicle can be reserved free of charge; 0: not reservable."""
    if find_reservation_refusal(vehicle):
        return 0
    plan = find_plan(vehicle)
    return plan.reserve_min if plan else FREE_MINUTES


def find_reservation_refusal(vehicle: Vehicle) -> DomainError | None:
    """Return why an available vehicle cannot be reserved now, None if it can.

    Without these limits accounts that take turns could keep a vehicle for ever, free of charge.
    ``_take_vehicle_cte`` has the same rules in SQL.
    """
    if (city := catalogue().find(vehicle.city)) and (refusal := _find_city_refusal(city)):
        return refusal
    now = datetime.now(UTC)
    pause = timedelta(seconds=current_app.config["RESERVE_AGAIN_S"])
    if vehicle.reserved_until and vehicle.reserved_until > now - pause:
        return ReservedRecently()
    minutes_today = vehicle.free_reserved_min if vehicle.free_reserved_on == now.date() else 0
    if minutes_today >= current_app.config["FREE_RESERVATION_MIN_PER_DAY"]:
        return FreeMinutesUsed()
    return None


def _find_city_refusal(city: City) -> DomainError | None:
    """Return why nothing can be reserved in a city; None if it can."""
    refusals = (find_feature_refusal(city, feature) for feature in RESERVING)
    return next(filter(None, refusals), None)


def reserve_vehicle(rider_key: RowKey, vehicle_key: RowKey) -> None:
    """Reserve an available vehicle for the rider.

    Reserving it again changes nothing.

    vehicle_key: the public key.

    Raises VehicleUnavailable, RideAlreadyOpen, OtherVehicleReserved, ReservedRecently,
    FreeMinutesUsed, NotReservable, StartForbidden, RiderOwes, TermsNotAgreed, AgeNotConfirmed,
    NotFound, TooManyTries.
    """
    # Without a limit, a rider could keep two vehicles by reserving them in turns.
    limit = rate_limits.Limit(*current_app.config["LIMIT_RESERVATIONS"])
    rate_limits.count_attempt([rate_limits.make_bucket("reserve", limit, rider_key.id)])
    try:
        place = check_start_place(vehicle_key)
    except StartForbidden as refusal:
        _check_is_reserved(rider_key, vehicle_key, refusal)
        return
    statement = reserve_vehicle_statement(
        rider_key,
        vehicle_key,
        place,
        read_accepted_terms(vehicle_key),
        checks_age=has_minimum_ages(vehicle_key.region),
    )
    try:
        if execute_write(statement, idempotent=True, takes_write_lock=True):
            RESERVATIONS.labels("made").inc()
            return
    except IntegrityError as error:
        if violated_constraint(error).startswith("fk_reservations_users"):
            raise NotFound from None  # the account has just been deleted, or moved
        raise
    _check_is_reserved(rider_key, vehicle_key)


def _check_is_reserved(
    rider_key: RowKey, vehicle_key: RowKey, place_refusal: DomainError | None = None
) -> None:
    """Raise why the vehicle cannot be reserved, unless the rider has reserved it already."""
    facts = read_refusal_facts(rider_key, vehicle_key)
    reservation, vehicle = facts.reservation, facts.vehicle
    active_until = reservation.until if reservation and reservation.is_active else None
    if vehicle and active_until and vehicle.reserved_until == active_until:
        return
    refusal = vehicle and find_reservation_refusal(vehicle)
    raise choose_refusal(facts, place_refusal or refusal or NotReservable())


@dataclass(frozen=True)
class CurrentReservation:
    """A reservation that holds, with its vehicle."""

    reservation: Reservation
    vehicle: Vehicle
    #: With which it was reserved; None: there was none.
    plan: PricingPlan | None

    @property
    def extension_price(self) -> Quote | None:
        """The price of extending it; None: it cannot be extended."""
        if self.plan is None or self.reservation.until >= latest_end(self.reservation, self.plan):
            return None
        return extension_price(self.plan)


def find_current_reservation(reservation: Reservation | None) -> CurrentReservation | None:
    """Return a reservation with its vehicle; None if it has ended, or the vehicle was taken out of
    service since. Raises NotFound."""
    if reservation is None or not reservation.is_active:
        return None
    vehicle, plan = find_reserved_vehicle(reservation)
    is_reserved = vehicle.state == VehicleState.RESERVED
    if not is_reserved or vehicle.reserved_until != reservation.until:
        return None
    return CurrentReservation(reservation, vehicle, plan)


def extend_reservation(rider_key: RowKey, reservation: Reservation, seen_until: datetime) -> None:
    """Extend a reservation by ``EXTENSION_MIN`` minutes, for the price of its plan.

    seen_until: the end that the rider has seen. Sent twice, the reservation is extended once.

    Raises ReservationOver, LongestReservation, CityClosed.
    """
    if reservation.until != seen_until:  # extended already, or another reservation
        return
    plan = db.session.get(PricingPlan, reservation.plan_id) if reservation.plan_id else None
    until = seen_until + timedelta(minutes=EXTENSION_MIN)
    if plan is None or until > latest_end(reservation, plan):
        raise LongestReservation
    price = extension_price(plan)
    statement = extend_reservation_statement(rider_key, reservation, until, price)
    if execute_write(statement, idempotent=True, takes_write_lock=True):
        RESERVATIONS.labels("extended").inc()
        return
    with check_outcome():
        current = db.session.get(Reservation, rider_key, populate_existing=True)
    if current is None or not current.is_active or current.id != reservation.id:
        raise ReservationOver
    if current.until == seen_until:
        _check_city_open(reservation.vehicle_key)
        # No free minutes are left, or the vehicle is out of service.
        raise ReservationOver if price.total else LongestReservation


def _check_city_open(vehicle_key: RowKey) -> None:
    """Raise CityClosed if the city of a vehicle is closed."""
    closes_at = select(City.closes_at).join(Vehicle, Vehicle.city == City.name)
    query = closes_at.where(key_condition(Vehicle, vehicle_key), City.closes_at <= func.now())
    if db.session.scalar(query):
        raise CityClosed


def latest_end(reservation: Reservation, plan: PricingPlan) -> datetime:
    """Return until when a reservation can be extended at most."""
    return reservation.reserved_at + timedelta(minutes=plan.reserve_max_min)


def extension_price(plan: PricingPlan) -> Quote:
    """Return the price of extending a reservation once."""
    return quote_reservation(plan.tariff, EXTENSION_MIN, plan.reservation_rate)


def cancel_reservation(rider_key: RowKey) -> None:
    """Cancel the rider's reservation, and tell riders who wait for the vehicle. Nothing changes
    without an active one."""
    statement = cancel_reservation_statement(rider_key)
    execute_write(statement, idempotent=True, takes_write_lock=True)
