"""Every word people read goes through gettext: shown in a language of brackets, none is bare."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func

from tests.auth.steps import update_rows
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.fleet.tasks.steps import insert_task
from tests.fleet.vehicle_import.steps import BIKE, make_csv, upload
from tests.ops.job_rows import insert_job
from tests.untranslated import DATA, BracketTranslations, find_untranslated, use_translations
from tests.visitor import Visitor
from webapp.db.keys import RowKey
from webapp.fleet.models import Vehicle
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.services import ZoneImportOptions, import_zones
from webapp.hooks import get_hooks
from webapp.ops.demo.cities import CITIES as DEMO_CITIES
from webapp.ops.demo.zones import build_zone_file
from webapp.regions.catalogue import city_or_404
from webapp.regions.time_zones import list_time_zone_choices
from webapp.riders.data_exports.models import DataExport
from webapp.riders.data_exports.services import request_data_export

#: Words of the audit trail, which stand beside those for people.
STAFF_DATA = DATA + (
    r"|(account|access|ride)\.\w+|(us|europe)-(east|west)1|[0-9a-f]{8}|nobody|boss|Firefox|Linux|"
    "role|cities|method|endpoint|fleet|admin|paris|GET|auth.audit_trail.index"
)

#: What stands in the vehicles of an uploaded file, and the names of time zones, which are of CLDR.
_TIME_ZONES = [re.escape(label.rstrip(")")) for _, label in list_time_zone_choices()]
UPLOADED_DATA = "|".join(
    [
        DATA,
        "Pegasus|green|12 Main Street|x|Blue|Street",
        *sorted(_TIME_ZONES, key=len, reverse=True),
    ]
)


@pytest.fixture
def in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    use_translations(monkeypatch, BracketTranslations())


@pytest.mark.usefixtures("in_brackets")
def test_no_page_has_a_bare_word(
    visitor: Visitor, make_user: UserFactory, make_vehicle: Callable[..., Vehicle]
) -> None:
    ada = make_user("ada", roles=["fleet"], last_name="Lovelace")
    vehicles = [make_vehicle(owner=ada, range_m=12_000, code=f"222222222{n}") for n in range(2, 8)]
    make_vehicle(state="on_trip", owner=ada, code="3333333333")
    pages: dict[str, Any] = {}

    def look(path: str) -> None:
        pages[path] = visitor.get(path, follow_redirects=True).text

    for path in ("/", "/login?next=/", "/register", "/nowhere", "/?type=car", "/?lat=1&lon=1",
                 "/?q=ada&price=x&range=x"):  # fmt: skip
        look(path)
    pages["wrong register"] = visitor.send("/register").text
    pages["wrong login"] = visitor.send("/login", username="x", password="y").text
    visitor.sign_in(ada)
    visitor.send("/saved", label="Somewhere", lat="40.73", lon="-73.99")
    visitor.send(f"/saved/{vehicles[0].public_key}")
    for path in ("/", "/saved", "/?lat=40.73&lon=-73.98&show=all", "/rides", "/users", "/users/me", "/fleet",
                 "/users/me/edit", "/users/me/delete", "/vehicles/mine", "/vehicles/add", "/vehicles/import",
                 f"/vehicles/{vehicles[0].public_key}", f"/vehicles/{vehicles[0].key}/edit", "/v",
                 f"/vehicles/mine/{vehicles[0].key}", "/vehicles/mine/labels", "/v?code=x",
                 f"/fleet/vehicles/{vehicles[0].key}", "/v/2222222222", "/v/3333333333"):  # fmt: skip
        look(path)
    pages["wrong vehicle"] = visitor.send("/vehicles/add", lat="91").text
    pages["wrong file"] = upload(visitor, make_csv(("x", "", "Blue", "Street", "95", "x"))).text
    look(upload(visitor, make_csv(BIKE)).location)
    pages["wrong profile"] = visitor.send("/users/me/edit").text
    ride = visitor.send(f"/rides/start/{vehicles[1].public_key}").location
    look(ride)
    pages["wrong end"] = visitor.send(ride.replace("/rides/", "/rides/end/")).text
    visitor.send(
        ride.replace("/rides/", "/rides/end/"), address="Somewhere", lat="40.73", lon="-73.99"
    )
    look(ride)
    look("/rides")
    pages["taken"] = visitor.send(f"/rides/start/{make_vehicle(state='on_trip').public_key}").text
    bare = {
        path: words
        for path, page in pages.items()
        if (words := find_untranslated(page, UPLOADED_DATA))
    }
    assert bare == {}


@pytest.mark.usefixtures("in_brackets")
def test_no_page_for_admins_or_of_ones_data_has_a_bare_word(
    visitor: Visitor, make_user: UserFactory, app: Flask
) -> None:
    boss = make_user("boss", roles=["admin"], first_name="Ada")
    ada = make_user("ada", city="paris", roles={"owner": None, "fleet": ["paris", "boston"]})
    other = app.test_client().sign_in(ada)  # type: ignore[attr-defined]
    other.get("/events")
    visitor.sign_in(boss)
    visitor.send(f"/users/{ada.key}/account/roles", role="admin", city="paris", why="asked for it")
    for state in ("failed", "waiting"):
        insert_job(app, state, kind="mail", last_error="admin")
    jobs = [f"/admin/jobs{query}" for query in ("", "?state=waiting", "?state=done", "?kind=x")]
    paths = [*jobs, "/events", "/events?account=nobody&since=x&until=0001-01-01", "/events?kind=ride.ended",
             "/users?name=ada", "/users?name=nobody", f"/users/{ada.key}", "/users/me/data",
             f"/users/{ada.key}/account", f"/users/{boss.key}/account", "/fleet/plans",
             "/fleet/plans?type=", "/fleet/plans/new?type=other:human"]  # fmt: skip
    pages = {path: visitor.get(path).text for path in paths}
    for act in ("sessions/end", "close"):
        pages[f"why {act}"] = visitor.get(f"/users/{ada.key}/account/{act}").text
        visitor.send(f"/users/{ada.key}/account/{act}", why="asked for it")
        pages[act] = visitor.get(f"/users/{ada.key}/account").text
    pages["wrong delete"] = visitor.send("/users/me/delete").text
    pages |= look_at_data_export(visitor, app, boss.key)
    data = "|".join([STAFF_DATA, *get_hooks(app).job_kinds])
    bare = {path: words for path, page in pages.items() if (words := find_untranslated(page, data))}
    assert bare == {}


@pytest.mark.usefixtures("in_brackets")
def test_no_page_about_tasks_has_a_bare_word(
    app: Flask, visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    visitor.sign_in(make_user("boss", roles=["fleet"], first_name="Ada"))
    vehicles = make_vehicle(battery_percent=9), make_vehicle()
    key = insert_task(app, vehicles[0].key, priority=1, trigger="idle")
    new = f"/fleet/vehicles/{vehicles[1].key}/tasks/new"
    visitor.send(f"/fleet/tasks/{key}/start", act_id="1")
    pages = {"unfinished": visitor.send(f"/fleet/tasks/{key}/finish", act_id="2").text}
    pages["too early"] = visitor.send(f"/fleet/tasks/{key}/take", act_id="3").text
    pages["incomplete"] = visitor.send(new).text
    pages["wrong rule"] = visitor.send("/fleet/tasks/rules/new%20york/idle").text
    paths = ["/fleet/tasks", "/fleet/tasks?kind=repair", "/fleet/tasks/plan", "/fleet/tasks/rules",
             "/fleet/tasks?city=paris", "/fleet/tasks/plan?city=paris", f"/fleet/tasks/{key}", new]  # fmt: skip
    pages |= {path: visitor.get(path).text for path in paths}
    finished = {"vehicle": "unchanged", "minutes": "3", "part1": "1", "count1": "2", "cost1": "3"}
    visitor.send(f"/fleet/tasks/{key}/finish", act_id="4", **finished)
    pages["done"] = visitor.get(f"/fleet/tasks/{key}").text
    data = "|".join([DATA, *(format_code(vehicle.code) for vehicle in vehicles)])
    bare = {path: words for path, page in pages.items() if (words := find_untranslated(page, data))}
    assert bare == {}


@pytest.mark.usefixtures("in_brackets")
def test_no_page_about_feeds_has_a_bare_word(
    visitor: Visitor, make_user: UserFactory, app: Flask
) -> None:
    visitor.sign_in(make_user("boss", roles=["admin"], first_name="Ada"))
    key = insert_feed(app, run_problem="admin", problem="admin", last_result="refused")
    new_key = insert_feed(app, source="role")
    paths = [f"/fleet/feeds?city={city}" for city in ("new+york", "paris")]
    paths += [f"/fleet/feeds/{each}" for each in (key, new_key)]
    pages = {path: visitor.get(path).text for path in paths}
    for act in ("run", "run", "pause", "resume"):
        visitor.send(f"/fleet/feeds/{key}/{act}")
        pages[act] = visitor.get(f"/fleet/feeds/{key}").text
    pages["/events"] = visitor.get("/events").text
    data = "|".join(
        [
            STAFF_DATA,
            r'a\.example/gbfs\.json|feed\.\w+|flask fleet feeds .*|city "[^"]+|every 5m|acme',
        ]
    )
    bare = {path: words for path, page in pages.items() if (words := find_untranslated(page, data))}
    assert bare == {}


def look_at_data_export(visitor: Visitor, app: Flask, user_key: RowKey) -> dict[str, str]:
    """Return the pages about a data export in each state."""
    pages = {}
    with app.app_context():
        request_data_export(user_key)
    states: tuple[tuple[str, dict[str, Any]], ...] = (
        ("running", {"file_count": 3}),
        ("failed", {"failed_at": func.now()}),
        ("ready", {"finished_at": func.now(), "size_bytes": 1_234_567}),
        ("expired", {"expires_at": func.now()}),
    )
    for state, change in states:
        update_rows(app, DataExport, **change)
        for path in ("/users/me/data", "/users/me/data/export"):
            pages[f"{path} {state}"] = visitor.get(path).text
    return pages


@pytest.mark.usefixtures("in_brackets")
def test_no_page_about_reports_has_a_bare_word(
    visitor: Visitor, make_user: UserFactory, make_vehicle: Callable[..., Vehicle]
) -> None:
    visitor.sign_in(make_user("ada", roles=["fleet"], last_name="Lovelace"))
    vehicle = make_vehicle()
    form = f"/vehicles/{vehicle.public_key}/report"
    pages = {"wrong report": visitor.send(form, kind="other").text}
    filed = [visitor.send(form, kind="damage", critical="y", nonce=n).location for n in "ab"]
    assign = f"/fleet{filed[0]}/assign"
    visitor.send(assign, username="ada")
    pages["assigned by a colleague"] = visitor.send(assign, username="bob").text
    pages["no colleague"] = visitor.send(f"/fleet{filed[1]}/assign", username="bob").text
    late = {"seen": "new", "state": "resolved", "text": "ada", "returns_to_service": "y"}
    pages["too late"] = visitor.send(f"/fleet{filed[0]}/answer", **late).text
    pages["wrong answer"] = visitor.send(f"/fleet{filed[0]}/answer").text
    visitor.send(f"/fleet{filed[0]}/answer", **{**late, "seen": "in_progress"})
    for path in (form, "/reports", *filed, *(f"/fleet{path}" for path in filed), "/fleet/reports",
                 "/fleet/reports?state=resolved", "/fleet/reports?state=dismissed"):  # fmt: skip
        pages[path] = visitor.get(path).text
    data = f"{DATA}|{vehicle.code}|{format_code(vehicle.code)}"
    bare = {path: words for path, page in pages.items() if (words := find_untranslated(page, data))}
    assert bare == {}


@pytest.mark.usefixtures("in_brackets")
def test_no_page_about_a_ride_that_has_ended_has_a_bare_word(
    visitor: Visitor,
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
) -> None:
    make_plan(name="Somewhere", unlock_fee=100, tax_ppm=200_000)
    vehicle = make_vehicle()
    ada = make_user("ada", last_name="Lovelace")
    staff = app.test_client().sign_in(make_user("sue", roles=["fleet"]))  # type: ignore[attr-defined]
    visitor.sign_in(ada)
    ride = visitor.send(f"/rides/start/{vehicle.public_key}").location
    visitor.send(
        ride.replace("/rides/", "/rides/end/"), address="Somewhere", lat="40.73", lon="-73.99"
    )
    pages = {"wrong rating": visitor.send(f"{ride}/rating").text}
    visitor.send(f"{ride}/rating", stars="3", note="ada")
    thread, desk = f"{ride}/dispute", ride.replace("/rides/", "/fleet/disputes/")
    pages["no thread"] = visitor.get(thread).text
    pages["wrong message"] = visitor.send(thread).text
    visitor.send(thread, text="ada", nonce="n")
    pages["wrong answer"] = staff.send(desk, refund="9").text
    seen_field = re.search(r'name="seen" type="hidden" value="([^"]*)"', pages["wrong answer"])
    assert seen_field
    response = {"seen": seen_field[1], "text": "ada", "nonce": "n"}
    pages["too much"] = staff.send(desk, **response, refund="9").text
    staff.send(desk, **response, refund="0.50", close="y")
    pages["too late"] = staff.send(desk, **{**response, "nonce": "m"}).text
    for path in (ride, thread, "/rides", "/rides/use"):
        pages[path] = visitor.get(path).text
    for path in (desk, "/fleet/disputes", "/fleet/disputes?state=closed"):
        pages[f"staff {path}"] = staff.get(path).text
    data = f"{DATA}|{format_code(vehicle.code)}|Sue"
    bare = {path: words for path, page in pages.items() if (words := find_untranslated(page, data))}
    assert bare == {}


@pytest.mark.usefixtures("in_brackets")
def test_no_page_about_zones_has_a_bare_word(
    visitor: Visitor, make_user: UserFactory, app: Flask
) -> None:
    visitor.sign_in(make_user("ada", roles=["admin"]))
    with app.app_context():
        city = city_or_404("new york")
        import_zones(city, build_zone_file(DEMO_CITIES[0]), ZoneImportOptions(fee=500))
        zones = [f"/fleet/zones/new%20york/{zone.id}/edit" for zone in city_zones(city).zones]
    city_path = "/fleet/zones/new%20york"
    paths = [*zones, "/fleet/zones?city=new+york", "/city/new%20york/zones", "/city/new%20york",
             "/fleet/zones?city=paris", "/city/paris/zones", f"{city_path}/new", f"{city_path}/removed",
             zones[0].replace("/edit", "/remove"), zones[0].replace("/edit", "/move"), zones[0].removesuffix("/edit")]  # fmt: skip
    pages = {path: visitor.get(path).text for path in paths}
    pages["wrong zone"] = visitor.send(zones[0], fee="much", max_speed_kph="0").text
    page = zones[0].removesuffix("/edit")
    assert visitor.send(f"{page}/remove", why="Ada").status_code == 303
    for path in (page, f"{page}/versions/1/restore", f"{city_path}/removed"):
        pages[f"removed {path}"] = visitor.get(path).text
    data = (
        f"{DATA}|Market square|St Marks Place|much|flask zones import FILE.geojson|city|paris|new york"
        "|type|MultiPolygon|coordinates"
    )
    bare = {path: words for path, page in pages.items() if (words := find_untranslated(page, data))}
    assert bare == {}


def test_a_bare_word_would_be_noticed() -> None:
    assert find_untranslated("<p>⟦Hello ⟦there⟧⟧ friend</p>") == ["friend"]
