"""The details of a vehicle for its owner and for staff."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, func, join, select, true
from sqlalchemy.orm import Load, aliased, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.reports.models import Report
from webapp.fleet.vehicle_events.enums import EventCause
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.hooks import get_hooks
from webapp.web.roles import Permission

#: How many reports are listed beside a vehicle.
MAX_REPORTS = 10
#: How many events.
MAX_EVENTS = 30


class ListedEvent(NamedTuple):
    """An event, with the owner or the member of staff who caused it."""

    event: VehicleEvent
    #: None: a rider, a feed, time; the account was deleted; or an owner, where the viewer may not
    #: see persons. Of colleagues all staff see the names.
    actor: User | None


@dataclass(frozen=True)
class VehicleDetails:
    """A vehicle with what only its owner and staff see."""

    vehicle: Vehicle
    #: How many rides it had.
    rides: int
    #: Where its last rider left it, in that rider's words. For staff, not for the owner.
    last_end_address: str | None
    #: The last ``MAX_REPORTS``, newest first.
    reports: list[Report]
    #: The last ``MAX_EVENTS``, newest first. For staff, not for the owner.
    events: list[ListedEvent]
    #: The kinds of its alerts. For staff, not for the owner.
    alerts: Sequence[str] = ()


DetailsRow = tuple[Vehicle, int, str, Report, VehicleEvent, User]
#: The kinds of the alerts of a vehicle, for a query of vehicles.
AlertsColumn = ColumnElement[Sequence[str]]


def get_owner_vehicle_details(owner_key: RowKey, vehicle_key: RowKey) -> VehicleDetails:
    """Return the details of an owner's vehicle, without events; raises NotFound, for another's
    too."""
    is_own = key_condition(Vehicle, owner_key, "owner_region", "owner_id")
    query = _details_query(vehicle_key, max_events=0).where(is_own, ~retired_condition())
    return _get_details(query)


def get_staff_vehicle_details(
    staff: User, vehicle_key: RowKey, alerts: AlertsColumn | None = None
) -> VehicleDetails:
    """Return the details of a vehicle, also of a retired one, with ``Vehicle.owner`` for those who
    may see persons; raises NotFound without the role in its city. alerts: read them, too.

    A vehicle may have been in other cities: of those where the role does not count it has no
    reports and no events.
    """
    query = _details_query(vehicle_key, MAX_EVENTS, _persons_condition(staff))
    query = query.options(load_owner(staff))
    columns = [] if alerts is None else [alerts.label("alerts")]
    details = _get_details(query.add_columns(*columns))

    def may_view(city_name: str) -> bool:
        return staff.has_permission(Permission.VIEW_VEHICLES, city_name)

    if not may_view(details.vehicle.city):
        raise NotFound
    return replace(
        details,
        reports=[report for report in details.reports if may_view(report.city)],
        events=[listed for listed in details.events if may_view(listed.event.city)],
    )


def _get_details(query: Select[Any]) -> VehicleDetails:
    """Return the details. Any: the columns of a DetailsRow, and ``alerts`` for staff."""
    rows = db.session.execute(query).all()
    if not rows:
        raise NotFound
    vehicle, rides, last_end_address, *_ = rows[0]
    lists = [row[3:6] for row in rows]
    reports = [report for report, _, _ in lists if report]
    events = [ListedEvent(event, actor) for _, event, actor in lists if event]
    alerts = getattr(rows[0], "alerts", ())
    return VehicleDetails(vehicle, rides, last_end_address, reports, events, alerts)


def _details_query(
    vehicle_key: RowKey, max_events: int, may_see_persons: ColumnElement[bool] | None = None
) -> Select[DetailsRow]:
    """Return a query with a row for each report and for each event, side by side: one round trip
    for both lists.

    may_see_persons: whether the viewer reads the names of others than staff.
    """
    ride_columns = get_hooks().vehicle_ride_columns
    is_of_vehicle = key_condition(Report, vehicle_key, id="vehicle_id")
    reports = _numbered_query(
        select(Report).where(is_of_vehicle),
        Report.created_at.desc(),
        Report.id.asc(),
        limit=MAX_REPORTS,
    )
    events = _numbered_query(
        select(VehicleEvent).where(key_condition(VehicleEvent, vehicle_key, id="vehicle_id")),
        VehicleEvent.number.desc(),
        limit=max_events,
    )
    report, event = aliased(Report, reports), aliased(VehicleEvent, events)
    both = join(reports, events, reports.c.row_number == events.c.row_number, full=True)
    is_shown = event.cause == EventCause.STAFF.value
    if may_see_persons is not None:
        is_shown |= may_see_persons
    return (
        select(Vehicle, ride_columns.ride_count, ride_columns.last_end_address, report, event, User)
        .select_from(table(Vehicle).outerjoin(both, true()))
        .outerjoin(User, joined_account_condition(event.actor_region, event.actor_id) & is_shown)
        .options(Load(User).lazyload("*"))
        .where(key_condition(Vehicle, vehicle_key))
        .order_by(func.coalesce(reports.c.row_number, events.c.row_number))
    )


def load_owner(staff: User) -> ORMOption:
    """Return the option of a query of vehicles that loads ``Vehicle.owner`` for those who may see
    persons."""
    return joinedload(Vehicle.owner.and_(_persons_condition(staff))).lazyload("*")


def _persons_condition(staff: User) -> ColumnElement[bool]:
    """Return the condition that a member of staff may see the persons of a vehicle."""
    return staff.permitted_city_condition(Permission.VIEW_RIDERS, Vehicle.city)


# Any: of several types.
def _numbered_query(query: Select[Any], *order: ColumnElement[Any], limit: int) -> Subquery:
    """Return the first rows of a query with their numbers."""
    row_number = func.row_number().over(order_by=order).label("row_number")
    return query.add_columns(row_number).order_by(*order).limit(limit).subquery()
