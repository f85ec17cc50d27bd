"""Each example in the document of the API works as it stands."""

import json
import shlex
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask

from tests.api.client import ApiClient
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.fleet.reports.steps import make_photo
from tests.notices.steps import insert_comment, insert_ended_ride, insert_notice
from webapp.api.document import Route, example_command, list_routes
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.riders.notifications.statements import insert_notification_statement

#: In this order, each leaves what the next one needs; the others come first.
ORDER = [
    "saved_save_vehicle", "saved_list_vehicles", "saved_remove_vehicle", "saved_add_place",
    "saved_list_places", "saved_remove_place", "reports_file_report", "reports_show", "reports_withdraw",
    "reservation_reserve", "reservation_show", "reservation_extend", "reservation_cancel",
    "rides_start", "rides_current", "rides_show", "rides_pause", "rides_resume", "paths_append",
    "paths_show", "reminders_set_time", "reminders_set_price", "reminders_index",
    "reminders_remove", "rides_end", "rides_index", "ratings_rate", "ratings_withdraw",
    "disputes_write", "disputes_show",
    "ride_reports_file_report", "wallet_top_up", "wallet_show_top_up",
    "photo_save", "photo_show", "photo_remove",
    "notices_add_comment", "notices_change_comment", "notices_delete_comment",
]  # fmt: skip
#: What makes a row, and the part of an address that is its key from then on.
KEYS = {
    "saved_add_place": "{place_id}",
    "following_add_place": "{follow_key}",
    "reports_file_report": "{report_key}",
    "rides_start": "{ride_key}",
    "wallet_top_up": "{payment_id}",
    "notices_add_comment": "{comment_key}",
}


def send(program: ApiClient, command: str) -> Any:
    """Send what a command of curl would."""
    words = shlex.split(command)
    values = dict(pairwise(words))
    url = urlsplit(words[-1])
    path = f"{url.path}?{url.query}" if url.query else url.path
    data = json.loads(values["-d"]) if "-d" in values else None
    key = "8e03978e-40d5-43dd-bc93-6894a57f9324"
    if "-F" in values:
        name = values["-F"].partition("=@")[0]
        return program.open(path, method=values["-X"], data={name: (make_photo(), "a.jpg")})
    headers = {"Idempotency-Key": key} if "Idempotency-Key: $(uuidgen)" in words else {}
    return program.open(path, method=values.get("-X", "GET"), json=data, headers=headers)


def test_each_example_is_answered_as_the_document_says(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    by_minute = {"start": 0, "rate": 10, "interval": 1, "end": None}
    make_plan(reserve_max_min=60, segments=[by_minute])
    user, vehicle_key = make_user(), str(make_vehicle().public_key)
    program, notification_key = ApiClient.of(app, user), RowKey(user.region, uuid4())
    values: dict[str, Any] = {"kind": "receipt", "path": "/rides", "facts": {"city": "new york"}}
    with app.app_context():
        execute_write(insert_notification_statement(user.key, notification_key.id, **values))
    notice_id = insert_notice(app)
    ride_key = insert_ended_ride(app, user, make_vehicle(owner=make_user()))
    paths = {
        "{notification_key}": str(notification_key),
        "{city_name}": "new%20york",
        "{kind}": "time",
        "{vehicle_key}": vehicle_key,
        "{notice_id}": str(notice_id),
        "{comment_key}": str(insert_comment(app, notice_id, make_user()).key),
        "us-east1.0b9c27d4-7f4e-4c3b-9d5a-1f2e3d4c5b6a": vehicle_key,
        "us-east1.5c1e6a0e-92c5-4b0b-8d57-6c0d2f3b4a59": str(ride_key),
    }
    for route in sorted(list_routes(app), key=lambda route: _place(route)):
        if (route.scope or "").startswith(("vehicles:", "earnings:", "fleet:")):
            continue  # test_staff_examples.py
        if route.name == "reports_photo":
            continue  # the report of the example has none
        with app.app_context():
            command = example_command(route)
        for name, value in paths.items():
            command = command.replace(name, str(value))
        response = send(program, command)
        assert response.status_code == route.operation.status, (command, response.text)
        if route.name == "reservation_show":
            paths["2026-07-31T17:15:00Z"] = response.get_json()["until"]
        if route.name in KEYS:
            paths[KEYS[route.name]] = response.get_json()["id"]


def _place(route: Route) -> int:
    return ORDER.index(route.name) if route.name in ORDER else -1
