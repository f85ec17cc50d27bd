"""The statements of bulk actions read few rows, however many vehicles and bulk actions there are."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.explain import connect_to_fill_tables, explain_reads, explain_writes, vacuum
from tests.factories import UserFactory, find_city
from tests.fleet.large_fleet import insert_large_fleet
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.bulk_actions import statements
from webapp.fleet.bulk_actions.selection import Selection
from webapp.fleet.bulk_actions.services import start_bulk_action
from webapp.fleet.enums import VehicleState
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.statements import vehicle_action_statement
from webapp.fleet.vehicle_events.enums import VehicleAction

#: Of other bulk actions.
RESULTS = text(
    "INSERT INTO bulk_action_vehicles (region, bulk_action_id, vehicle_id, result, state_before)"
    " SELECT 'us-east1', id, gen_random_uuid(), 'done', 'available'"
    " FROM bulk_actions, generate_series(1, 40000)"
)
SLICE = 100


@pytest.mark.slow
@pytest.mark.postgresql_plans
@pytest.mark.usefixtures("app_context")
def test_a_slice_of_a_large_bulk_action_reads_its_own_vehicles_alone(
    make_user: UserFactory,
) -> None:
    """Of 20,000 vehicles, with 40,000 results of another one."""
    insert_large_fleet()
    staff, city = make_user("nora", roles={"fleet": ["new york"]}), find_city()
    action, details = VehicleAction.TAKE_OUT_OF_SERVICE, ActionDetails()
    start_bulk_action(staff, uuid4(), action, details, Selection(city, {uuid4()}))
    with connect_to_fill_tables() as connection:
        connection.execute(RESULTS)
    everything = Selection(city, vehicle_filter=VehicleFilter(city, tuple(VehicleState)))
    key = start_bulk_action(staff, uuid4(), action, details, everything)
    vacuum("bulk_action_vehicles", "bulk_actions", "vehicle_events")
    ids = list(db.session.scalars(statements.waiting_query(key, None, SLICE)))
    is_decided = statements.is_decided_condition(key, ids)
    plans = explain_reads(lambda: db.session.scalars(statements.waiting_query(key, ids[-1], SLICE)))
    for statement in (
        statements.decide_statement(key, city.name, ids, action, details),
        vehicle_action_statement(action, details, staff.key, is_decided),
        statements.count_events_statement(key, ids),
    ):
        plans += explain_writes(lambda: execute_write(statement))  # noqa: B023
    for plan in plans:
        assert not plan.read_whole & {"vehicles", "bulk_action_vehicles", "vehicle_events"}
        assert plan.table_rows < 20 * SLICE, plan.rows_read
