"""Adding a vehicle."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.auth.services.role_grants import grant_role_statement
from webapp.db.errors import violated_constraint
from webapp.db.inserts import insert
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.services.audited_write import audited_write_statement
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.services.places import check_vehicle_place
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.origins import EventOrigin
from webapp.fleet.vehicle_events.writing import add_vehicles_ctes, new_vehicle_columns
from webapp.regions.enums import CityFeature
from webapp.regions.features import check_feature
from webapp.regions.models import City
from webapp.web.roles import Role

#: How often a vehicle is inserted when its random code is taken, which one code in a million is.
CODE_ATTEMPTS = 3

T = TypeVar("T")


def add_vehicle(
    owner: User, city: City, description: VehicleDescription, vehicle_id: UUID | None = None
) -> RowKey:
    """Add a vehicle in a city, give the rider the role of an owner, and return its key.

    vehicle_id: of the vehicle; added again with the same, it is one vehicle. None: a new one.

    Raises PlaceTooFar, EmailNotConfirmed.
    """
    check_email_confirmed(owner)
    check_feature(city, CityFeature.OWNER_VEHICLES)
    check_vehicle_place(city.region, description.place)
    vehicle_key = RowKey(city.region, vehicle_id or uuid4())
    statement = _add_vehicle_statement(owner.key, vehicle_key, city, description)

    def work(session: Session) -> None:
        session.execute(statement)
        session.execute(grant_role_statement(owner.key, Role.OWNER))

    retry_code_collisions(lambda: run_transaction(work, idempotent=True))
    return vehicle_key


def _add_vehicle_statement(
    owner_key: RowKey, vehicle_key: RowKey, city: City, description: VehicleDescription
) -> Select[tuple[UUID]]:
    """Return the INSERT with its audit event; repeated, it changes nothing."""
    vehicles = table(Vehicle)
    values = {
        **vehicle_key._asdict(),
        "city": city.name,
        "owner_region": owner_key.region,
        "owner_id": owner_key.id,
        **new_vehicle_columns(VehicleState.AVAILABLE),
        **description.columns(),
    }
    inserted = insert(vehicles).values(values)
    added, vehicle_events = add_vehicles_ctes(
        inserted.on_conflict_do_nothing(index_elements=["region", "id"]),
        EventOrigin(EventCause.OWNER, owner_key),
    )
    statement = audited_write_statement(added, AuditKind.VEHICLE_ADDED, owner_key, vehicle_key)
    return statement.add_cte(vehicle_events)


def retry_code_collisions(insert_vehicles: Callable[[], T]) -> T:
    """Run what inserts vehicles, again with other codes if one of their codes is taken."""
    for _ in range(CODE_ATTEMPTS - 1):
        try:
            return insert_vehicles()
        except IntegrityError as error:
            if violated_constraint(error) != "uq_vehicles_region_code":
                raise
    return insert_vehicles()
