"""The statement that ends a ride: price, ledger entry, vehicle and audit event, all or none."""

from datetime import datetime
from functools import cache
from uuid import UUID, uuid4

from sqlalchemy import (
    CTE,
    DateTime,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    select,
    update,
)

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, bind_audit_event, event_parameters_statement
from webapp.db.keys import RowKey, bind_keys, key_condition, make_key_parameters
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.favourites.services.waiting import end_saves_cte, free_vehicle_jobs_query
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.quotes import Quote
from webapp.fleet.reports.services import critical_report_condition
from webapp.fleet.services.places import place_columns
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import bind_origin, make_origin_parameters
from webapp.fleet.vehicle_events.transitions import RIDE_ENDED
from webapp.fleet.vehicle_events.writing import returned_columns, state_values, vehicle_events_cte
from webapp.jobs.writing import bind_job, insert_jobs_cte, job_parameters_query
from webapp.regions.geography import Place
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import SALE_ACCOUNTS, ride_entry
from webapp.rides.earnings.services.booking import earning_parameters_cte
from webapp.rides.models import OpenRide, Ride
from webapp.rides.queries import own_open_ride_condition
from webapp.rides.services.end_decision import EndDecision
from webapp.rides.services.end_snapshot import RideEndSnapshot
from webapp.rides.services.receipts import RECEIPT, ReceiptMail

RIDER_KEY, RIDE_KEY = map(make_key_parameters, ("rider", "ride"))


@cache
def end_ride_statement(*, has_earning: bool = False) -> Select[tuple[UUID]]:
    """Return the statement that ends an open ride and charges it, mails the receipt, and tells
    riders who wait for the vehicle. It is executed with ``bind_ride_end``.

    It returns the id of the ride; no row when the ride is not open.
    has_earning: the owner of the vehicle earns something.
    """
    ended = _end_ride_cte()
    parked = _park_vehicle_cte(ended, *(["owner_id"] if has_earning else []))
    origin = make_origin_parameters(parked.c.ride_id)
    vehicle_events = vehicle_events_cte(RIDE_ENDED, parked, origin)
    audit_event = as_cte(event_parameters_statement(after=ended))
    charge = ledger.entry_parameters_cte(SALE_ACCOUNTS, after=ended)
    saves = end_saves_cte(ended, RIDER_KEY)
    is_available = exists().where(parked.c.state == VehicleState.AVAILABLE.value)
    waiting = select(saves).where(saves.c.waiting_at.is_not(None), is_available).cte("waiting")
    jobs = insert_jobs_cte(
        job_parameters_query("receipt", after=ended), free_vehicle_jobs_query(waiting)
    )
    earnings = [earning_parameters_cte(parked)] if has_earning else []
    return select(ended.c.id).add_cte(
        _delete_open_ride_cte(ended), vehicle_events, audit_event, charge, *earnings, jobs
    )


def bind_ride_end(
    rider_key: RowKey,
    snapshot: RideEndSnapshot,
    place: Place,
    price: Quote | None,
    actor_key: RowKey | None,
    decision: EndDecision | None = None,
) -> dict[str, object]:
    """Return the values of ``end_ride_statement``, without those of an earning.

    price: None where riding is free.
    actor_key: who ends it; None: the account of this request.
    decision: that of staff who end it for its rider.
    """
    ride_key = snapshot.ride.key
    # What the rider has typed stays with the ride. The address at which it started is public.
    is_public = actor_key != rider_key or place.address == snapshot.ride.start.address
    terms = (price.currency, price.total, price.tax) if price else ("", 0, 0)
    return {
        **bind_keys(rider=rider_key, ride=ride_key),
        **_bind_ended_ride(snapshot, place, price, decision),
        **_bind_parked_vehicle(place if is_public else Place(point=place.point)),
        **ledger.bind_entry(ride_entry(rider_key, ride_key.id, *terms)),
        **_bind_origin(
            rider_key, actor_key, decision.vehicle_note if decision else "", snapshot.accepted_at
        ),
        **bind_audit_event(
            AuditKind.RIDE_ENDED,
            actor=actor_key,
            subject=f"ride {ride_key}",
            **(decision.audit_details if decision else {}),
            **snapshot.audit_details,
        ),
        **bind_job(
            "receipt",
            RECEIPT,
            ReceiptMail(*ride_key),
            region=ride_key.region,
            account_key=rider_key,
            due_at=snapshot.moment,
        ),
    }


