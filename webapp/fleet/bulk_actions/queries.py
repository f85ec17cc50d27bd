"""Reading bulk actions and their results."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import aliased

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.bulk_actions.enums import BulkResult
from webapp.fleet.bulk_actions.models import BulkAction, BulkActionVehicle
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_actions.services import permission_for
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.regions.models import City

#: Rows that are read with one statement for the file.
BATCH = 1_000


class VehicleResult(NamedTuple):
    """What became of a vehicle; the vehicle is None if it is gone."""

    row: BulkActionVehicle
    vehicle: Vehicle | None


def find_bulk_action(staff: User, key: RowKey) -> BulkAction:
    """Return a bulk action; raises NotFound, also without the permission in its city."""
    bulk_action = db.session.get(BulkAction, key, populate_existing=True)
    if bulk_action is None:
        raise NotFound
    permission = permission_for(VehicleAction(bulk_action.action))
    if not staff.has_permission(permission, bulk_action.city):
        raise NotFound
    return bulk_action


def count_results(key: RowKey) -> dict[BulkResult | None, int]:
    """Return how many vehicles have which result; None: not yet."""
    rows = BulkActionVehicle
    query = select(rows.result, func.count()).where(key_condition(rows, key, id="bulk_action_id"))
    counts = {
        name and BulkResult(name): number
        for name, number in db.session.execute(query.group_by(rows.result))
    }
    return {each: counts[each] for each in (*BulkResult, None) if each in counts}


def list_results(
    key: RowKey, result: BulkResult | None, after: Cursor | None, limit: int | None = None
) -> Page[VehicleResult]:
    """Return one page of the vehicles of a bulk action by their ids; of one result, or of all that
    have one."""
    query = _results_query(key, after, limit or page_size())
    if result:
        query = query.where(BulkActionVehicle.result == result.value)
    rows = [VehicleResult(row, vehicle) for row, vehicle in db.session.execute(query)]
    return make_page(rows, lambda each: (each.row.vehicle_id,))


def _results_query(
    key: RowKey, after: Cursor | None, limit: int
) -> Select[tuple[BulkActionVehicle, Vehicle]]:
    row, vehicle = BulkActionVehicle, aliased(Vehicle)
    is_vehicle = (vehicle.region == row.region) & (vehicle.id == row.vehicle_id)
    query = (
        select(row, vehicle)
        .outerjoin(vehicle, is_vehicle)
        .where(key_condition(row, key, id="bulk_action_id"), row.result.is_not(None))
        .order_by(row.vehicle_id)
        .limit(limit + 1)
    )
    return query.where(row.vehicle_id > after[0]) if after else query


def stream_results(key: RowKey) -> Iterator[VehicleResult]:
    """Yield all vehicles with a result; one statement for each ``BATCH``."""
    after: Cursor | None = None
    while True:
        rows = db.session.execute(_results_query(key, after, BATCH)).all()
        yield from (VehicleResult(row, vehicle) for row, vehicle in rows[:BATCH])
        if len(rows) <= BATCH:
            return
        after = (rows[BATCH - 1][0].vehicle_id,)


def list_bulk_actions(city: City, after: Cursor | None) -> Page[BulkAction]:
    """Return one page of the bulk actions of a city, newest first."""
    query = (
        select(BulkAction)
        .where(BulkAction.region == city.region, BulkAction.city == city.name)
        .order_by(BulkAction.created_at.desc(), BulkAction.id.desc())
        .limit(page_size() + 1)
    )
    if after:
        query = query.where(tuple_(BulkAction.created_at, BulkAction.id) < after)
    return make_page(list(db.session.scalars(query)), lambda each: (each.created_at, each.id))
