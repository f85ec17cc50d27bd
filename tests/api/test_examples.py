"""Each example in the document of the API works as it stands."""

import json
import shlex
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from tests.api.client import ApiClient
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from webapp.api.document import Route, example_command, list_routes

#: In this order, each leaves what the next one needs; the others come first.
ORDER = [
    "saved_save_vehicle", "saved_list_vehicles", "saved_remove_vehicle", "saved_add_place",
    "saved_list_places", "saved_remove_place", "reports_file_report", "reports_show",
    "reservation_reserve", "reservation_show", "reservation_extend", "reservation_cancel",
    "rides_start", "rides_current", "rides_show", "rides_pause", "rides_resume", "paths_append",
    "paths_show", "rides_end", "rides_index", "ratings_rate", "disputes_write", "disputes_show",
    "ride_reports_file_report", "wallet_top_up", "wallet_show_top_up",
]  # fmt: skip
#: What makes a row, and the part of an address that is its key from then on.
KEYS = {
    "saved_add_place": "{place_id}",
    "reports_file_report": "{report_key}",
    "rides_start": "{ride_key}",
    "wallet_top_up": "{payment_id}",
}


def send(program: ApiClient, command: str) -> Any:
    """Send what a command of curl would."""
    words = shlex.split(command)
    values = dict(pairwise(words))
    url = urlsplit(words[-1])
    path = f"{url.path}?{url.query}" if url.query else url.path
    data = json.loads(values["-d"]) if "-d" in values else None
    key = "8e03978e-40d5-43dd-bc93-6894a57f9324"
    headers = {"Idempotency-Key": key} if "Idempotency-Key: $(uuidgen)" in words else {}
    return program.open(path, method=values.get("-X", "GET"), json=data, headers=headers)


def test_each_example_is_answered_as_the_document_says(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(reserve_max_min=60)
    program, vehicle_key = ApiClient.of(app, make_user()), str(make_vehicle().public_key)
    paths = {
        "{city_name}": "new%20york",
        "{vehicle_key}": vehicle_key,
        "us-east1.0b9c27d4-7f4e-4c3b-9d5a-1f2e3d4c5b6a": vehicle_key,
    }
    for route in sorted(list_routes(app), key=lambda route: _place(route)):
        if (route.scope or "").startswith(("vehicles:", "earnings:", "fleet:")):
            continue  # test_staff_examples.py
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
