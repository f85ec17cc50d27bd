"""The processor time of the main pages, of data for maps, and of the start and end of a ride.

Each stands beside a Flask application that does the least for the same: one query of 30 rows and a
template of 31 KB, or only the same bytes. All take turns in one process, without a server.
"""

from collections.abc import Iterator
from statistics import median

from flask import Flask
from sqlalchemy import make_url, text

from bench.support.application import open_application
from bench.support.report import Figure, Section
from bench.support.requests import Browser, get
from bench.support.small_city import POSITION, populate
from bench.support.timing import Call, measure_processor_ms, processor_ms
from bench.support.yardsticks import BARE_FLASK, BARE_PAGE, bare_flask, bare_page
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.enums import FormFactor
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.quotes import Segment
from webapp.fleet.pricing.services import publish_plan
from webapp.regions.catalogue import catalogue

RIDES, QUICK_RIDES = 60, 2
MAP_PATH = "/city/new%20york/vehicles.json?bbox=40.700,-74.010,40.760,-73.960"
ZONES_PATH = "/city/new%20york/zones.json"
#: The most milliseconds of processor time, and the most times that of bare Flask.
LIMITS_MS = {
    "free vehicles, a rider": 2.5,
    "a vehicle, a visitor": 1.5,
    "a vehicle, a rider": 1.5,
    "starting a ride": 3.5,
    "ending a ride": 5,
}
RATIO_LIMITS = {
    "free vehicles, a rider": 4,
    "free vehicles, a visitor": 2,
    "the live map": 1.25,
    "the live map, unchanged": 1.25,
    "zones of a map": 1.25,
}
PLANS = [
    PlanTerms(
        name=form_factor.title(),
        form_factor=form_factor,
        unlock_fee=100,
        segments=(Segment(0, rate, 1),),
        reserve_min=10,
        reserve_max_min=30,
        reservation_rate=10,
        tax_ppm=80_000,
        tax_included=False,
    )
    for form_factor, rate in ((FormFactor.BICYCLE, 15), (FormFactor.SCOOTER_STANDING, 25))
]
#: Every second vehicle is a scooter, half full.
SCOOTERS = """UPDATE vehicles SET form_factor = 'scooter_standing', propulsion_type = 'electric',
    range_m = 21000 WHERE substr(id::text, 1, 1) < '8'"""


def measure(quick: bool) -> Section:
    """Return a figure for each page and action."""
    with open_application(LIVE_MAX_AGE_S=3600.0) as app:
        rider, vehicle_keys = populate(app, quick)
        add_plans_and_scooters(app)
        visitor, browser = Browser(app), Browser(app, rider)
        wsgi, key = app.wsgi_app, vehicle_keys.pop()
        live_map = get(wsgi, MAP_PATH)
        live_map()
        zones = get(wsgi, ZONES_PATH)
        zones()
        pages: dict[str, Call] = {
            "free vehicles, a visitor": visitor.get("/vehicles"),
            "free vehicles, a rider": browser.get("/vehicles"),
            "a vehicle, a visitor": visitor.get(f"/vehicles/{key}"),
            "a vehicle, a rider": browser.get(f"/vehicles/{key}"),
            "signing in, the form": visitor.get("/login"),
            "all rides": browser.get("/rides"),
            "the wallet": browser.get("/wallet"),
        }
        data: dict[str, Call] = {
            "the live map": live_map,
            "the live map, unchanged": get(
                wsgi, MAP_PATH, 304, If_None_Match=live_map.headers["ETag"]
            ),
            "zones of a map": zones,
        }
        yardsticks = {
            "the live map": bare_flask(live_map.body, "application/json"),
            "zones of a map": bare_flask(zones.body, "application/json"),
        }
        with bare_page(make_url(app.config["DATABASE_URL"])) as page:
            bare = {f"bare {name}": call for name, call in yardsticks.items()}
            times = measure_processor_ms({**pages, **data, **bare, BARE_PAGE: page}, quick)
        times |= measure_rides(browser, vehicle_keys, QUICK_RIDES if quick else RIDES)
    figures = [
        Figure(name, BARE_PAGE, ms, times[BARE_PAGE], limit=LIMITS_MS.get(name))
        for name, ms in times.items()
        if name not in (*data, *bare, BARE_PAGE)
    ]
    for name in data:
        bare_ms = times[f"bare {name.removesuffix(', unchanged')}"]
        figures.append(Figure(name, BARE_FLASK, times[name], bare_ms))
    text_ = "The median of each call; lists of 30 vehicles and 30 rides."
    return Section("Processor time of pages", text_, figures, list(find_missed_limits(figures)))


def add_plans_and_scooters(app: Flask) -> None:
    with app.app_context():
        for terms in PLANS:
            publish_plan(catalogue().all()[0], terms, 0)
        with db.engines["write"].begin() as connection:
            connection.execute(text(SCOOTERS))


def measure_rides(browser: Browser, vehicle_keys: list[RowKey], rides: int) -> dict[str, float]:
    """Return the median processor time of starts and ends."""
    starts, ends = [], []
    for vehicle_key in vehicle_keys[:rides]:
        start = browser.post(f"/rides/start/{vehicle_key}")
        starts.append(processor_ms(start))
        path = start.headers["Location"].replace("/rides/", "/rides/end/")
        end = browser.post(path, address="By the fountain", lat=POSITION.lat, lon=POSITION.lon)
        ends.append(processor_ms(end))
    return {"starting a ride": median(starts), "ending a ride": median(ends)}


def find_missed_limits(figures: list[Figure]) -> Iterator[str]:
    """Yield a sentence for each figure above a limit, in milliseconds or as a ratio."""
    for figure in figures:
        if figure.is_missed:
            yield f"{figure.subject}: {figure.value:.2f} ms, not {figure.limit:g}."
        ratio, limit = figure.value / figure.yardstick_value, RATIO_LIMITS.get(figure.subject)
        if limit and ratio > limit:
            yield f"{figure.subject}: {ratio:.1f} times {figure.yardstick}, not {limit:g}."
