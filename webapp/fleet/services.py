"""The rules of the fleet: who may put a vehicle on the street, change it, and take it away."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, exists, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import RoleGrant, User
from webapp.auth.services.registration import add_grant, check_confirmed
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import VEHICLE_TYPES, VehicleState
from webapp.fleet.models import Vehicle, is_lapsed, known_as
from webapp.fleet.reports.models import Report
from webapp.hooks import get_hooks
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point, distance_m
from webapp.regions.models import City
from webapp.web.roles import Role

#: States in which nobody counts on a vehicle; see ``is_at_rest``.
AT_REST = (VehicleState.AVAILABLE, VehicleState.NON_OPERATIONAL, VehicleState.MISSING)
#: How many reports an owner sees beside a vehicle.
REPORTS_SHOWN = 10
#: A new vehicle gets another code when the first is taken, so many times: one in a million is.
CODE_TRIES = 3
#: A place farther than this from every city of the region is a slip of the finger.
FARTHEST_M = 100_000


class VehicleInUse(DomainError):
    message = _l("Somebody is using this vehicle right now. Try again when it stands still.")


class VehicleRidden(DomainError):
    message = _l("Somebody is riding or holding a vehicle of yours. Try again when it is free.")


class PlaceTooFar(DomainError):
    status = 422
    field = "address"
    message = _l("That place is more than 100 km away from the city. Choose a nearer one.")


class VehicleGone(NotFound):
    message = _l("It may have been ridden since. Look for it on the map.")


T = TypeVar("T")


@dataclass(frozen=True)
class Description:
    """What an owner tells about a vehicle. ``type`` is a word of VEHICLE_TYPES."""

    type: str
    brand: str
    color: str
    place: Place

    def columns(self) -> dict[str, Any]:
        form_factor, propulsion_type = VEHICLE_TYPES[self.type]
        return {
            "form_factor": form_factor.value,
            "propulsion_type": propulsion_type.value,
            "brand": self.brand,
            "color": self.color,
            **place_columns(self.place),
        }


def place_columns(place: Place) -> dict[str, Any]:
    """Return the columns that say where a vehicle stands."""
    return {**place.columns(), "cell": place.point.cell if place.point else None}


def check_place(region: str, place: Place) -> None:
    """Raise PlaceTooFar when the point is near no city of the region. Asks no database."""
    centres = [city.centre for city in catalogue().all() if city.region == region]
    if centres and place.point and not is_near(place.point, centres):
        raise PlaceTooFar


def is_near(point: Point, others: Iterable[Point]) -> bool:
    """Tell whether a point is within reach of one of the others."""
    return any(distance_m(point, other) <= FARTHEST_M for other in others)


def vehicle_at(key: RowKey) -> Vehicle:
    """Return the vehicle that the public knows by that key; raises VehicleGone."""
    vehicle: Vehicle | None = db.session.scalar(
        select(Vehicle).where(known_as(key), Vehicle.state != VehicleState.REMOVED)
    )
    if vehicle is None:
        raise VehicleGone
    return vehicle


def own_vehicle(owner: RowKey, key: RowKey) -> Vehicle:
    """Return the owner's vehicle by its own key; raises NotFound for another's."""
    vehicle = db.session.get(Vehicle, key)
    if vehicle is None or vehicle.state == VehicleState.REMOVED:
        raise NotFound
    if (vehicle.owner_region, vehicle.owner_id) != owner:
        raise NotFound
    return vehicle


@dataclass(frozen=True)
class Record:
    """What whoever looks after a vehicle knows about it."""

    vehicle: Vehicle
    rides: int
    #: The last ones, the newest first.
    reports: list[Report]


def record_of_own(owner: RowKey, key: RowKey) -> Record:
    """Return what the owner knows about a vehicle; raises NotFound for another's."""
    return _record(key, Vehicle.owner_region == owner.region, Vehicle.owner_id == owner.id)


def record_of(staff: User, key: RowKey) -> Record:
    """Return what staff know about a vehicle; raises NotFound where their role does not hold."""
    record = _record(key)
    if not staff.has_role(Role.FLEET, record.vehicle.city):
        raise NotFound
    return record


def _record(key: RowKey, *conditions: ColumnElement[bool]) -> Record:
    """Return all in one question; raises NotFound."""
    last = (
        select(Report)
        .where(Report.region == key.region, Report.vehicle_id == key.id)
        .order_by(Report.created_at.desc(), Report.id)
        .limit(REPORTS_SHOWN)
        .subquery()
    )
    report = aliased(Report, last)
    statement = (
        select(Vehicle, get_hooks().vehicle_facts.ride_count, report)
        .outerjoin(report, report.vehicle_id == Vehicle.id)
        .where(Vehicle.region == key.region, Vehicle.id == key.id, *conditions)
        .where(Vehicle.state != VehicleState.REMOVED)
        .order_by(report.created_at.desc(), report.id)
    )
    rows = db.session.execute(statement).all()
    if not rows:
        raise NotFound
    vehicle, rides, _ = rows[0]
    return Record(vehicle, rides, [row[2] for row in rows if row[2]])


