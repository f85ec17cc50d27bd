"""Starting a ride: one statement checks the rules and starts it; a second one reads a refusal."""

from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError

from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.errors import DomainError, NotFound
from webapp.observability.metrics import RIDES_STARTED
from webapp.riders.ages.conditions import has_minimum_ages
from webapp.riders.wallet.provider import is_payment_offered
from webapp.rides.refusal_reasons import (
    PriceChanged,
    StartForbidden,
    choose_refusal,
    read_refusal_facts,
)
from webapp.rides.services.start_statement import bind_ride_start, start_ride_statement
from webapp.rides.start_place import check_start_place
from webapp.rides.terms_agreement import read_accepted_terms


def start_ride(
    rider_key: RowKey,
    vehicle_key: RowKey,
    seen_plan_id: UUID | None = None,
    nonce: UUID | None = None,
) -> RowKey:
    """Start a ride on a vehicle that is available, or reserved for the rider. Return the ride's
    key; on the vehicle of the rider's open ride, the key of that one.

    vehicle_key: the public key.
    seen_plan_id: the pricing plan that the rider has seen; None: any.
    nonce: of a program's request. The same one again is the same ride, also when it has ended.

    Raises VehicleUnavailable, RideAlreadyOpen, OtherVehicleReserved, RiderOwes, PriceChanged,
    StartForbidden, TermsNotAgreed, AgeNotConfirmed, NotFound.
    """
    # Chosen here, so that the ride can be found by its key when the answer is lost.
    ride_key = RowKey(vehicle_key.region, nonce or uuid4())
    try:
        place = check_start_place(vehicle_key)
    except StartForbidden as refusal:
        return _find_started(rider_key, vehicle_key, ride_key, refusal)
    accepted_terms = read_accepted_terms(vehicle_key)
    statement = start_ride_statement(
        checks_plan=seen_plan_id is not None,
        checks_place=place is not None,
        checks_debt=is_payment_offered(),
        checks_terms=accepted_terms.are_required,
        checks_age=has_minimum_ages(vehicle_key.region),
    )
    values = bind_ride_start(rider_key, vehicle_key, ride_key, seen_plan_id, place, accepted_terms)
    try:
        if execute_write(statement, values, idempotent=True, takes_write_lock=True):
            RIDES_STARTED.inc()
            return ride_key
    except IntegrityError as error:
        constraint = violated_constraint(error)
        if constraint.startswith(("fk_rides_users", "fk_open_rides_users")):
            raise NotFound from None  # the account has just been deleted, or moved
        if constraint not in ("pk_rides", "pk_open_rides", "uq_rides_open_vehicle"):
            raise
    changed = PriceChanged() if seen_plan_id else None
    return _find_started(rider_key, vehicle_key, ride_key, changed)


def _find_started(
    rider_key: RowKey, vehicle_key: RowKey, ride_key: RowKey, fallback: DomainError | None
) -> RowKey:
    """Return the key of the ride that exists already, or raise why there is none.

    fallback: the reason when the rider could have the vehicle.
    """
    facts = read_refusal_facts(rider_key, vehicle_key, ride_key)
    if facts.refused_ride:  # by an attempt whose answer was lost; it may even have ended since
        return facts.refused_ride.key
    open_ride = facts.open_ride
    if open_ride and facts.vehicle and open_ride.vehicle_id == facts.vehicle.id:
        return open_ride.key  # the button was pressed twice
    raise choose_refusal(facts, fallback)
