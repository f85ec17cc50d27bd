"""Vehicles, reports and tasks as JSON for owners and staff. Keys are lasting ones here."""

from typing import Annotated, Any

from msgspec import Meta

from webapp.api.values import (
    Answer,
    Key,
    PointBody,
    Position,
    Timestamp,
    in_utc,
    make_position,
)
from webapp.db.keys import RowKey
from webapp.fleet.models import MAX_ADDRESS_LENGTH, Vehicle
from webapp.fleet.queries.details import ListedEvent
from webapp.fleet.reports.models import Report
from webapp.fleet.tasks.models import Task
from webapp.regions.geography import Place, Point

#: Nothing that people type has an invisible character (webapp/forms.py).
ONE_LINE = r"^[^\x00-\x1f\x7f\u2028\u2029]*$"
#: The same for texts of several lines.
LINES = r"^[^\x00-\x09\x0b-\x1f\x7f\u2028\u2029]*$"
AddressText = Annotated[str, Meta(max_length=MAX_ADDRESS_LENGTH, pattern=ONE_LINE)]


class PlaceBody(PointBody):
    """A request that says where a vehicle is."""

    address: AddressText | None = None

    @property
    def place(self) -> Place:
        """Where it is; without a point it is where it was."""
        if self.lat is None or self.lon is None:
            return Place()
        return Place(self.address, Point(self.lat, self.lon))


class FleetVehicle(Answer):
    """A vehicle for its owner and for staff."""

    id: Annotated[Key, Meta(description="Its lasting key, which the public does not see.")]
    code: Annotated[str, Meta(description="As on its label.")]
    city: str
    form_factor: Annotated[str, Meta(description="As in GBFS.")]
    propulsion_type: Annotated[str, Meta(description="As in GBFS.")]
    brand: str
    color: str
    state: Annotated[str, Meta(description="As in MDS: available, reserved, on_trip, ...")]
    position: Position | None
    address: str | None
    battery_percent: int | None
    range_m: int | None
    created_at: Timestamp


class VehicleReport(Answer):
    """A report about a vehicle, without who filed it."""

    id: Key
    kind: Annotated[str, Meta(description="damage, bad_parking, lost or other.")]
    called_unsafe: Annotated[bool, Meta(description="It says: it is not safe to ride.")]
    critical: Annotated[
        bool, Meta(description="While it is open, it keeps the vehicle out of service.")
    ]
    state: Annotated[str, Meta(description="new, in_progress, resolved or dismissed.")]
    note: str
    created_at: Timestamp


class FleetEvent(Answer):
    """What happened to a vehicle."""

    number: Annotated[int, Meta(description="1 for its first event, and so on.")]
    occurred_at: Timestamp
    state: Annotated[str, Meta(description="Its state after it.")]
    event_types: Annotated[list[str], Meta(description="As in MDS.")]
    cause: Annotated[str, Meta(description="rider, owner, staff, feed, time or unknown.")]
    action: Annotated[str | None, Meta(description="What staff did.")]
    actor: Annotated[str | None, Meta(description="Their username, as on the page.")]
    note: str


class FleetTask(Answer):
    """A task for those who do it."""

    id: Key
    city: str
    vehicle_id: Key
    vehicle_code: str
    position: Position | None
    address: str | None
    kind: Annotated[str, Meta(description="collect, swap_battery, repair, ... or own.")]
    own_kind: Annotated[str, Meta(description="The name of a kind of the city's own.")]
    priority: Annotated[int, Meta(description="1 urgent, 2 normal, 3 low.")]
    state: Annotated[str, Meta(description="open, in_progress, done or cancelled.")]
    is_own: Annotated[bool, Meta(description="Whether it is this account's.")]
    note: str
    distance_m: Annotated[int | None, Meta(description="From the point, or the stop before.")]
    created_at: Timestamp


def describe_fleet_vehicle(vehicle: Vehicle) -> FleetVehicle:
    """Return a vehicle as JSON."""
    return FleetVehicle(**fleet_vehicle_values(vehicle))


# Any: the members of a struct.
def fleet_vehicle_values(vehicle: Vehicle) -> dict[str, Any]:
    """Return the members of a FleetVehicle."""
    return {
        "id": str(vehicle.key),
        "code": vehicle.code,
        "city": vehicle.city,
        "form_factor": vehicle.form_factor,
        "propulsion_type": vehicle.propulsion_type,
        "brand": vehicle.brand,
        "color": vehicle.color,
        "state": str(vehicle.current_state),
        "position": make_position(vehicle.point),
        "address": vehicle.address,
        "battery_percent": vehicle.battery_percent,
        "range_m": vehicle.range_m,
        "created_at": in_utc(vehicle.created_at),
    }


def describe_report(report: Report) -> VehicleReport:
    """Return a report as JSON."""
    return VehicleReport(**report_values(report))


# Any: the members of a struct.
def report_values(report: Report) -> dict[str, Any]:
    """Return the members of a VehicleReport."""
    return {
        "id": str(report.key),
        "kind": report.kind,
        "called_unsafe": report.critical or report.called_unsafe,
        "critical": report.critical,
        "state": report.state,
        "note": report.note,
        "created_at": in_utc(report.created_at),
    }


def describe_event(listed: ListedEvent) -> FleetEvent:
    """Return an event as JSON."""
    event, actor = listed
    return FleetEvent(
        number=event.number,
        occurred_at=in_utc(event.occurred_at),
        state=event.state,
        event_types=event.event_types,
        cause=event.cause,
        action=event.action,
        actor=actor.username if actor else None,
        note=event.note,
    )


def describe_task(task: Task, viewer_key: RowKey, distance_m: int | None = None) -> FleetTask:
    """Return a task, with its vehicle, as JSON."""
    vehicle = task.vehicle
    return FleetTask(
        id=str(task.key),
        city=task.city,
        vehicle_id=str(task.vehicle_key),
        vehicle_code=vehicle.code,
        position=make_position(vehicle.point),
        address=vehicle.address,
        kind=task.kind,
        own_kind=task.custom_kind,
        priority=task.priority,
        state=task.state,
        is_own=task.assignee_key == viewer_key,
        note=task.note,
        distance_m=distance_m,
        created_at=in_utc(task.created_at),
    )
