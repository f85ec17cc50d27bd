"""Mutes and alerts go when they are over, and keep no vehicle."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from tests.factories import VehicleFactory, find_city
from tests.fleet.alerts.rows import insert_alert
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.alerts.models import VehicleAlert, VehicleAlertMute
from webapp.fleet.feeds.removal import delete_missing_vehicles
from webapp.fleet.models import Vehicle
from webapp.ops.retention import delete_old_rows

pytestmark = pytest.mark.usefixtures("app_context")


def insert_mute(vehicle: Vehicle, kind: str, lasts: timedelta) -> None:
    row = {"region": vehicle.region, "vehicle_id": vehicle.id, "kind": kind, "reason": "Known"}
    execute_write(insert(VehicleAlertMute).values(**row, until=func.now() + lasts))


def test_mutes_are_deleted_when_they_have_ended(make_vehicle: VehicleFactory) -> None:
    vehicle = make_vehicle()
    insert_mute(vehicle, "idle", timedelta(hours=1))
    insert_mute(vehicle, "battery_low", timedelta(hours=-1))
    assert dict(delete_old_rows(["us-east1"]))["vehicle_alert_mutes"] == 1
    assert db.session.scalars(select(VehicleAlertMute.kind)).all() == ["idle"]


def test_neither_mutes_nor_alerts_keep_a_vehicle_that_its_feed_does_not_name(
    make_vehicle: VehicleFactory,
) -> None:
    vehicle = make_vehicle(
        state="missing",
        feed_system="bikes",
        feed_vehicle="1",
        feed_source="file",
        changed_at=func.now() - timedelta(days=8),
    )
    insert_mute(vehicle, "idle", timedelta(hours=-1))
    insert_alert(vehicle, "outside_area", 300)
    assert delete_missing_vehicles([find_city()], timedelta(days=7)) == 1
    for model in (Vehicle, VehicleAlert, VehicleAlertMute):
        assert db.session.scalars(select(model)).all() == []
