"""Receipts of rides, on their page and by mail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.auth.steps import find_link, update_rows
from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory
from tests.job_steps import read_mails, run_jobs
from tests.rides.steps import PRICE, MakeEndedRide
from tests.visitor import Visitor
from webapp import mail
from webapp.auth.models import User
from webapp.fleet.models import Vehicle
from webapp.ops.jobs.running import JobOutcome
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point
from webapp.rides.models import Ride
from webapp.rides.services.receipts import receipt_number


@pytest.fixture
def ada(make_user: UserFactory, visitor: Visitor) -> User:
    user: User = make_user("ada")
    visitor.sign_in(user)
    return user


def test_a_receipt_shows_vehicle_times_places_and_price_lines(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, make_plan: PlanFactory, app: Flask
) -> None:
    make_plan(name="City plan", **PRICE)
    key = make_ended_ride(ada.key, color="red")
    update_rows(app, Ride, distance_m=2345, paused_s=125)
    page = visitor.get(f"/rides/{key}").text
    for words in ("Okai", "New York", "1 Main Street", "By the fountain", "9 min", "2.3 km",
                  "of which 2 min paused", "City plan", receipt_number(key.id)):  # fmt: skip
        assert words in page, words
    for line in ("Unlocking", "$1.00", "10 × $0.25 a started minute", "$2.50", "Total", "$3.50",
                 "$0.58 of this is tax."):  # fmt: skip
        assert line in page, line
    assert "data-from-lat" in page
    assert "Charged to your wallet." in page
    assert 'href="/wallet"' in page
    assert f'href="/rides/{key}/report"' in page
    assert f'href="/rides/{key}/dispute"' in page
    assert "Refunded" not in page


def test_a_ride_without_a_price_was_free(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide
) -> None:
    """All rides were, before there were prices."""
    page = visitor.get(f"/rides/{make_ended_ride(ada.key)}").text
    assert "<strong>Free</strong>" in page
    assert "Total" not in page
    assert "Charged to your wallet" not in page
    assert "Free" in visitor.get("/rides").text


def test_a_price_of_zero_is_shown_line_by_line(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, make_plan: PlanFactory
) -> None:
    make_plan()
    page = visitor.get(f"/rides/{make_ended_ride(ada.key)}").text
    assert page.count("$0.00") == 2
    assert "Charged to your wallet" not in page


def test_yen_have_no_cents_and_old_lines_stay_as_they_were_written(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, app: Flask
) -> None:
    key = make_ended_ride(ada.key)
    lines = [{"kind": "unlock", "amount": 100}, {"kind": "tax", "amount": 10}]
    update_rows(app, Ride, price=110, currency="JPY", price_lines=lines)
    page = visitor.get(f"/rides/{key}").text
    assert "¥100" in page
    assert "¥110" in page


def test_the_receipt_number_is_short_stable_and_different_for_each_ride() -> None:
    assert receipt_number(UUID("1a2b3c4d-5e6f-4000-8000-000000000001")) == "1A2B-3C4D-5E6F"
    assert receipt_number(UUID("1a2b3c4d-5e6e-4000-8000-000000000001")) == "1A2B-3C4D-5E6E"


def test_a_receipt_is_two_round_trips(
    visitor: Visitor,
    ada: User,
    make_ended_ride: MakeEndedRide,
    make_plan: PlanFactory,
    round_trips: Callable[[], int],
) -> None:
    make_plan(**PRICE)
    key = make_ended_ride(ada.key)
    visitor.send(f"/rides/{key}/dispute", nonce="1", text="Too much.")
    round_trips()
    assert visitor.get(f"/rides/{key}").status_code == 200
    assert round_trips() == 2


def test_the_list_shows_each_price(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, make_plan: PlanFactory
) -> None:
    make_plan(**PRICE)
    make_ended_ride(ada.key)
    assert "$3.50" in visitor.get("/rides").text


# --- by mail -------------------------------------------------------------------------------


def test_the_receipt_comes_by_mail_with_the_same_lines_in_the_citys_time(
    visitor: Visitor,
    ada: User,
    make_ended_ride: MakeEndedRide,
    make_plan: PlanFactory,
    app: Flask,
    row: RowReader,
) -> None:
    make_plan("seattle", name="Rain plan", **PRICE)
    key = make_ended_ride(ada.key, "seattle", Place("Pike Place <3", Point(47.61, -122.34)))
    (receipt_mail,) = read_mails(app, "ada@example.org")
    assert receipt_mail.subject == "Your ride in Seattle"
    ended_at = row(Ride, key).ended_at.astimezone(zone_of(app, "seattle"))
    html = receipt_mail.alternatives[0][0]
    for words in ("Okai", "1 Main Street", "Unlocking", "10 × $0.25 a started minute", "$2.50", "$3.50",
                  "$0.58 of this is tax.", "Charged to your wallet.", "Rain plan", "9 min",
                  receipt_number(key.id), f"{ended_at:%H:%M}"):  # fmt: skip
        assert words in receipt_mail.body, words
        assert words in html, words
    assert "<" not in receipt_mail.body.replace("Pike Place <3", "")
    assert "Pike Place &lt;3" in html
    assert visitor.get(find_link(receipt_mail)).status_code == 200


def zone_of(app: Flask, city: str) -> Any:
    with app.app_context():
        receipt_city = catalogue().find(city)
        assert receipt_city
        return receipt_city.zone


def test_the_mail_of_a_free_ride_says_so(
    ada: User, make_ended_ride: MakeEndedRide, app: Flask
) -> None:
    make_ended_ride(ada.key)
    (receipt_mail,) = read_mails(app)
    assert "Free\n" in receipt_mail.body
    assert "Total" not in receipt_mail.body


def test_a_pause_that_lasted_to_the_end_is_in_the_mail_as_on_the_page(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, app: Flask
) -> None:
    page = visitor.send(f"/rides/start/{make_vehicle().public_key}").location
    visitor.send(page.replace("/rides/", "/rides/pause/"))
    ago = datetime.now(UTC) - timedelta(minutes=4, seconds=30)
    update_rows(app, Ride, started_at=ago - timedelta(hours=1), paused_at=ago, paused_s=60)
    visitor.send(page.replace("/rides/", "/rides/end/"), address="Here", spot="city")
    (receipt_mail,) = read_mails(app)
    words = "1 h 04 min, of which 5 min paused"
    assert words in receipt_mail.body
    assert words in visitor.get(page).text


def test_ending_twice_sends_one_receipt(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, app: Flask
) -> None:
    page = visitor.send(f"/rides/start/{make_vehicle().public_key}").location
    for _ in range(2):
        visitor.send(page.replace("/rides/", "/rides/end/"), address="Here", spot="city")
    assert len(read_mails(app)) == 1


def test_a_ride_ends_even_when_its_receipt_cannot_be_mailed(
    visitor: Visitor,
    ada: User,
    make_vehicle: VehicleFactory,
    row: RowReader,
    monkeypatch: pytest.MonkeyPatch,
    app: Flask,
) -> None:
    vehicle = make_vehicle()
    page = visitor.send(f"/rides/start/{vehicle.public_key}").location

    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("no template")

    monkeypatch.setattr(mail, "render", broken)
    assert (
        visitor.send(page.replace("/rides/", "/rides/end/"), address="Here", spot="city").location
        == page
    )
    assert row(Vehicle, vehicle.key).state == "available"
    assert run_jobs(app) == [JobOutcome.POSTPONED]


def test_ending_with_its_mail_is_three_round_trips(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, make_plan: PlanFactory, app: Flask,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    make_plan(**PRICE)
    page = visitor.send(f"/rides/start/{make_vehicle().public_key}").location
    form = {"csrf_token": visitor.token(), "lat": "40.73", "lon": "-73.99"}
    visitor.get("/")  # prices are in memory
    round_trips()
    visitor.post(page.replace("/rides/", "/rides/end/"), data=form)
    assert (round_trips(), len(read_mails(app))) == (3, 1)
