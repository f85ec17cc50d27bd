"""The demo: its cities, its fleet, its accounts."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

import config
from webapp.auth import passwords
from webapp.auth.models import User
from webapp.auth.services.registration import find_user
from webapp.extensions import db
from webapp.fleet.enums import vehicle_type_name
from webapp.fleet.models import Vehicle
from webapp.ops.demo import services
from webapp.ops.demo.cities import CITIES
from webapp.ops.demo.vehicles import vehicles_of
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point, distance_m
from webapp.rides.models import Ride

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


def test_it_has_the_nine_cities_of_the_tutorial_in_their_order() -> None:
    assert ", ".join(city.name for city in CITIES) == TUTORIAL
    assert Counter(city.region for city in CITIES) == {
        "us-east1": 3,
        "us-west1": 3,
        "europe-west1": 3,
    }


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
def test_every_vehicle_stands_in_a_street_near_the_centre(city: object) -> None:
    rows = vehicles_of(city, None)  # type: ignore[arg-type]
    away = [distance_m(city.centre, Point(row["lat"], row["lon"])) for row in rows]  # type: ignore[attr-defined]
    assert len(rows) == 60
    assert max(away) < 2_500
    assert sum(distance < 1_250 for distance in away) > sum(d >= 1_250 for d in away)
    assert len({row["address"] for row in rows}) > 50
    assert {vehicle_type_name(row["form_factor"], row["propulsion_type"]) for row in rows} == {
        "bike",
        "e-bike",
        "scooter",
        "skateboard",
    }
    assert Counter(row["state"] for row in rows) == {"available": 56, "non_operational": 4}


def test_the_fleet_is_the_same_each_time() -> None:
    assert vehicles_of(CITIES[0], None) == vehicles_of(CITIES[0], None)
    ids = [row["id"] for city in CITIES for row in vehicles_of(city, None)]
    assert len(set(ids)) == len(ids)


def test_it_opens_cities_with_vehicles_accounts_and_past_rides(demo: Flask) -> None:
    assert services.load() == 9 * 60
    assert {city.name for city in CITIES} <= {city.name for city in catalogue().all()}
    assert catalogue().find("washington dc").label == "Washington DC"  # type: ignore[union-attr]
    assert count(Vehicle) == 9 * 60
    roles = {user.username: user.roles for user in db.session.scalars(select(User)).unique()}
    assert roles == {
        "rider": {"rider"},
        "owner": {"rider", "owner"},
        "fleet": {"rider", "fleet"},
        "admin": {"rider", "fleet", "admin"},
    }
    owners = db.session.scalars(select(Vehicle.city).where(Vehicle.owner_id.is_not(None))).all()
    assert owners == ["new york"] * 6
    rides = db.session.scalars(select(Ride)).all()
    assert rides
    for ride in rides:
        vehicle = db.session.get(Vehicle, (ride.region, ride.vehicle_id))
        assert vehicle
        assert (vehicle.point, vehicle.address) == (ride.end.point, ride.end.address)


def test_running_it_again_adds_nothing_and_keeps_the_password(demo: Flask) -> None:
    run = demo.test_cli_runner().invoke
    first, second = run(args=["demo"]), run(args=["demo"])
    assert "540 vehicles are new." in first.output
    assert "The demo is loaded already." in second.output
    assert first.output.splitlines()[-1] == second.output.splitlines()[-1]
    assert (count(User), count(Vehicle), count(Ride)) == (4, 540, services.PAST_RIDES)


def test_the_password_is_made_here_private_and_works(demo: Flask) -> None:
    assert services.password_that_works() is None
    services.load(CITIES[:1])
    password = services.password_that_works()
    assert password
    assert len(password) == 14
    assert password_file(demo).stat().st_mode & 0o777 == 0o600
    assert passwords.verify_password(password, find_user("admin").password_hash)


def test_another_installation_has_another_password(demo: Flask, tmp_path: Path) -> None:
    services.load(CITIES[:1])
    first = password_file(demo).read_text()
    password_file(demo).unlink()
    services.load(CITIES[:1])
    assert password_file(demo).read_text() != first
    assert services.password_that_works() is None  # the accounts keep theirs


def test_one_that_was_interrupted_is_finished(demo: Flask) -> None:
    services.load(CITIES[:2])
    assert services.load(CITIES[:4]) == 2 * 60


def test_it_refuses_in_production(demo: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(demo.config, "DEMO_ALLOWED", config.Production.DEMO_ALLOWED)
    result = demo.test_cli_runner().invoke(args=["demo"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The demo is for development")
    assert len(result.output.splitlines()) == 1
    assert count(Vehicle) == 0


def test_a_region_that_the_database_lacks_is_named(
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
