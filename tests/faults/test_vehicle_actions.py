"""The connection is cut while staff act on a vehicle."""

import pytest
from flask import Flask

from tests.database_proxy import Cut, DatabaseProxy
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.faults.steps import cut_connections
from tests.fleet.vehicle_events.steps import find_problems, list_events
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_actions.services import act_on_vehicle
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.replay import record_unrecorded_states


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("cut", ["query", "connection", "result"])
@pytest.mark.parametrize("action", ["take_out_of_service", "change_code"])
def test_an_action_that_is_cut_takes_effect_once(
    proxied_app: Flask,
    proxy: DatabaseProxy,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
    cut: Cut,
    times: int,
    action: str,
) -> None:
    staff, vehicle = make_user(roles=["fleet"]), make_vehicle()
    with proxied_app.app_context():
        record_unrecorded_states("us-east1")
        pending_cuts = cut_connections(proxy, *[(cut, "WITH changed_vehicles")] * times)
        act_on_vehicle(staff, vehicle.key, VehicleAction(action), ActionDetails())
        assert not pending_cuts
        assert [event.cause for event in list_events(vehicle.key)] == ["unknown", "staff"]
        assert find_problems() == []
    assert row(Vehicle, vehicle.key).event_count == 2
