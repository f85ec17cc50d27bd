"""Calls of cities: opening and closing them, and what follows for their vehicles."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.migrations.sample_rows import NEW_YORK
from tests.migrations.service_calls.calls import execute
from webapp.extensions import db
from webapp.ops.cities import jobs
from webapp.ops.cities.closing import archive_city, close_city, reopen_city
from webapp.ops.cities.closing_queries import read_city_activity
from webapp.ops.cities.features import switch_features
from webapp.ops.cities.services import CityData, change_city, open_city
from webapp.ops.cities.setup import setup_query

LYON = CityData("Lyon", "Europe/Paris", 45.76, 4.84)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)

CITIES: dict[str, Callable[[], Any]] = {
    "open a city": lambda: open_city("europe-west1", "EUR", LYON),
    "change a city": lambda: change_city(NEW_YORK, CityData.of(NEW_YORK), LYON),
    "what a city has": lambda: db.session.execute(setup_query(NEW_YORK)),
    "switch features of a city": lambda: switch_features(NEW_YORK, [], ["pauses"], "too many"),
    "what is going on in a city": lambda: read_city_activity(NEW_YORK),
    "close a city": lambda: close_city(NEW_YORK, NOON, "contract ended"),
    "archive a city": lambda: archive_city(NEW_YORK, "all done"),
    "open a city again": lambda: reopen_city(NEW_YORK, "a new contract"),
    "take out vehicles of a closed city": execute(lambda: jobs._take_out_statement(NEW_YORK)),
    "return vehicles of a city": execute(lambda: jobs._return_statement(NEW_YORK)),
}
