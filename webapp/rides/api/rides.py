"""Rides of the account of a token: start, watch, pause, end, and the receipts."""

from uuid import UUID

from flask import Blueprint, request, url_for
from flask_login import current_user

from webapp.api.operations import V1, WithHeaders, operation, refer_to
from webapp.api.values import PageParameters, Reference, read_key
from webapp.auth.services.email_confirmation import EmailNotConfirmed, check_email_confirmed
from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_time_cursor
from webapp.errors import NotFound
from webapp.fleet.unlock_codes.services import (
    NoSuchCode,
    SeveralVehicles,
    find_vehicle_by_code,
)
from webapp.regions.features import CityClosed, FeatureOff
from webapp.regions.geography import Place, Point
from webapp.rides.api.schemas import (
    Ride,
    RideEnd,
    RideStart,
    RideSummary,
    describe_ride,
    summarise_ride,
)
from webapp.rides.api_terms import agree_to_sent_terms
from webapp.rides.history import list_rides
from webapp.rides.queries import find_ride
from webapp.rides.refusal_reasons import (
    AgeNotConfirmed,
    BatteryTooLow,
    BlockedByOwner,
    OtherVehicleReserved,
    PriceChanged,
    RideAlreadyOpen,
    RiderOwes,
    StartForbidden,
    VehicleUnavailable,
)
from webapp.rides.services.end import end_ride
from webapp.rides.services.parking import EndTooFar, ParkingCosts, ParkingForbidden, PointNeeded
from webapp.rides.services.pause import pause_ride, resume_ride
from webapp.rides.services.start import start_ride
from webapp.rides.terms_agreement import TermsNotAgreed
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_rides", __name__, url_prefix=f"{V1}/rides")

START_PROBLEMS = (
    EmailNotConfirmed, VehicleUnavailable, RideAlreadyOpen, OtherVehicleReserved, RiderOwes,
    PriceChanged, StartForbidden, BatteryTooLow, TermsNotAgreed, AgeNotConfirmed, CityClosed,
    FeatureOff, NoSuchCode, SeveralVehicles, NotFound, BlockedByOwner,
)  # fmt: skip
END_PROBLEMS = (PointNeeded, EndTooFar, ParkingForbidden, ParkingCosts)


@bp.get("")
@requires_scope(Scope.RIDES_READ)
@operation(list[RideSummary], query=PageParameters, is_paged=True)
def index(query: PageParameters) -> Page[RideSummary]:
    """List the rides, the newest first."""
    page = list_rides(current_user.key, read_time_cursor(query.after))
    return Page([summarise_ride(ride) for ride in page.rows], page.after)


@bp.post("")
@requires_scope(Scope.RIDES_WRITE)
@operation(
    Reference,
    status=201,
    body=RideStart,
    body_example=RideStart(vehicle_id="us-east1.0b9c27d4-7f4e-4c3b-9d5a-1f2e3d4c5b6a"),
    problems=START_PROBLEMS,
)
def start(body: RideStart, nonce: UUID) -> WithHeaders:
    """Start a ride.

    The vehicle must be available, or reserved for this account. The code on it unlocks it as well.
    On the vehicle of the running ride it answers that ride. Whoever starts a ride pays for it.
    """
    vehicle_key = _find_vehicle_key(body)
    check_email_confirmed(current_user)
    agree_to_sent_terms(body.agreed_terms)
    ride_key = start_ride(current_user.key, vehicle_key, body.plan_id, nonce)
    return _refer(ride_key)


@bp.get("/current")
@requires_scope(Scope.RIDES_READ)
@operation(Ride, problems=(NotFound,))
def current() -> Ride:
    """Show the running ride, with its price so far."""
    open_ride = current_user.open_ride
    if open_ride is None:
        raise NotFound
    return describe_ride(find_ride(current_user.key, open_ride.ride_key))


@bp.get("/<key:ride_key>")
@requires_scope(Scope.RIDES_READ)
@operation(Ride)
def show(ride_key: RowKey) -> Ride:
    """Show a ride: with its price so far, or with its receipt once it has ended."""
    return describe_ride(find_ride(current_user.key, ride_key))


@bp.post("/<key:ride_key>/pause")
@requires_scope(Scope.RIDES_WRITE)
@operation(Reference, problems=(FeatureOff, CityClosed), is_repeatable=True)
def pause(ride_key: RowKey) -> WithHeaders:
    """Pause a ride.

    The vehicle stays the rider's, and the price goes on. A paused ride stays as it is.
    """
    pause_ride(current_user.key, ride_key)
    return _refer(ride_key)


@bp.post("/<key:ride_key>/resume")
@requires_scope(Scope.RIDES_WRITE)
@operation(Reference, is_repeatable=True)
def resume(ride_key: RowKey) -> WithHeaders:
    """Go on with a paused ride."""
    resume_ride(current_user.key, ride_key)
    return _refer(ride_key)


@bp.post("/<key:ride_key>/end")
@requires_scope(Scope.RIDES_WRITE)
@operation(
    Reference,
    body=RideEnd,
    body_example=RideEnd(lat=40.7306, lon=-73.9866, address="1 Main Street"),
    problems=END_PROBLEMS,
    is_repeatable=True,
)
def end(ride_key: RowKey, body: RideEnd) -> WithHeaders:
    """End a ride where the vehicle stands, and pay for it.

    If parking there costs a fee, the answer is the problem `parking-costs` with the fee: send it as
    `agreed_fee`. A ride that has ended stays as it is.
    """
    place = Place(body.address, Point(body.lat, body.lon))
    end_ride(current_user.key, ride_key, place, body.agreed_fee)
    return _refer(ride_key)


def _find_vehicle_key(body: RideStart) -> RowKey:
    if body.vehicle_id is not None:
        return read_key(body.vehicle_id, "/vehicle_id")
    address, near_region = request.remote_addr, current_user.region
    lookup = find_vehicle_by_code(body.code or "", current_user, address, near_region)
    return lookup.vehicle.public_key


def _refer(ride_key: RowKey) -> WithHeaders:
    return refer_to(ride_key, url_for("rides.api_rides.show", ride_key=ride_key))
