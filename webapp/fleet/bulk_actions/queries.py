"""Reading bulk actions and their results."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ScalarSelect, Select, func, select, true, tuple_
from sqlalchemy.orm import aliased

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.bulk_actions.enums import BulkResult
from webapp.fleet.bulk_actions.models import BulkAction, BulkActionVehicle
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_actions.services import find_required_permission
from webapp.regions.models import City

#: Rows that are read with one statement for the file.
BATCH = 1_000


class VehicleResult(NamedTuple):
    """What became of a vehicle; the vehicle is None if it is gone."""

    row: BulkActionVehicle
    vehicle: Vehicle | None


class ListedBulkAction(NamedTuple):
    """A bulk action in a list."""

    bulk_action: BulkAction
    #: Who started it. None: the account was deleted.
    creator_name: str | None


class BulkActionDetails(NamedTuple):
    """A bulk action, and one page of its results."""

    bulk_action: BulkAction
    #: Who started it. None: the account was deleted.
    creator_name: str | None
    #: How many vehicles have which result; None: not yet. Those of a newer release are last.
    counts: dict[str | None, int]
    page: Page[VehicleResult]


def find_bulk_action(staff: User, key: RowKey) -> BulkAction:
    """Return a bulk action; raises NotFound, also without the permission in its city."""
    bulk_action = db.session.get(BulkAction, key, populate_existing=True)
    return _check_permission(staff, bulk_action)


def _check_permission(staff: User, bulk_action: BulkAction | None) -> BulkAction:
    if bulk_action is None:
        raise NotFound
    permission = find_required_permission(bulk_action.action)
    if not staff.has_permission(permission, bulk_action.city):
        raise NotFound
    return bulk_action


def find_bulk_action_details(
    staff: User, key: RowKey, result: BulkResult | None, after: Cursor | None
) -> BulkActionDetails:
    """Return a bulk action with a page of its vehicles by their ids; of one result, or of all that
    have one. One statement.

    Raises NotFound, also without the permission in its city.
    """
    results = _results_query(key, after, page_size(), result).subquery()
    row, vehicle = aliased(BulkActionVehicle, results), aliased(Vehicle)
    is_vehicle = (vehicle.region == row.region) & (vehicle.id == row.vehicle_id)
    query = (
        select(
            BulkAction,
            _creator_name_column(),
            _counts_query(key).scalar_subquery(),
            row,
            vehicle,
        )
        .join_from(BulkAction, row, true(), isouter=True)
        .outerjoin(vehicle, is_vehicle)
        .where(key_condition(BulkAction, key))
        .order_by(row.vehicle_id.nulls_last())
        .execution_options(populate_existing=True)
    )
    rows = db.session.execute(query).all()
    bulk_action, creator_name, counts = rows[0][:3] if rows else (None, None, None)
    vehicles = [VehicleResult(row, vehicle) for *_, row, vehicle in rows if row]
    page = make_page(vehicles, lambda each: (each.row.vehicle_id,))
    bulk_action = _check_permission(staff, bulk_action)
    return BulkActionDetails(bulk_action, creator_name, _read_counts(counts), page)


def _creator_name_column() -> ScalarSelect[str]:
    """Return the name of who started a bulk action. Not the account: read anew, the viewer's own
    would lose the roles that were read with it."""
    users = table(User).c
    is_creator = joined_account_condition(BulkAction.creator_region, BulkAction.creator_id)
    name = users.first_name + " " + func.left(users.last_name, 1) + "."
    return select(name).where(is_creator).scalar_subquery()


def _counts_query(key: RowKey) -> Select[tuple[dict[str, int] | None]]:
    """Return the query for one JSON object: by result, ``''`` for none yet, how many vehicles."""
    rows = BulkActionVehicle
    name = func.coalesce(rows.result, "").label("name")
    counts = (
        select(name, func.count().label("number"))
        .where(key_condition(rows, key, id="bulk_action_id"))
        .group_by(rows.result)
        .subquery()
    )
    return select(func.json_object_agg(counts.c.name, counts.c.number))


def _read_counts(stored: dict[str, int] | None) -> dict[str | None, int]:
    counts = {name or None: number for name, number in (stored or {}).items()}
    known = {each: counts.pop(each) for each in (*BulkResult, None) if each in counts}
    return known | counts


def _results_query(
    key: RowKey, after: Cursor | None, limit: int, result: BulkResult | None = None
) -> Select[tuple[BulkActionVehicle]]:
    """Return the query for one row more than ``limit``."""
    row = BulkActionVehicle
    is_result = row.result.is_not(None) if result is None else row.result == result.value
    query = select(row).where(key_condition(row, key, id="bulk_action_id"), is_result)
    if after:
        query = query.where(row.vehicle_id > after[0])
    return query.order_by(row.vehicle_id).limit(limit + 1)


def stream_results(key: RowKey) -> Iterator[VehicleResult]:
    """Yield all vehicles with a result; one statement for each ``BATCH``."""
    after: Cursor | None = None
    row = BulkActionVehicle
    is_vehicle = (Vehicle.region == row.region) & (Vehicle.id == row.vehicle_id)
    while True:
        query = _results_query(key, after, BATCH).add_columns(Vehicle)
        rows = db.session.execute(query.outerjoin(Vehicle, is_vehicle)).all()
        yield from (VehicleResult(row, vehicle) for row, vehicle in rows[:BATCH])
        if len(rows) <= BATCH:
            return
        after = (rows[BATCH - 1][0].vehicle_id,)


def list_bulk_actions(city: City, after: Cursor | None) -> Page[ListedBulkAction]:
    """Return one page of the bulk actions of a city, newest first."""
    query = (
        select(BulkAction, _creator_name_column())
        .where(BulkAction.region == city.region, BulkAction.city == city.name)
        .order_by(BulkAction.created_at.desc(), BulkAction.id.desc())
        .limit(page_size() + 1)
    )
    if after:
        query = query.where(tuple_(BulkAction.created_at, BulkAction.id) < after)
    rows = [ListedBulkAction._make(row) for row in db.session.execute(query)]
    return make_page(rows, lambda row: (row.bulk_action.created_at, row.bulk_action.id))
