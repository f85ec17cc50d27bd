"""Calls of the search of staff, and of bulk actions."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Executable

from tests.migrations.sample_rows import NEW_YORK, RIDER, VEHICLE
from tests.migrations.service_calls.calls import execute
from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.bulk_actions import queries, statements
from webapp.fleet.bulk_actions.account_deletion import anonymise_bulk_actions_in_slices
from webapp.fleet.bulk_actions.enums import BULK_ACTIONS, BulkResult
from webapp.fleet.bulk_actions.selection import Selection, preview
from webapp.fleet.bulk_actions.services import dump_details
from webapp.fleet.enums import VehicleState
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.staff_search.services import search, suggest_text
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.statements import vehicle_action_statement
from webapp.fleet.vehicle_actions.transfer import transfer_statement
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.riders import search_source as riders
from webapp.staff_search import SearchScope, SearchTerm
from webapp.web.roles import Role

MANAGER = User(
    region=RIDER.region,
    id=RIDER.id,
    role_grants=[RoleGrant(role=Role.FLEET, cities=[NEW_YORK.name])],
)
BULK_ACTION = RowKey("us-east1", UUID(int=22))
DETAILS = ActionDetails(action_id=UUID(int=23))
OUT = VehicleAction.TAKE_OUT_OF_SERVICE
BY_FILTER = Selection(
    NEW_YORK, vehicle_filter=VehicleFilter(NEW_YORK, tuple(VehicleState), words="green")
)
BY_ALERT = replace(BY_FILTER, alert=(AlertKind.BATTERY_LOW, 20))
BY_HAND = Selection(NEW_YORK, {VEHICLE.id})
UNDO = Selection(NEW_YORK, undoes=BULK_ACTION)
ROW = {
    "region": BULK_ACTION.region,
    "id": BULK_ACTION.id,
    "city": NEW_YORK.name,
    "action": OUT.value,
    "details": dump_details(DETAILS),
    "filter": {"q": "green"},
    "undoes_id": None,
    "creator_region": RIDER.region,
    "creator_id": RIDER.id,
}
IDS = [VEHICLE.id]


def _riders_query() -> Executable:
    scope = SearchScope({NEW_YORK.name}, {NEW_YORK.region})
    query = riders.SEARCH_SOURCE.query(SearchTerm("grace hopper"), scope, 11)
    assert query is not None
    return query


def _act(action: VehicleAction) -> Any:
    is_decided = statements.is_decided_condition(BULK_ACTION, IDS)
    return vehicle_action_statement(action, DETAILS, RIDER, is_decided)


STAFF: dict[str, Callable[[], Any]] = {
    "give a vehicle to an owner": execute(
        lambda: transfer_statement(MANAGER, VEHICLE, "ada", DETAILS)
    ),
    "give a vehicle to the operator": execute(
        lambda: transfer_statement(MANAGER, VEHICLE, "", DETAILS)
    ),
    "search as staff: vehicles": lambda: search(MANAGER, "ACDE2233HX", "vehicles"),
    "search as staff: rides": lambda: search(MANAGER, "3f9a01bc", "rides"),
    "search as staff: reports": lambda: search(MANAGER, "3f9a01bc", "reports"),
    "count and record a search for persons": lambda: search(MANAGER, "grace", "riders"),
    "search as staff: riders": lambda: db.session.execute(_riders_query()),
    "a text that is like one": lambda: suggest_text(MANAGER, "pegasos"),
    "preview a bulk action, by filter": lambda: preview(BY_FILTER, OUT, DETAILS),
    "preview a bulk action, by alert": lambda: preview(BY_ALERT, OUT, DETAILS),
    "preview a bulk action, by hand": lambda: preview(BY_HAND, OUT, DETAILS),
    "preview of undoing a bulk action": lambda: preview(UNDO, OUT, DETAILS),
    "start a bulk action": execute(lambda: statements.start_statement(ROW, BY_FILTER)),
    "undo a bulk action": execute(lambda: statements.start_statement(ROW, UNDO)),
    "retire many": execute(
        lambda: statements.start_statement({**ROW, "action": "retire"}, BY_FILTER)
    ),
    "the reasons before a bulk action": execute(lambda: statements.reasons_query(BULK_ACTION, IDS)),
    "vehicles of a bulk action without a result": execute(
        lambda: statements.waiting_query(BULK_ACTION, VEHICLE.id, 200)
    ),
    **{
        f"decide a bulk action: {action}": execute(
            partial(statements.decide_statement, BULK_ACTION, "new york", IDS, action, DETAILS)
        )
        for action in BULK_ACTIONS
    },
    **{f"do a bulk action: {action}": execute(partial(_act, action)) for action in BULK_ACTIONS},
    "events after a bulk action": execute(
        lambda: statements.count_events_statement(BULK_ACTION, IDS)
    ),
    "the result of some vehicles": execute(
        lambda: statements.set_result_statement(BULK_ACTION, IDS, BulkResult.GONE)
    ),
    "finish a bulk action": execute(lambda: statements.finish_statement(BULK_ACTION)),
    "a bulk action with its results": lambda: queries.find_bulk_action_details(
        MANAGER, BULK_ACTION, BulkResult.DONE, (VEHICLE.id,)
    ),
    "the results of a bulk action": lambda: list(queries.stream_results(BULK_ACTION)),
    "bulk actions of a city": lambda: queries.list_bulk_actions(NEW_YORK, None),
    "anonymise the bulk actions of an account": lambda: anonymise_bulk_actions_in_slices(RIDER),
}
