"""The statement that ends a ride: price, ledger entry, vehicle and audit event, all or none."""

from uuid import UUID, uuid4

from sqlalchemy import (
    CTE,
    Integer,
    Select,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.services.waiting import end_saves_cte
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.services import critical_report_condition
from webapp.fleet.services.places import place_columns
from webapp.regions.geography import Place
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import ride_entry
from webapp.rides.models import OpenRide, Ride
from webapp.rides.queries import own_open_ride_condition
from webapp.rides.services.end_snapshot import RideEndSnapshot


def end_ride_statement(
    rider_key: RowKey,
    snapshot: RideEndSnapshot,
    place: Place,
    parking_fee: int,
    actor_key: RowKey | None,
) -> Select[tuple[UUID, str | None, UUID | None]]:
    """Return the statement that ends an open ride and charges it.

    It returns the id of the ride and the key of a rider who waits for the vehicle: a row for each
    of them, one with NULLs when nobody waits, none when the ride is not open.

    actor_key: who ends it; None: the account of this request.
    """
    ended = _end_ride_cte(rider_key, snapshot, place, parking_fee)
    # Only the point is public. What the rider has typed stays with the ride.
    parked = _park_vehicle_cte(ended, Place(point=place.point) if actor_key == rider_key else place)
    parts = [_delete_open_ride_cte(rider_key, ended), _audit_event_cte(snapshot, actor_key, ended)]
    if price := snapshot.price(parking_fee):
        charge = ride_entry(rider_key, snapshot.ride.id, price.currency, price.total, price.tax)
        parts.append(ledger.entry_cte(charge, after=ended))
    saves = end_saves_cte(ended, rider_key)
    is_available = exists().where(parked.c.state == VehicleState.AVAILABLE.value)
    waiting = (
        select(saves.c.rider_region, saves.c.rider_id)
        .where(saves.c.waiting_at.is_not(None), is_available)
        .subquery("waiting")
    )
    return (
        select(ended.c.id, waiting.c.rider_region, waiting.c.rider_id)
        .select_from(ended.outerjoin(waiting, literal(True)))
        .add_cte(*parts)
    )


def _end_ride_cte(
    rider_key: RowKey, snapshot: RideEndSnapshot, place: Place, parking_fee: int
) -> CTE:
    rides, price = table(Ride), snapshot.price(parking_fee)
    last_pause_s = func.extract("epoch", literal(snapshot.moment) - rides.c.paused_at)
    return (
        update(rides)
        .where(own_open_ride_condition(rider_key, snapshot.ride.key))
        .values(
            # As RideEndSnapshot.ends_at: the moment for which the price holds.
            ended_at=func.greatest(snapshot.moment, rides.c.started_at),
            paused_at=None,
            paused_s=rides.c.paused_s
            + func.greatest(0, func.coalesce(cast(last_pause_s, Integer), 0)),
            distance_m=snapshot.distance_ridden(place),
            price=price.total if price else None,
            currency=price.currency if price else None,
            price_lines=price.to_json() if price else None,
            **{f"end_{name}": value for name, value in place.column_values().items()},
        )
        .returning(rides.c.region, rides.c.id, rides.c.vehicle_id)
        .cte("ended")
    )


def _audit_event_cte(snapshot: RideEndSnapshot, actor_key: RowKey | None, ended: CTE) -> CTE:
    return as_cte(
        audit_event_statement(
            AuditKind.RIDE_ENDED,
            actor=actor_key,
            subject=audit_subject("ride", snapshot.ride.key),
            after=ended,
        )
    )


def _park_vehicle_cte(ended: CTE, place: Place) -> CTE:
    vehicles = table(Vehicle)
    is_broken = critical_report_condition(vehicles.c.region, vehicles.c.id)
    return (
        update(vehicles)
        .where(vehicles.c.region == ended.c.region, vehicles.c.id == ended.c.vehicle_id)
        .values(
            state=case(
                (is_broken, VehicleState.NON_OPERATIONAL.value), else_=VehicleState.AVAILABLE.value
            ),
            # A new public id after each ride: nobody can follow a vehicle from place to place.
            public_id=uuid4(),
            **place_columns(place),
        )
        .returning(vehicles.c.region, vehicles.c.id.label("vehicle_id"), vehicles.c.state)
        .cte("parked")
    )


def _delete_open_ride_cte(rider_key: RowKey, ended: CTE) -> CTE:
    open_rides = table(OpenRide)
    is_ended_ride = exists().where(
        ended.c.region == open_rides.c.ride_region, ended.c.id == open_rides.c.ride_id
    )
    return (
        delete(open_rides)
        .where(key_condition(open_rides, rider_key, id="rider_id"), is_ended_ride)
        .returning(open_rides.c.ride_id)
        .cte("deleted_open_ride")
    )
