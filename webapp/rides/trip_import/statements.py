"""The statements that write imported rides, their vehicles, rider and audit event."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

from sqlalchemy import Select, func, select
from sqlalchemy.sql.dml import ReturningInsert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte, city_event_statement
from webapp.auth.models import User
from webapp.db.inserts import Insert, insert
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.services.places import place_columns
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.writing import add_vehicles_ctes, new_vehicle_columns
from webapp.regions.geography import Place
from webapp.regions.models import City
from webapp.rides.models import Ride
from webapp.rides.trip_import.conversion import (
    FORM_FACTOR,
    NAMESPACE,
    PROPULSION_TYPE,
    ImportedRide,
    TripImport,
)


def insert_rider_statement(rider_key: RowKey, city: City, username: str) -> Select[tuple[UUID]]:
    """Return the statement that adds the account of a city's imported rides, unless it exists.

    Nobody can sign in to it: it has no password and is closed. Its address receives no mail.
    """
    users = table(User)
    row = {
        **rider_key._asdict(),
        "city": city.name,
        "username": username,
        "email": f"{username}@movr.invalid",
        "first_name": "Trips",
        "last_name": city.default_label[:60],
        "password_hash": "",
        "disabled_at": func.now(),
    }
    inserted = insert(users).values(row).on_conflict_do_nothing(index_elements=["region", "id"])
    added = inserted.returning(users.c.id).cte("new_rider")
    audit_event = account_event_statement(
        AuditKind.REGISTERED, rider_key, region=rider_key.region, after=added
    )
    return select(added.c.id).add_cte(as_cte(audit_event))


def existing_rides_query(
    trip_import: TripImport, rides: Sequence[ImportedRide]
) -> Select[tuple[UUID]]:
    """Return the query of the ids of those rides that have been imported before."""
    ids = [ride.id for ride in rides]
    return select(Ride.id).where(Ride.region == trip_import.city.region, Ride.id.in_(ids))


def insert_vehicles_statement(
    trip_import: TripImport, rides: Sequence[ImportedRide], places: Mapping[int, Place]
) -> Select[tuple[UUID]]:
    """Return the statement that adds the vehicles of rides, at their places, unless they exist. It
    returns the ids of new ones."""
    city = trip_import.city
    rows = [
        {
            "region": city.region,
            "id": _make_vehicle_id(trip_import, number),
            "city": city.name,
            "feed_system": trip_import.feed_system,
            "feed_vehicle": str(number),
            "form_factor": FORM_FACTOR.value,
            "propulsion_type": PROPULSION_TYPE.value,
            "brand": "",
            "color": "",
            **new_vehicle_columns(VehicleState.AVAILABLE),
            **place_columns(places[number]),
        }
        for number in sorted({ride.vehicle for ride in rides})
    ]
    # A conflict at any key: an import at the same time may meet this one at each of them first.
    inserted = insert(table(Vehicle)).values(rows).on_conflict_do_nothing()
    added, events = add_vehicles_ctes(inserted, EventOrigin(EventCause.FEED))
    return select(added.c.id).add_cte(events)


def _make_vehicle_id(trip_import: TripImport, number: int) -> UUID:
    name = f"vehicle {trip_import.city.name} {trip_import.feed_system} {number}"
    return uuid5(NAMESPACE, name)


def insert_rides_statement(
    trip_import: TripImport, rides: Sequence[ImportedRide]
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that adds rides unless they exist. It returns the ids of new ones."""
    inserted = insert(table(Ride)).values([_make_ride_row(trip_import, ride) for ride in rides])
    return inserted.on_conflict_do_nothing(index_elements=["region", "id"]).returning(Ride.id)


def _make_ride_row(trip_import: TripImport, ride: ImportedRide) -> dict[str, object]:
    trip, price = ride.trip, ride.price
    return {
        "region": trip_import.city.region,
        "id": ride.id,
        "city": trip_import.city.name,
        "vehicle_id": _make_vehicle_id(trip_import, ride.vehicle),
        "rider_region": trip_import.rider_key.region,
        "rider_id": trip_import.rider_key.id,
        "started_at": trip.started_at,
        "start_lat": trip.start.lat,
        "start_lon": trip.start.lon,
        "ended_at": trip.ended_at,
        "end_lat": trip.end.lat,
        "end_lon": trip.end.lon,
        "plan_id": trip_import.plan.id,
        "distance_m": trip.distance_m,
        "price": price.total,
        "currency": price.currency,
        "price_lines": price.to_json(),
    }


def import_event_statement(trip_import: TripImport, ride_count: int) -> Insert:
    """Return the statement that writes the audit event of an import."""
    city = trip_import.city
    return city_event_statement(
        AuditKind.TRIPS_IMPORTED,
        city,
        fleet=trip_import.feed_system,
        rides=ride_count,
    )
