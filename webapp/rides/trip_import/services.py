"""Trips of other operators as ended rides, with vehicles, prices and ledger entries."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid5

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.auth.models import User
from webapp.auth.services.users import find_user
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write, run_transaction
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_plan
from webapp.regions.geography import Place
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import LedgerEntry, ride_entry
from webapp.rides.trip_import.conversion import (
    FORM_FACTOR,
    NAMESPACE,
    PROPULSION_TYPE,
    ImportedRide,
    TripImport,
)
from webapp.rides.trip_import.enums import ParkingOutcome
from webapp.rides.trip_import.statements import (
    existing_rides_query,
    import_event_statement,
    insert_rider_statement,
    insert_rides_statement,
    insert_vehicles_statement,
)
from webapp.rides.trip_import.trip_files import TripFile

#: Rides in one transaction.
BATCH_SIZE = 250


class TripImportImpossible(DomainError):
    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


@dataclass
class TripImportResult:
    """What an import has written. ``money`` in minor units by currency."""

    rides: int = 0
    existing: int = 0
    duration: timedelta = timedelta()
    distance_m: int = 0
    money: Counter[str] = field(default_factory=Counter)
    #: Rides by what the rules about parking said, and the zone.
    parking: Counter[tuple[ParkingOutcome, str]] = field(default_factory=Counter)

    def add(self, ride: ImportedRide) -> None:
        self.rides += 1
        self.duration += ride.trip.ended_at - ride.trip.started_at
        self.distance_m += ride.trip.distance_m
        self.money[ride.price.currency] += ride.price.total
        self.parking[ride.parking, ride.parking_zone] += 1


def prepare_import(city: City, trip_file: TripFile, username: str | None) -> TripImport:
    """Return the import of a file's trips into a city.

    username: whose rides they become; None: those of an account that is made for it.

    Raises TripImportImpossible, and always without DEMO_ALLOWED.
    """
    if not current_app.config["DEMO_ALLOWED"]:
        raise TripImportImpossible(
            "Importing trips is for development: it writes rides that nobody rode."
        )
    vehicle = Vehicle(city=city.name, form_factor=FORM_FACTOR, propulsion_type=PROPULSION_TYPE)
    plan = find_plan(vehicle)
    if plan is None:
        advice = "Publish one to try it, with 'flask plans publish'."
        raise TripImportImpossible(
            f"{city_label(city)} has no price for scooters: riding is free. {advice}"
        )
    rider_key = _find_rider(username) if username else _ensure_import_rider(city)
    return TripImport(city, plan, rider_key, f"trips {trip_file.digest[:12]}")


def _find_rider(username: str) -> RowKey:
    user = find_user(username)
    if user is None:
        raise TripImportImpossible(f"There is no account {username!r}.")
    return user.key


def _ensure_import_rider(city: City) -> RowKey:
    """Return the account of a city's imported rides; add it before the first import."""
    rider_key = RowKey(city.region, uuid5(NAMESPACE, f"rider {city.name}"))
    username = "trips-" + re.sub("[^a-z0-9]+", "-", city.name)[:24]
    statement = insert_rider_statement(rider_key, city, username)
    try:
        execute_write(statement, idempotent=True)
    except IntegrityError as error:
        if not violated_constraint(error).startswith("uq_users_"):
            raise
        query = select(User.id).where(key_condition(User, rider_key))
        if db.session.scalar(query):
            return rider_key  # another import has just added it
        raise TripImportImpossible(
            f"The account {username!r} is somebody's: say --rider."
        ) from None
    return rider_key


def split_batches(rides: Sequence[ImportedRide]) -> list[Sequence[ImportedRide]]:
    """Return the rides in batches for ``write_batch``."""
    return [rides[start : start + BATCH_SIZE] for start in range(0, len(rides), BATCH_SIZE)]


def last_places(rides: Sequence[ImportedRide]) -> dict[int, Place]:
    """Return where the last ride of each vehicle ended."""
    return {ride.vehicle: Place(None, ride.trip.end) for ride in rides}


def write_batch(
    trip_import: TripImport,
    rides: Sequence[ImportedRide],
    places: dict[int, Place],
    result: TripImportResult,
) -> None:
    """Write those rides that do not exist, with vehicles and ledger entries; add them to
    ``result``."""
    new_ids = run_transaction(
        lambda session: _write(session, trip_import, rides, places), idempotent=True
    )
    for ride in rides:
        if ride.id in new_ids:
            result.add(ride)
    result.existing += len(rides) - len(new_ids)


def _write(
    session: Session,
    trip_import: TripImport,
    rides: Sequence[ImportedRide],
    places: dict[int, Place],
) -> set[UUID]:
    existing = set(session.scalars(existing_rides_query(trip_import, rides)).all())
    missing = [ride for ride in rides if ride.id not in existing]
    if not missing:
        return set()
    session.execute(insert_vehicles_statement(trip_import, missing, places))
    new_ids = set(session.scalars(insert_rides_statement(trip_import, missing)).all())
    charges = [_charge(trip_import, ride) for ride in missing if ride.id in new_ids]
    ledger.write_entries(session, charges)
    session.execute(import_event_statement(trip_import, len(new_ids)))
    return new_ids


def _charge(trip_import: TripImport, ride: ImportedRide) -> LedgerEntry:
    price = ride.price
    return ride_entry(trip_import.rider_key, ride.id, price.currency, price.total, price.tax)
