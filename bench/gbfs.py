"""The GBFS feed of a city with 50,000 vehicles: how long one takes to make, and to send again."""

from statistics import median

from flask import Flask
from sqlalchemy import text

from bench.support.application import open_application
from bench.support.report import Figure, Section, missed_limits
from bench.support.requests import get
from bench.support.timing import measure_processor_ms, processor_ms
from bench.support.yardsticks import BARE_FLASK, bare_flask
from webapp.extensions import db
from webapp.regions.catalogue import add_city

VEHICLES, QUICK_VEHICLES = 50_000, 200
PATHS = {
    "GBFS 3.0": "/gbfs/v3/new%20york/vehicle_status.json",
    "GBFS 2.3": "/gbfs/v2/new%20york/free_bike_status.json",
}
TEXT = (
    "The vehicles of a city with 50,000, as one file. It is sent again from memory, beside a Flask"
    " application that answers the same bytes; both take turns in one process, without a server."
)
#: The most times that of bare Flask.
RATIO_LIMIT = 1.25
CITY = {
    "name": "new york", "label": "New York", "region": "us-east1", "timezone": "America/New_York",
    "currency": "USD", "lat": 40.73, "lon": -73.99,
}  # fmt: skip
INSERT = """INSERT INTO vehicles (region, id, city, form_factor, propulsion_type, brand, color,
        state, lat, lon, cell, battery_percent)
    SELECT 'us-east1', gen_random_uuid(), 'new york', 'scooter_standing', 'electric', 'Okai',
        'black', 'available', 40.6 + random() / 5, -74.1 + random() / 5, 0, (random() * 100)::int
    FROM generate_series(1, :vehicles)"""


def measure(quick: bool) -> Section:
    """Return how long it takes to make and to send the vehicles of each version."""
    rows: list[Figure] = []
    settings = {"GBFS_MAX_AGE_S": 3600.0, "DATABASE_ANSWER_TIMEOUT_MS": 120_000}
    with open_application(**settings) as app:
        _add_vehicles(app, QUICK_VEHICLES if quick else VEHICLES)
        for name, path in PATHS.items():
            rows += _measure_file(app, name, path, quick)
    return Section("GBFS of a large city", TEXT, rows, missed=missed_limits(rows))


def _measure_file(app: Flask, name: str, path: str, quick: bool) -> list[Figure]:
    headers = {"Accept-Encoding": "gzip"}
    send, made_ms = get(app.wsgi_app, path), []
    for _ in range(1 if quick else 5):
        app.extensions["movr_cities"].forget()  # what is cached is made anew after a change
        made_ms.append(processor_ms(send))
    with app.test_client() as client:
        body, compressed = client.get(path).data, client.get(path, headers=headers).data
    bare = bare_flask(body, "application/json")
    times = measure_processor_ms({"ours": send, "bare": bare}, quick)
    ratio = times["ours"] / times["bare"]
    return [
        Figure(f"{name}, made", "", median(made_ms), 0),
        Figure(f"{name}, sent again", BARE_FLASK, times["ours"], times["bare"]),
        Figure(f"{name}, times bare Flask", "", ratio, 0, "", None if quick else RATIO_LIMIT),
        Figure(f"{name}, size", "compressed by gzip", len(body) / 1e6, len(compressed) / 1e6, "MB"),
    ]


def _add_vehicles(app: Flask, vehicles: int) -> None:
    with app.app_context():
        add_city(**CITY)
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(text(INSERT), {"vehicles": vehicles})
