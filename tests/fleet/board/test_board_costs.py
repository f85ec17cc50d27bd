"""The board of a large city reads indexes alone, and its lists read no more than a page."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import current_app
from sqlalchemy import select, text

from tests.explain import connect_to_fill_tables, explain_plan, explain_writes, vacuum
from tests.factories import UserFactory, fill_caches, find_city
from tests.fleet.large_fleet import insert_large_fleet
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.alerts import queries
from webapp.fleet.alerts.conditions import THRESHOLDS
from webapp.fleet.alerts.enums import RECORDED_KINDS, AlertKind
from webapp.fleet.alerts.queries import list_alert_vehicles
from webapp.fleet.alerts.scan_queries import page_query
from webapp.fleet.alerts.settings import alerts_column
from webapp.fleet.board import counting
from webapp.fleet.board.services import read_board
from webapp.fleet.enums import VehicleState
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.staff_services import read_staff_map
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.details import get_staff_vehicle_details
from webapp.fleet.queries.filters import SCAN_LIMIT, VehicleFilter
from webapp.fleet.tasks.rules import DEFAULT_SETTINGS, MAX_NEW_TASKS, add_tasks_statement
from webapp.hooks import ShortRide
from webapp.regions.geography import GRID_COLUMNS, Point

INDEXES = {
    "ix_vehicles_low_battery",
    "ix_vehicles_state_changed",
    "ix_vehicle_alerts_value",
}

pytestmark = pytest.mark.usefixtures("app_context")

CENTRE = Point(40.7, -74)
#: One of each vehicle.
EVENTS = """
    INSERT INTO vehicle_events (region, vehicle_id, city, number, state, event_types, cause)
    SELECT region, id, city, 1, state, '{}', 'unknown' FROM vehicles"""
ALERTS = """
    INSERT INTO vehicle_alerts (region, vehicle_id, kind, city, value)
    SELECT region, id, 'short_rides', city, 2 FROM vehicles"""
RIDES = """
    INSERT INTO rides
        (region, id, city, vehicle_id, rider_region, rider_id, started_at, ended_at)
    SELECT region, gen_random_uuid(), city, id, region, :rider, now(), now() FROM vehicles"""


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_a_board_reads_indexes_and_its_lists_a_page() -> None:
    insert_large_fleet(
        state="CASE n % 20 WHEN 1 THEN 'reserved' WHEN 2 THEN 'non_operational'"
        " WHEN 3 THEN 'on_trip' WHEN 4 THEN 'removed' WHEN 6 THEN 'non_contactable'"
        " ELSE 'available' END",
        city="CASE WHEN n % 2 = 0 THEN 'boston' ELSE 'new york' END",
        battery_percent="n % 97",
        state_changed_at="now() - (n % 400) * interval '1 hour'",
    )
    with connect_to_fill_tables() as connection:
        connection.execute(
            text(
                "INSERT INTO vehicle_alerts (region, vehicle_id, kind, city, value)"
                " SELECT region, id, kind, city, 2 + (random() * 8)::int"
                " FROM vehicles, (VALUES ('short_rides'), ('reserved_often'), ('outside_area'))"
                " AS kinds (kind) WHERE state = 'available'"
            )
        )
    vacuum("vehicle_alerts")
    fill_caches()
    city = find_city()
    plan = explain_plan(lambda: read_board(city))
    assert not {"vehicles", "vehicle_alerts"} & plan.read_whole
    assert plan.indexes >= INDEXES
    for kind in AlertKind:
        threshold = min(THRESHOLDS[kind][0], 5 if kind in RECORDED_KINDS else 100)
        every = VehicleFilter(city, tuple(VehicleState))
        plan = explain_plan(
            lambda kind=kind, every=every, threshold=threshold: list_alert_vehicles(  # type: ignore[misc]
                kind, every, threshold, None, with_owner=True
            )
        )
        assert not {"vehicles", "vehicle_alerts"} & plan.read_whole, kind
        assert plan.indexes & INDEXES, kind
        assert plan.most_rows <= 40, (kind, plan.rows_read)


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_a_board_reads_what_was_counted_and_what_has_changed_since(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    insert_large_fleet(
        state="CASE n % 3 WHEN 0 THEN 'available' WHEN 1 THEN 'reserved' ELSE 'non_operational' END",
        reserved_until="now() + (CASE WHEN n < 40 THEN -1 ELSE 1 END) * interval '1 hour'",
        battery_percent="5",
        state_changed_at="now() - interval '1 year'",
        cell=f"{CENTRE.cell} + n % 20 * {GRID_COLUMNS} + n / 20 % 20",
    )
    city = find_city()
    all_counted = read_board(city).by_state
    monkeypatch.setattr(counting, "SLICE", 30_000)
    counting.count_vehicles(city)
    vacuum("vehicles", "vehicle_counts", "vehicle_cell_counts")
    fill_caches()
    monkeypatch.setattr(queries, "MOST_COUNTED", 50)
    current_app.extensions["movr_board"].clear()
    plan = explain_plan(lambda: read_board(city))
    assert plan.indexes >= {"ix_vehicles_to_count", "ix_vehicles_reserved_until"}
    assert plan.table_rows <= counting.MAX_NOT_COUNTED + 10 * 51, plan.rows_read
    board = read_board(city)
    assert board.by_state == all_counted
    assert board.by_alert["battery_low"] == 51
    every = VehicleFilter(city, tuple(VehicleState), without_retired=True)
    box = BoundingBox(40.4, -74.3, 41, -73.7)
    plan = explain_plan(lambda: read_staff_map(every, None, box))
    assert "ix_vehicles_to_count" in plan.indexes
    cells_and_states = 20 * 20 * 3
    assert plan.table_rows <= 2 * counting.MAX_NOT_COUNTED + cells_and_states, plan.rows_read
    assert read_staff_map(every, None, box).vehicle_count == 20_000


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_a_list_filtered_by_words_a_scan_a_rule_and_a_details_page_read_bounded_rows(
    make_user: UserFactory,
) -> None:
    insert_large_fleet(
        state="CASE WHEN n % 2 = 0 THEN 'available' ELSE 'non_operational' END",
        battery_percent="n % 97",
        # One of 25 has been so for more than a week.
        state_changed_at="now() - CASE n % 25 WHEN 0 THEN 200 + n % 90 ELSE n % 60 END"
        " * interval '1 hour'",
        changed_at="now() - n * interval '1 second'",
        brand="CASE WHEN n = 19999 THEN 'Rare' ELSE 'Okai' END",
    )
    city, staff = find_city(), make_user("fay", roles=["fleet"])
    with connect_to_fill_tables() as connection:
        connection.execute(text(EVENTS))
        connection.execute(text(ALERTS))
        connection.execute(text(RIDES), {"rider": staff.id})
    vacuum("vehicle_events", "vehicle_alerts", "rides")
    fill_caches()
    every = VehicleFilter(city, tuple(VehicleState), words="rare")
    plan = explain_plan(
        lambda: list_alert_vehicles(AlertKind.IDLE, every, 7, None, with_owner=True)
    )
    assert plan.most_rows <= SCAN_LIMIT, plan.rows_read
    assert "vehicles" not in plan.read_whole
    after = (datetime.now(UTC) - timedelta(seconds=100), UUID(int=0))
    plan = explain_plan(
        lambda: db.session.execute(page_query(city, after, ShortRide(timedelta(minutes=2), 200)))
    )
    assert "ix_vehicles_changed" in plan.indexes
    assert plan.most_rows <= 110, plan.rows_read
    assert not {"vehicles", "vehicle_alerts", "vehicle_events", "rides"} & plan.read_whole
    vehicle_key = RowKey(city.region, db.session.scalars(select(Vehicle.id).limit(1)).one())
    plan = explain_plan(
        lambda: get_staff_vehicle_details(staff, vehicle_key, alerts_column(city.region))
    )
    assert plan.most_rows <= 40, plan.rows_read
    terms = DEFAULT_SETTINGS[AlertKind.IDLE]
    (plan,) = explain_writes(
        lambda: execute_write(add_tasks_statement(city, AlertKind.IDLE, terms), idempotent=True)
    )
    assert "ix_vehicles_state_changed" in plan.indexes
    assert plan.most_rows <= 2 * MAX_NEW_TASKS, plan.rows_read