def add_vehicle(owner: User, city: City, told: Description) -> RowKey:
    """Put a vehicle on the street of a city; its owner becomes one by that.

    Raises PlaceTooFar, EmailNotConfirmed.
    """
    check_confirmed(owner)
    check_place(city.region, told.place)
    key, owner_key = RowKey(city.region, uuid4()), owner.key
    values = {
        **key._asdict(),
        "city": city.name,
        "owner_region": owner_key.region,
        "owner_id": owner_key.id,
        "state": VehicleState.AVAILABLE.value,
        **told.columns(),
    }

    vehicles = table(Vehicle)
    once = insert(vehicles).values(values).on_conflict_do_nothing(index_elements=["region", "id"])
    added = once.returning(vehicles.c.id)
    statement = _told(added, AuditKind.VEHICLE_ADDED, owner_key, key)

    def work(session: Session) -> None:
        session.execute(statement)
        add_grant(session, owner_key, Role.OWNER)

    with_new_codes(lambda: run_transaction(work, idempotent=True))
    return key


def with_new_codes(add: Callable[[], T]) -> T:
    """Run what adds vehicles, and again when another vehicle has a code that it made."""
    for _ in range(CODE_TRIES - 1):
        try:
            return add()
        except IntegrityError as error:
            if violated_constraint(error) != "uq_vehicles_code":
                raise
    return add()


def edit_vehicle(owner: RowKey, key: RowKey, told: Description) -> None:
    """Change the owner's vehicle while it stands still.

    Raises NotFound, VehicleInUse, PlaceTooFar.
    """
    check_place(key.region, told.place)
    changed = run_transaction(
        lambda s: _change_at_rest(s, AuditKind.VEHICLE_CHANGED, owner, key, told.columns()),
        idempotent=True,
        one_statement=True,
    )
    if not changed:
        _explain(owner, key)


def remove_vehicle(owner: RowKey, key: RowKey) -> None:
    """Take the owner's vehicle off the street; with the last one goes the role. Twice is fine.

    Raises NotFound, VehicleInUse.
    """

    def work(session: Session) -> bool:
        state = {"state": VehicleState.REMOVED.value}
        gone = _change_at_rest(session, AuditKind.VEHICLE_REMOVED, owner, key, state)
        session.execute(_withdraw_from_last(owner))
        return gone

    if not run_transaction(work, idempotent=True):
        vehicle = db.session.get(Vehicle, key)
        if vehicle and vehicle.state == VehicleState.REMOVED and vehicle.owner_id == owner.id:
            return
        _explain(owner, key)


def _change_at_rest(
    session: Session, kind: AuditKind, owner: RowKey, key: RowKey, values: dict[str, Any]
) -> bool:
    vehicles = table(Vehicle)
    changed = (
        update(vehicles)
        .where(
            vehicles.c.region == key.region,
            vehicles.c.id == key.id,
            vehicles.c.owner_region == owner.region,
            vehicles.c.owner_id == owner.id,
            is_at_rest(),
        )
        .values(values)
        .returning(vehicles.c.id)
    )
    return session.execute(_told(changed, kind, owner, key)).first() is not None


def is_at_rest() -> ColumnElement[bool]:
    """Return the condition that an owner may change or remove a vehicle: nobody counts on it."""
    return or_(table(Vehicle).c.state.in_(AT_REST), is_lapsed())


def _told(change: Any, kind: AuditKind, owner: RowKey, key: RowKey) -> Any:
    """The same change, told in the trail if it changes something; it returns the vehicle's id."""
    changed = change.cte("changed")
    audit_event = audit_event_statement(
        kind, actor=owner, subject=audit_subject("vehicle", key), after=changed
    )
    return select(changed.c.id).add_cte(as_cte(audit_event))


def _explain(owner: RowKey, key: RowKey) -> None:
    own_vehicle(owner, key)
    raise VehicleInUse


def _withdraw_from_last(owner: RowKey) -> Any:
    has_others = exists().where(
        Vehicle.owner_region == owner.region,
        Vehicle.owner_id == owner.id,
        Vehicle.state != VehicleState.REMOVED,
    )
    return (
        delete(RoleGrant)
        .where(
            RoleGrant.region == owner.region,
            RoleGrant.user_id == owner.id,
            RoleGrant.role == Role.OWNER.value,
            ~has_others,
        )
        .execution_options(synchronize_session=False)
    )


def leave_the_street(session: Session, owner: RowKey) -> None:
    """Remove all vehicles of an account that is about to go. Raises VehicleRidden."""
    own = [Vehicle.owner_region == owner.region, Vehicle.owner_id == owner.id]
    own.append(Vehicle.state != VehicleState.REMOVED)
    if session.scalar(select(Vehicle.id).where(*own, is_at_rest().is_not(true())).limit(1)):
        raise VehicleRidden
    removed = update(Vehicle).where(*own).values(state=VehicleState.REMOVED.value)
    session.execute(removed.execution_options(synchronize_session=False))
