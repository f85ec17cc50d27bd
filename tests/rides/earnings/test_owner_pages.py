"""Owners see what they have earned by city, month and vehicle, and no rider."""

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import new_browser, read_rows
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.rides.earnings.steps import insert_entry, insert_share
from tests.rides.steps import PRICE, MakeEndedRide
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.rides.earnings.models import OwnerLedgerEntry

PAGE = "/vehicles/mine/earnings"
JULY = f"{PAGE}/new%20york/2026-07"


@pytest.fixture
def olga(app: Flask, make_user: UserFactory) -> User:
    olga = make_user("olga", "paris", roles=["owner"])
    insert_share(app, olga)
    return olga


@pytest.fixture
def owner(app: Flask, olga: User) -> Visitor:
    return new_browser(app).sign_in(olga)


def test_an_owner_without_a_share_reads_what_to_do(app: Flask, make_user: UserFactory) -> None:
    page = new_browser(app).sign_in(make_user()).get(PAGE).text
    assert "You have no revenue share yet" in page


def test_the_page_shows_the_share_what_is_due_and_the_months(
    app: Flask,
    olga: User,
    owner: Visitor,
    ada_key: RowKey,
    make_plan: PlanFactory,
    make_ended_ride: MakeEndedRide,
    make_vehicle: VehicleFactory,
) -> None:
    assert "No rides yet" in owner.get(PAGE).text
    make_plan(**PRICE)
    make_ended_ride(ada_key, owner=olga)
    insert_entry(app, olga, make_vehicle(owner=olga), 1_200, date(2026, 7, 1))
    page = owner.get(PAGE).text
    assert "30%" in page
    assert "$12.88" in page, "the balance"
    assert page.count("<tr>") == 3
    assert "$0.88" in page
    assert 'role="img"' in page
    (entry,) = [each for each in read_rows(app, OwnerLedgerEntry) if each.ride_id]
    month = f"{PAGE}/new%20york/{entry.month:%Y-%m}"
    assert f'href="{month}"' in page
    vehicles = owner.get(month).text
    assert "$2.92" in vehicles
    assert "$0.88" in vehicles
    with app.app_context():
        vehicle = db.session.scalars(select(Vehicle).where(Vehicle.id == entry.vehicle_id)).one()
    address = f"/vehicles/mine/{vehicle.key}/earnings"
    assert f'href="{address}"' in vehicles
    assert f'href="{address}"' in owner.get(f"/vehicles/mine/{vehicle.key}").text
    own = owner.get(address).text
    assert own.count("$0.88") == 2, "the table, and the bar"
    for text in (page, vehicles, own):
        assert "Ada" not in text
        assert str(entry.ride_id) not in text


def test_vehicles_of_a_month_are_paged_and_all_of_them_are_in_the_file(
    app: Flask,
    olga: User,
    owner: Visitor,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "PAGE_SIZE", 2)
    vehicles = sorted((make_vehicle(owner=olga) for _ in range(3)), key=lambda each: each.id)
    for vehicle in vehicles:
        insert_entry(app, olga, vehicle, 100, date(2026, 7, 1))
        insert_entry(app, olga, vehicle, -30, date(2026, 7, 1))
    first = owner.get(JULY).text
    assert first.count("$0.70") == 2
    more = owner.get(f"{JULY}?after={vehicles[1].id}").text
    assert more.count("$0.70") == 1
    rows = list(csv.DictReader(StringIO(owner.get(f"{JULY}.csv").text)))
    assert [row["code"] for row in rows] == [vehicle.code for vehicle in vehicles]
    assert {(row["month"], row["earned"], row["net_price"]) for row in rows} == {
        ("2026-07", "0.70", "7.00")
    }


def test_nobody_sees_what_another_owner_has_earned(
    app: Flask, olga: User, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(owner=olga)
    insert_entry(app, olga, vehicle, 1_200, date(2026, 7, 1))
    bob = make_user("bob", roles=["owner"])
    insert_share(app, bob)
    other = new_browser(app).sign_in(bob)
    assert "$12.00" not in other.get(PAGE).text
    assert "Nothing earned in this month" in other.get(JULY).text
    assert len(other.get(f"{JULY}.csv").text.splitlines()) == 1
    assert other.get(f"/vehicles/mine/{vehicle.key}/earnings").status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "2026-7", "july", "9999-01", "0000-01"])
def test_what_is_no_month_is_not_found(owner: Visitor, month: str) -> None:
    assert owner.get(f"{PAGE}/new%20york/{month}").status_code == 404
    assert owner.get(f"{PAGE}/atlantis/2026-07").status_code == 404


def test_a_vehicle_that_was_given_away_stays_in_the_month_without_a_link_and_its_code(
    app: Flask, olga: User, owner: Visitor, make_vehicle: VehicleFactory
) -> None:
    now = datetime.now(UTC).date().replace(day=1)
    vehicle = make_vehicle()
    insert_entry(app, olga, vehicle, 100, now)
    month = f"{PAGE}/new%20york/{now:%Y-%m}"
    page, file = owner.get(month).text, owner.get(f"{month}.csv").text
    assert "no longer yours" in page
    with app.app_context():
        assert format_code(vehicle.code) not in page
    assert len(file.splitlines()) == 2
    assert vehicle.code not in file
    assert "/earnings" not in page.split("<tbody>")[1].split("</tbody>")[0]
