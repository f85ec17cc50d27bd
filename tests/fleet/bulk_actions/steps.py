"""Rows of bulk actions for tests."""

from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, insert, select

from tests.factories import find_city
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.bulk_actions.models import BulkAction, BulkActionVehicle
from webapp.fleet.bulk_actions.services import dump_details
from webapp.fleet.vehicle_actions.rules import ActionDetails


def insert_bulk_action(
    app: Flask, city_name: str = "new york", vehicle_key: RowKey | None = None, **columns: Any
) -> RowKey:
    """Insert one that has ended, with a vehicle that it changed; return its key."""
    with app.app_context(), db.engines["write"].begin() as connection:
        city = find_city(city_name)
        key = RowKey(city.region, uuid4())
        row = {
            "region": key.region,
            "id": key.id,
            "city": city.name,
            "action": "take_out_of_service",
            "details": dump_details(ActionDetails(note="Storm")),
            "finished_at": func.now(),
            **columns,
        }
        connection.execute(insert(BulkAction).values(row))
        vehicle = {
            "region": key.region,
            "bulk_action_id": key.id,
            "vehicle_id": vehicle_key.id if vehicle_key else uuid4(),
            "result": "done",
            "event_count": 0,
        }
        connection.execute(insert(BulkActionVehicle).values(vehicle))
    return key


def count_results(key: RowKey) -> dict[str | None, int]:
    """Return how many vehicles have which result; None: not yet."""
    result = BulkActionVehicle.result
    query = select(result, func.count()).where(BulkActionVehicle.bulk_action_id == key.id)
    return dict(db.session.execute(query.group_by(result)).tuples().all())
