"""The demo: its cities, fleet, prices, zones and accounts."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

import config
from tests.ops.demo_city import make_city
from tests.visitor import Visitor
from webapp.auth import passwords
from webapp.auth.models import User
from webapp.auth.oauth.services.clients import list_clients
from webapp.auth.oauth.services.grants import list_grants
from webapp.auth.services.users import find_user
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.fleet.alerts.models import VehicleAlert
from webapp.fleet.enums import VEHICLE_TYPES
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.queries import list_current_plans
from webapp.fleet.pricing.services import publish_plan
from webapp.fleet.reports.models import Report
from webapp.fleet.saved_replies.enums import ReplyQueue
from webapp.fleet.saved_replies.models import MAX_TEXT_LENGTH, MAX_TITLE_LENGTH
from webapp.fleet.saved_replies.placeholders import find_unknown_placeholder, max_filled_length
from webapp.fleet.saved_replies.queries import find_replies
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.services import ZoneImportOptions, remove_zones, zone_rows
from webapp.notices.comments.models import CommentFlag, NoticeComment
from webapp.notices.comments.services import FLAGS_TO_HIDE
from webapp.ops.demo import services
from webapp.ops.demo.cities import CITIES, DemoCity
from webapp.ops.demo.logins import describe_logins, describe_missing, find_logins
from webapp.ops.demo.prices import plan_rows
from webapp.ops.demo.rides import (
    OWN_PAST_RIDES,
    PAST_RIDES_OF_OTHERS,
    RUNNING_RIDES_MIN,
    SHORT_RIDES,
)
from webapp.ops.demo.saved_replies import REPLIES
from webapp.ops.demo.services import load_demo
from webapp.ops.demo.vehicles import TYPE_WEIGHTS, vehicle_rows
from webapp.ops.demo.zones import add_zones, build_zone_file
from webapp.regions.catalogue import catalogue, city_or_404, find_city_label
from webapp.regions.geography import Point, distance_m
from webapp.riders.services.account_deletion import delete_user
from webapp.riders.wallet.ledger import read_balances
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.queries.overview import stream_entries
from webapp.rides.blocks.queries import list_blocks_of_owner
from webapp.rides.models import Ride
from webapp.translations import list_language_choices
from webapp.web.roles import GRANTABLE_ROLES, Role

PAST_RIDES = OWN_PAST_RIDES + 4 * PAST_RIDES_OF_OTHERS + SHORT_RIDES
RIDES = PAST_RIDES + len(RUNNING_RIDES_MIN)
TUTORIAL = (
    "new york, boston, washington dc, san francisco, seattle, los angeles, amsterdam, paris, rome"
)


@pytest.fixture
def demo(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application, with a place of its own for the demo's password."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    with app.app_context():
        yield app


def password_file(app: Flask) -> Path:
    return Path(app.instance_path) / "demo-password.txt"


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_demo_has_the_nine_cities_of_the_tutorial_in_order() -> None:
    assert ", ".join(city.name for city in CITIES) == TUTORIAL
    assert Counter(city.region for city in CITIES) == {
        "us-east1": 3,
        "us-west1": 3,
        "europe-west1": 3,
    }


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
def test_every_demo_vehicle_is_near_the_centre_of_its_city(
    app_context: None, city: DemoCity
) -> None:
    rows = vehicle_rows(city, None)
    away = [distance_m(city.centre, Point(row["lat"], row["lon"])) for row in rows]
    assert len(rows) == 60
    assert max(away) < 2_500
    assert sum(distance < 1_250 for distance in away) > sum(d >= 1_250 for d in away)
    assert len({row["address"] for row in rows}) > 50
    names = {(str(f), str(p)): name for name, (f, p) in VEHICLE_TYPES.items()}
    assert {names[row["form_factor"], row["propulsion_type"]] for row in rows} == {
        "bike",
        "e-bike",
        "scooter",
        "skateboard",
    }
    assert Counter(row["state"] for row in rows) == {"available": 56, "non_operational": 4}


@pytest.mark.parametrize(
    ("name", "square", "plan", "address"),
    [
        ("new york", "Market square", "Pay as you go", r"\d+ .+"),
        ("amsterdam", "Marktplein", "Betalen per minuut", r"[A-Z][a-z]+.* \d+"),
        ("paris", "Place du Marché", "Payez à l’usage", r"\d+ (Rue|Boulevard) .+"),
        ("rome", "Piazza del Mercato", "Paghi quanto usi", r"Via .+ \d+"),
    ],
)
def test_prices_zones_and_addresses_are_in_the_language_of_their_city(
    app_context: None, name: str, square: str, plan: str, address: str
) -> None:
    city = next(each for each in CITIES if each.name == name)
    assert square in {zone.name for zone in build_zone_file(city).zones}
    assert plan in {row["name"] for row in plan_rows(city)}
    assert all(re.fullmatch(address, row["address"]) for row in vehicle_rows(city, None))


def test_the_demo_fleet_is_deterministic(app_context: None) -> None:
    assert vehicle_rows(CITIES[0], None) == vehicle_rows(CITIES[0], None)
    ids = [row["id"] for city in CITIES for row in vehicle_rows(city, None)]
    assert len(set(ids)) == len(ids)


def test_the_demo_adds_cities_with_vehicles_accounts_and_past_rides(demo: Flask) -> None:
    assert load_demo() == 9 * 60
    assert {city.name for city in CITIES} <= {city.name for city in catalogue().all()}
    assert find_city_label("washington dc") == "Washington DC"
    assert count(Vehicle) == 9 * 60
    roles = {user.username: user.roles for user in db.session.scalars(select(User)).unique()}
    assert roles == {
        "rider": {"rider"},
        **{role.value: {"rider", role} for role in GRANTABLE_ROLES},
        **{name: {"rider"} for name in ("mia", "theo", "ines", "sam")},
    }
    owners = db.session.scalars(select(Vehicle.city).where(Vehicle.owner_id.is_not(None))).all()
    assert owners == ["new york"] * 6


def test_the_demo_has_priced_past_rides_and_running_ones(demo: Flask) -> None:
    load_demo(CITIES[:1])
    rides = db.session.scalars(select(Ride)).all()
    assert len([ride for ride in rides if ride.ended_at]) == PAST_RIDES
    for ride in rides:
        vehicle = db.session.get(Vehicle, (ride.region, ride.vehicle_id))
        assert vehicle
        if ride.ended_at:
            assert (vehicle.point, vehicle.address) == (ride.end.point, ride.end.address)
            assert ride.price
        else:
            assert vehicle.state == "on_trip"
    audit = demo.test_cli_runner().invoke(args=["wallet", "audit"])
    assert audit.exit_code == 0, audit.output
    rider = find_user("rider")
    assert rider
    assert rider.open_ride is None
    assert read_balances(rider.key)["USD"] > 0
    (alert,) = db.session.scalars(select(VehicleAlert)).all()
    assert (alert.kind, alert.value) == ("short_rides", SHORT_RIDES)


def test_the_entries_of_wallets_in_the_demo_have_the_times_of_what_they_are_about(
    demo: Flask,
) -> None:
    load_demo(CITIES[:1])
    rider = find_user("rider")
    assert rider
    rides = select(Ride.id, Ride.ended_at).where(Ride.rider_id == rider.id)
    ended_at = dict(db.session.execute(rides).tuples().all())
    entries = list(stream_entries(rider.key))
    assert {entry.kind for entry in entries[-2:]} == {"top_up", "credit"}, "before the rides"
    assert {entry.ride_id: entry.at for entry in entries[:-2]} == ended_at
    assert len(ended_at) == OWN_PAST_RIDES
    payment = db.session.scalars(select(Payment).where(Payment.rider_id == rider.id)).one()
    assert payment.created_at == payment.settled_at == entries[-1].at


def test_the_pages_of_staff_are_not_empty_in_the_demo(demo: Flask) -> None:
    load_demo(CITIES[:1])
    fleet = find_user("fleet")
    assert fleet
    demo.test_client_class = Visitor
    staff = demo.test_client()
    assert isinstance(staff, Visitor)
    staff.sign_in(fleet)
    for page in ("/vehicles", "/rides", "/reports", "/disputes"):
        response = staff.get(f"/fleet{page}?city=new%20york")
        assert response.status_code == 200
        assert 'class="empty"' not in response.text
        assert 'href="/fleet/vehicles/us-east1.' in response.text
        assert 'href="/vehicles/us-east1.' not in response.text, "a page of riders"
    (app,) = list_clients()
    rider = find_user("rider")
    assert rider
    (grant,) = list_grants(rider.key)
    assert grant.client_id == app.id
    assert set(grant.scopes) < set(app.scopes)


def test_the_demo_shows_what_people_do_with_each_other(demo: Flask) -> None:
    load_demo(CITIES[:1])
    owner = find_user("owner")
    assert owner
    (block,) = list_blocks_of_owner(owner.key)
    assert "bike lane" in block.reason
    comments = db.session.scalars(select(NoticeComment)).all()
    assert Counter(comment.state for comment in comments) == {"shown": 2, "flagged": 1}
    assert count(CommentFlag) == FLAGS_TO_HIDE
    assert ["brake", "urgent"] in db.session.scalars(select(Report.tags)).all()
    rider = find_user("rider")
    assert rider
    demo.test_client_class = Visitor
    visitor = demo.test_client()
    assert isinstance(visitor, Visitor)
    visitor.sign_in(rider)
    page = visitor.get("/notifications").text
    for words in ("The vehicle you saved is free", "Your ride in New York", "$5.00 credit"):
        assert words in page
    assert "near a place that you follow" in page
    assert "Stop following" in visitor.get("/following").text
    assert "/photo/" in visitor.get("/users/me", follow_redirects=True).text


def test_loading_the_demo_again_adds_nothing_and_keeps_the_password(demo: Flask) -> None:
    run = demo.test_cli_runner().invoke
    first = run(args=["demo"])
    loaded = count(User), count(Vehicle), count(Ride)
    second = run(args=["demo"])
    assert "590 vehicles are new." in first.output
    assert "All vehicles are there already." in second.output
    assert first.output.splitlines()[-1] == second.output.splitlines()[-1]
    assert (count(User), count(Vehicle), count(Ride)) == loaded


def test_the_demo_password_is_random_in_a_private_file_and_works(demo: Flask) -> None:
    assert find_logins() is None
    load_demo(CITIES[:1])
    logins = find_logins()
    assert logins
    password = logins.password
    assert len(password) == 14
    names = "rider, owner, support, mechanic, analyst, fleet or admin"
    words = f"sign in as {names} with the password {password}"
    assert (describe_logins(logins), describe_missing(logins)) == (words, "")
    assert password_file(demo).stat().st_mode & 0o777 == 0o600
    admin = find_user("admin")
    assert admin
    assert passwords.verify_password(password, admin.password_hash)


def test_each_installation_has_another_demo_password(demo: Flask, tmp_path: Path) -> None:
    load_demo(CITIES[:1])
    first = password_file(demo).read_text()
    password_file(demo).unlink()
    load_demo(CITIES[:1])
    assert password_file(demo).read_text() != first
    logins = find_logins()
    assert logins
    assert (logins.working, logins.missing) == ([], []), "the accounts keep theirs"
    assert describe_logins(logins) == ""


def test_deleted_accounts_of_the_demo_are_not_offered_and_can_be_restored(demo: Flask) -> None:
    load_demo(CITIES[:1])
    for name in ("owner", "admin"):
        user = find_user(name)
        assert user
        run_transaction(partial(delete_user, user_key=user.key))
    logins = find_logins()
    assert logins
    assert (
        describe_logins(logins)
        == f"sign in as rider, support, mechanic, analyst or fleet with the password {logins.password}"
    )
    assert describe_missing(logins).startswith("Missing accounts of the demo: owner, admin.")
    output = demo.test_cli_runner().invoke(args=["demo"]).output
    assert "Accounts that are new: owner, admin." in output
    names = "rider, owner, support, mechanic, analyst, fleet or admin"
    assert f"Sign in as {names} with the password {logins.password}" in output
    admin = find_user("admin")
    assert admin
    assert Role.ADMIN in admin.roles


def test_an_interrupted_load_is_completed(demo: Flask) -> None:
    load_demo(CITIES[:2])
    assert load_demo(CITIES[:4]) == 2 * 60


def test_loading_the_demo_is_refused_in_production(
    demo: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(demo.config, "DEMO_ALLOWED", config.Production.DEMO_ALLOWED)
    result = demo.test_cli_runner().invoke(args=["demo"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The demo is for development")
    assert len(result.output.splitlines()) == 1
    assert count(Vehicle) == 0


def test_a_missing_region_is_named_in_the_error(
    demo: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**columns: object) -> bool:
        raise DBAPIError("INSERT", {}, SimpleNamespace(pgcode="22P02"))  # type: ignore[arg-type]

    monkeypatch.setattr(services, "add_city", refuse)
    result = demo.test_cli_runner().invoke(args=["demo"])
    assert result.exit_code == 1
    assert result.output == (
        "Error: The database has no region 'us-east1', which the demo's New York needs.\n"
    )


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
def test_every_city_has_a_plan_per_vehicle_type_and_a_default_plan(city: DemoCity) -> None:
    rows = plan_rows(city)
    plan_types = {(row["form_factor"], row["propulsion_type"]) for row in rows}
    assert plan_types == {("", ""), *(VEHICLE_TYPES[word] for word in TYPE_WEIGHTS)}
    for row in rows:
        assert row["currency"] == city.currency
        assert row["tax_included"] is (city.currency == "EUR")
        assert row["reserve_min"] in range(10, 16)
        assert row["fare_cap"]


def test_loading_the_demo_again_keeps_published_plans(demo: Flask) -> None:
    load_demo(CITIES[:1])
    city = city_or_404("new york")
    publish_plan(city, PlanTerms("Ours"), 1)
    plans = {plan.id for plan in list_current_plans([city])}
    load_demo(CITIES[:1])
    assert {plan.id for plan in list_current_plans([city])} == plans
    assert len(plans) == len(TYPE_WEIGHTS) + 1


@pytest.mark.parametrize("demo_city", CITIES, ids=lambda city: city.name)
def test_a_ride_can_end_at_the_position_of_each_demo_vehicle(
    demo: Flask, demo_city: DemoCity
) -> None:
    city = make_city(demo_city)
    rows = zone_rows(city, build_zone_file(demo_city), ZoneImportOptions())
    zones = CityZones(city, [Zone(**row) for row in rows], tolerance_m=0)
    assert [zone.kind for zone in zones.zones] == [
        ZoneKind.NO_PARKING,
        ZoneKind.SLOW,
        ZoneKind.SERVICE_AREA,
    ]
    for vehicle in vehicle_rows(demo_city, None):
        assert zones.check_parking(Point(vehicle["lat"], vehicle["lon"])).allowed


def test_zones_are_added_only_to_a_city_without_zones(demo: Flask) -> None:
    demo_city = CITIES[0]
    city = city_or_404(demo_city.name)
    add_zones(city, demo_city)
    remove_zones(city, ZoneKind.SLOW)
    add_zones(city, demo_city)
    assert [zone.kind for zone in city_zones(city).zones] == ["no_parking", "service_area"]


def test_the_saved_replies_of_the_demo_are_ones_that_staff_could_save(demo: Flask) -> None:
    for _queue, language, title, text in REPLIES:
        assert find_unknown_placeholder(text) is None
        assert max_filled_length(text) <= MAX_TEXT_LENGTH
        assert len(title) <= MAX_TITLE_LENGTH
        assert language in dict(list_language_choices())
    load_demo(CITIES[:1])
    load_demo(CITIES[:1])
    assert len(find_replies(city_or_404("new york"), ReplyQueue.DISPUTES)) == 4
