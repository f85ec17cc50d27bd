"""Ending a ride: read it, compute its price, and write everything with one statement."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import after_commit, check_outcome, run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.observability.metrics import RIDES_ENDED
from webapp.regions.geography import Place
from webapp.rides.earnings.services.booking import bind_earning
from webapp.rides.enums import EndSpot
from webapp.rides.models import OpenRide
from webapp.rides.services.end_decision import EndDecision
from webapp.rides.services.end_snapshot import RideEndSnapshot, read_ride_end
from webapp.rides.services.end_statement import bind_ride_end, end_ride_statement
from webapp.rides.services.parking import check_end, find_parking_fee, resolve_spot
from webapp.rides.services.reported_end import accept_reported_end, counted_reported_end


def end_ride(
    rider_key: RowKey,
    ride_key: RowKey,
    place: Place,
    agreed_fee: int = 0,
    spot: EndSpot | None = None,
    pressed_ago: timedelta | None = None,
) -> None:
    """End the rider's ride at a place and charge it; the vehicle is available there.
    Nothing changes when the ride has ended before.

    agreed_fee: the parking fee that the rider has agreed to, minor units.
    spot: where the vehicle stands, if the place has no point.
    pressed_ago: how long ago the rider ended it on a phone that had no network
    (``accept_reported_end``); None: now.

    Raises NotFound, also for another rider's ride; EndTooFar, PointNeeded, ParkingForbidden,
    ParkingCosts.
    """
    snapshot = read_ride_end(db.session(), rider_key, ride_key)
    if snapshot.ride.ended_at:
        return
    if pressed_ago is None:
        has_ended = _check_and_write_end(rider_key, snapshot, place, agreed_fee, spot)
    else:
        with counted_reported_end(rider_key) as longest:
            snapshot = accept_reported_end(snapshot, pressed_ago, longest)
            has_ended = _check_and_write_end(rider_key, snapshot, place, agreed_fee, spot)
    if has_ended:
        return
    # Ended in another tab, or by an attempt whose answer was lost; or its city has just moved.
    with check_outcome():
        ride = read_ride_end(db.session(), rider_key, snapshot.ride.key).ride
    if not ride.ended_at:
        end_ride(rider_key, ride.key, place, agreed_fee, spot, pressed_ago)


def _check_and_write_end(
    rider_key: RowKey,
    snapshot: RideEndSnapshot,
    place: Place,
    agreed_fee: int,
    spot: EndSpot | None,
) -> bool:
    """Tell whether this has ended the ride."""
    place = resolve_spot(snapshot, place, spot)
    point = check_end(snapshot, place)
    fee = find_parking_fee(snapshot, point, agreed_fee)
    return run_transaction(
        lambda session: write_ride_end(
            session, rider_key, snapshot, place, fee, actor_key=rider_key
        ),
        idempotent=True,
        one_statement=True,
        takes_write_lock=True,
    )


def write_ride_end(
    session: Session,
    rider_key: RowKey,
    snapshot: RideEndSnapshot,
    place: Place,
    parking_fee: int = 0,
    *,
    actor_key: RowKey | None,
    decision: EndDecision | None = None,
) -> bool:
    """End the ride within a transaction. Return False when it has ended before.

    actor_key: who ends it; None: the account of this request.
    decision: that of staff who end it for its rider.
    """
    price = decision.price(snapshot) if decision else snapshot.price(parking_fee)
    values = bind_ride_end(rider_key, snapshot, place, price, actor_key, decision)
    if earning := snapshot.find_earning(price):
        values |= bind_earning(earning)
    statement = end_ride_statement(has_earning=earning is not None)
    if not session.execute(statement, values).all():
        return False
    after_commit(session, RIDES_ENDED.inc)
    return True


def end_open_ride(session: Session, rider_key: RowKey) -> None:
    """End the open ride, if any, of an account that is being closed: its rider no longer can.

    It is charged until now, and the vehicle is shown where the ride started.
    """
    open_rides = table(OpenRide).c
    query = select(open_rides.ride_region, open_rides.ride_id).where(
        key_condition(table(OpenRide), rider_key, id="rider_id")
    )
    if row := session.execute(query).one_or_none():
        snapshot = read_ride_end(session, rider_key, RowKey(*row))
        write_ride_end(session, rider_key, snapshot, snapshot.ride.start, actor_key=None)