def _bind_ended_ride(
    snapshot: RideEndSnapshot, place: Place, price: Quote | None, decision: EndDecision | None
) -> dict[str, object]:
    ride = {
        "moment": snapshot.ends_at,
        "pressed_at": snapshot.pressed_at,
        "received_at": snapshot.moment if snapshot.pressed_at else None,
        "distance_m": snapshot.distance_ridden(place),
        "price": price.total if price else None,
        "currency": price.currency if price else None,
        "price_lines": price.to_json() if price else None,
        "end_reason": decision.reason.value if decision else None,
        "charged_until": decision.find_charged_until(snapshot) if decision else None,
        **place.column_values(),
    }
    return {f"ended_{name}": value for name, value in ride.items()}


def _bind_parked_vehicle(place: Place) -> dict[str, object]:
    # A new public id after each ride: nobody can follow a vehicle from place to place.
    vehicle = {"public_id": uuid4(), **place_columns(place)}
    return {f"parked_{name}": value for name, value in vehicle.items()}


def _bind_origin(
    rider_key: RowKey, actor_key: RowKey | None, note: str, accepted_at: datetime | None
) -> dict[str, object]:
    """The ride says who the rider is; only staff are named by the event of the vehicle."""
    is_staff = actor_key is not None and actor_key != rider_key
    cause = EventCause.STAFF if is_staff else EventCause.RIDER
    return bind_origin(cause, actor_key if is_staff else None, note, accepted_at)


def _end_ride_cte() -> CTE:
    rides = table(Ride)
    moment = bindparam("ended_moment", type_=DateTime(timezone=True))
    last_pause_s = func.extract("epoch", moment - rides.c.paused_at)
    place = {f"end_{name}": f"ended_{name}" for name in ("address", "lat", "lon")}
    charged = {"end_pressed_at": "ended_pressed_at", "end_received_at": "ended_received_at"} | {
        name: f"ended_{name}"
        for name in (
            "distance_m", "price", "currency", "price_lines", "end_reason", "charged_until"
        )
    }  # fmt: skip
    return (
        update(rides)
        .where(own_open_ride_condition(RIDER_KEY, RIDE_KEY))
        .values(
            # As RideEndSnapshot.ends_at: the moment for which the price holds.
            ended_at=func.greatest(moment, rides.c.started_at),
            paused_at=None,
            paused_s=rides.c.paused_s
            + func.greatest(0, func.coalesce(cast(last_pause_s, Integer), 0)),
            **{
                column: bindparam(name, type_=rides.c[column].type)
                for column, name in {**place, **charged}.items()
            },
        )
        .returning(rides.c.region, rides.c.id, rides.c.vehicle_id)
        .cte("ended")
    )


def _park_vehicle_cte(ended: CTE, *others: str) -> CTE:
    vehicles = table(Vehicle)
    is_broken = critical_report_condition(vehicles.c.region, vehicles.c.id)
    state = case(
        (is_broken, VehicleState.NON_OPERATIONAL.value), else_=VehicleState.AVAILABLE.value
    )
    place = {
        name: bindparam(f"parked_{name}", type_=vehicles.c[name].type)
        for name in ("public_id", "address", "lat", "lon", "cell")
    }
    return (
        update(vehicles)
        .where(vehicles.c.region == ended.c.region, vehicles.c.id == ended.c.vehicle_id)
        .values(**state_values(state), **place)
        .returning(*returned_columns(*others), ended.c.id.label("ride_id"))
        .cte("parked")
    )


def _delete_open_ride_cte(ended: CTE) -> CTE:
    open_rides = table(OpenRide)
    is_ended_ride = exists().where(
        ended.c.region == open_rides.c.ride_region, ended.c.id == open_rides.c.ride_id
    )
    return (
        delete(open_rides)
        .where(key_condition(open_rides, RIDER_KEY, id="rider_id"), is_ended_ride)
        .returning(open_rides.c.ride_id)
        .cte("deleted_open_ride")
    )
