"""Trips of elsewhere, ridden again as rides of ours that have ended: with our vehicles, prices and
rules, and in our books. Once: what a trip becomes has ids that follow from the trip's."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any
from uuid import UUID, uuid5

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.auth.services.registration import find_user
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.enums import VEHICLE_TYPES, VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_plan
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.price import Quote, quote_ride
from webapp.fleet.services.places import place_columns
from webapp.regions.geography import Place
from webapp.regions.models import City
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import LedgerEntry, ride_entry
from webapp.rides.models import Ride
from webapp.rides.services.end import End, ParkingCosts, ParkingForbidden, parking_fee
from webapp.rides.trip_import.trip_files import Log, Trip

NAMESPACE = UUID("b7d6f2a0-3c1e-4f0b-8a57-6f1a0e2c9d44")
#: Rides in one transaction.
BATCH = 250
#: The files do not say what was ridden.
FORM_FACTOR, PROPULSION_TYPE = VEHICLE_TYPES["scooter"]


class Refused(DomainError):
    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


@dataclass(frozen=True)
class Stage:
    """Where trips are ridden again, for which price, and by whom."""

    city: City
    plan: PricingPlan
    rider: RowKey
    #: What the vehicles are called together; each file has its own, so that the rides of two files
    #: never meet on one.
    fleet: str


@dataclass(frozen=True)
class Ridden:
    """A trip as a ride of ours."""

    id: UUID
    trip: Trip
    vehicle: int
    #: What the rule about parking said: ``allowed``, ``fee`` or ``forbidden``, and the zone.
    parked: tuple[str, str]
    price: Quote


@dataclass
class Tally:
    """What a replay has written. Money in minor units, by currency."""

    rides: int = 0
    known: int = 0
    length: timedelta = timedelta()
    metres: int = 0
    money: Counter[str] = field(default_factory=Counter)
    parked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, ridden: Ridden) -> None:
        self.rides += 1
        self.length += ridden.trip.ended_at - ridden.trip.started_at
        self.metres += ridden.trip.distance_m
        self.money[ridden.price.currency] += ridden.price.total
        self.parked[ridden.parked] += 1


# --- setting the stage -------------------------------------------------------------------------


def set_stage(city: City, log: Log, username: str | None) -> Stage:
    """Return the stage for a file's trips; raises Refused, and without DEMO_ALLOWED always.

    username: whose rides they become; None: those of an account that is made for it.
    """
    if not current_app.config["DEMO_ALLOWED"]:
        raise Refused("Replaying is for development: it writes rides that nobody rode.")
    kind = Vehicle(city=city.name, form_factor=FORM_FACTOR, propulsion_type=PROPULSION_TYPE)
    plan = find_plan(kind)
    if plan is None:
        advice = "Publish one to try it, with 'flask plans publish'."
        raise Refused(f"{city.label} has no price for scooters: riding is free. {advice}")
    rider = _account(username) if username else _stand_in(city)
    return Stage(city, plan, rider, f"replay {log.digest[:12]}")


def _account(username: str) -> RowKey:
    user = find_user(username)
    if user is None:
        raise Refused(f"There is no account {username!r}.")
    return user.key


def _stand_in(city: City) -> RowKey:
    """Return the account of a city's replayed rides. Nobody can enter it: it has no password and
    is closed, and no mail reaches its address."""
    key = RowKey(city.region, uuid5(NAMESPACE, f"rider {city.name}"))
    name = "replay-" + re.sub("[^a-z0-9]+", "-", city.name)[:23]
    try:
        run_transaction(
            lambda session: session.execute(_opening(key, city, name)),
            idempotent=True,
            one_statement=True,
        )
    except IntegrityError as error:
        if not violated_constraint(error).startswith("uq_users_"):
            raise
        if db.session.scalar(select(User.id).where(User.region == key.region, User.id == key.id)):
            return key  # another run has just opened it
        raise Refused(f"The account {name!r} is somebody's: say --rider.") from None
    return key


def _opening(key: RowKey, city: City, name: str) -> Any:
    users = table(User)
    row = {
        **key._asdict(),
        "city": city.name,
        "username": name,
        "email": f"{name}@movr.invalid",
        "first_name": "Replay",
        "last_name": city.label[:60],
        "password_hash": "",
        "disabled_at": func.now(),
    }
    once = insert(users).values(row).on_conflict_do_nothing(index_elements=["region", "id"])
    opened = once.returning(users.c.id).cte("opened")
    audit_event = audit_event_statement(
        AuditKind.REGISTERED, subject=audit_subject("account", key), region=key.region, after=opened
    )
    return select(opened.c.id).add_cte(as_cte(audit_event))


# --- riding ------------------------------------------------------------------------------------


def ride_again(stage: Stage, trips: Sequence[Trip]) -> list[Ridden]:
    """Return the trips as rides, in their order; no vehicle has two at once."""
    return [
        _ridden(stage, trip, vehicle)
        for trip, vehicle in zip(trips, vehicles_for(trips), strict=True)
    ]


def vehicles_for(trips: Sequence[Trip]) -> list[int]:
    """Return the number of a vehicle for each trip, in the order of their starts: the one that has
    been free for longest, or when none is free, the next."""
    numbers: list[int] = []
    free: list[tuple[datetime, int]] = []
    for trip in trips:
        is_one_free = free and free[0][0] <= trip.started_at
        number = heappop(free)[1] if is_one_free else len(free) + 1
        heappush(free, (trip.ended_at, number))
        numbers.append(number)
    return numbers


def _ridden(stage: Stage, trip: Trip, vehicle: int) -> Ridden:
    parked, fee = _parked(stage, trip)
    price = quote_ride(stage.plan.tariff, trip.ended_at - trip.started_at, fee)
    id_ = uuid5(NAMESPACE, f"ride {stage.city.name} {trip.id}")
    return Ridden(id_, trip, vehicle, parked, price)


def _parked(stage: Stage, trip: Trip) -> tuple[tuple[str, str], int]:
    """What cannot be undone costs nothing: a trip that ended where none of ours could."""
    ride = Ride(city=stage.city.name, plan=stage.plan, started_at=trip.started_at)
    now = End(ride, email="", first_name="", path=None, moment=trip.ended_at)
    try:
        parking_fee(now, Place(None, trip.end), agreed=0)
    except (ParkingCosts, ParkingForbidden) as refusal:
        zone, fee = refusal.details["parking"].zone, refusal.details.get("fee")
        name = zone.name if zone else "outside the service area"
        return ("forbidden" if fee is None else "fee", name), fee or 0
    return ("allowed", ""), 0


# --- writing -----------------------------------------------------------------------------------


def batches(rides: Sequence[Ridden]) -> list[Sequence[Ridden]]:
    """Return the rides in portions for ``write_batch``."""
    return [rides[start : start + BATCH] for start in range(0, len(rides), BATCH)]


def last_places(rides: Sequence[Ridden]) -> dict[int, Place]:
    """Return where each vehicle stands in the end."""
    return {ridden.vehicle: Place(None, ridden.trip.end) for ridden in rides}


def write_batch(
    stage: Stage, rides: Sequence[Ridden], places: dict[int, Place], tally: Tally
) -> None:
    """Write those rides that are not there yet, with their vehicles and entries, and count them."""

    def work(session: Session) -> set[UUID]:
        return _write(session, stage, rides, places)

    new = run_transaction(work, idempotent=True)
    for ridden in rides:
        if ridden.id in new:
            tally.add(ridden)
    tally.known += len(rides) - len(new)


def _write(
    session: Session, stage: Stage, rides: Sequence[Ridden], places: dict[int, Place]
) -> set[UUID]:
    known = set(session.scalars(_known(stage, rides)).all())
    missing = [ridden for ridden in rides if ridden.id not in known]
    if not missing:
        return set()
    session.execute(_adding_vehicles(stage, missing, places))
    new = set(session.scalars(_adding_rides(stage, missing)).all())
    ledger.write_entries(session, [_charge(stage, each) for each in missing if each.id in new])
    session.execute(_telling(stage, len(new)))
    return new


def _telling(stage: Stage, number: int) -> Any:
    city = stage.city
    return audit_event_statement(
        AuditKind.TRIPS_IMPORTED,
        subject=f"city {city.name}",
        region=city.region,
        fleet=stage.fleet,
        rides=number,
    )


def _known(stage: Stage, rides: Sequence[Ridden]) -> Any:
    ids = [ridden.id for ridden in rides]
    return select(Ride.id).where(Ride.region == stage.city.region, Ride.id.in_(ids))


def _adding_vehicles(stage: Stage, rides: Sequence[Ridden], places: dict[int, Place]) -> Any:
    city = stage.city
    rows = [
        {
            "region": city.region,
            "id": _vehicle_id(stage, number),
            "city": city.name,
            "feed_system": stage.fleet,
            "feed_vehicle": str(number),
            "form_factor": FORM_FACTOR.value,
            "propulsion_type": PROPULSION_TYPE.value,
            "brand": "",
            "color": "",
            "state": VehicleState.AVAILABLE.value,
            **place_columns(places[number]),
        }
        for number in sorted({ridden.vehicle for ridden in rides})
    ]
    added = insert(table(Vehicle)).values(rows)
    # Of any of its keys: another run at the same moment may be met at each of them first.
    return added.on_conflict_do_nothing()


def _vehicle_id(stage: Stage, number: int) -> UUID:
    return uuid5(NAMESPACE, f"vehicle {stage.city.name} {stage.fleet} {number}")


def _adding_rides(stage: Stage, rides: Sequence[Ridden]) -> Any:
    added = insert(table(Ride)).values([_row(stage, ridden) for ridden in rides])
    return added.on_conflict_do_nothing(index_elements=["region", "id"]).returning(Ride.id)


def _row(stage: Stage, ridden: Ridden) -> dict[str, Any]:
    trip, price = ridden.trip, ridden.price
    return {
        "region": stage.city.region,
        "id": ridden.id,
        "city": stage.city.name,
        "vehicle_id": _vehicle_id(stage, ridden.vehicle),
        "rider_region": stage.rider.region,
        "rider_id": stage.rider.id,
        "started_at": trip.started_at,
        "start_lat": trip.start.lat,
        "start_lon": trip.start.lon,
        "ended_at": trip.ended_at,
        "end_lat": trip.end.lat,
        "end_lon": trip.end.lon,
        "plan_id": stage.plan.id,
        "distance_m": trip.distance_m,
        "price": price.total,
        "currency": price.currency,
        "price_lines": price.to_json(),
    }


def _charge(stage: Stage, ridden: Ridden) -> LedgerEntry:
    price = ridden.price
    return ride_entry(stage.rider, ridden.id, price.currency, price.total, price.tax)
