"""The board of a large city reads indexes alone, and its lists read no more than a page."""

import pytest

from tests.explain import explain_plan
from tests.factories import fill_caches, find_city
from tests.fleet.large_fleet import insert_large_fleet
from webapp.fleet.alerts.conditions import THRESHOLDS
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.queries import list_alert_vehicles
from webapp.fleet.board.services import read_board
from webapp.fleet.enums import VehicleState
from webapp.fleet.queries.filters import VehicleFilter

pytestmark = pytest.mark.usefixtures("app_context")


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
    fill_caches()
    city = find_city()
    plan = explain_plan(lambda: read_board(city))
    assert "vehicles" not in plan.read_whole
    assert {"ix_vehicles_low_battery", "ix_vehicles_state_changed"} <= plan.indexes
    for kind in AlertKind:
        threshold = THRESHOLDS[kind][0]
        every = VehicleFilter(city, tuple(VehicleState))
        plan = explain_plan(
            lambda kind=kind, every=every, threshold=threshold: list_alert_vehicles(  # type: ignore[misc]
                kind, every, threshold, None, with_owner=True
            )
        )
        assert "vehicles" not in plan.read_whole, kind
        assert plan.indexes & {"ix_vehicles_low_battery", "ix_vehicles_state_changed"}, kind
        assert plan.most_rows <= 40, (kind, plan.rows_read)
