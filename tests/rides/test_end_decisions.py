"""What staff decide when they end a ride: why, and what the rider pays for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import RowReader, UserFactory
from tests.job_steps import read_mails
from tests.ledger_audit import check_ledger
from tests.rides.conftest import MakeOpenRide
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.auth.services.users import get_user
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.regions.geography import Place
from webapp.riders.wallet.ledger import read_balances
from webapp.rides.enums import ChargedTime, EndReason
from webapp.rides.forms import find_local_moment
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride
from webapp.rides.services.end_decision import EndDecision
from webapp.rides.services.staff import end_for_rider, find_staff_ride

HOUR = timedelta(hours=1)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def staff(visitor: Visitor, make_user: UserFactory) -> Visitor:
    return visitor.sign_in(make_user("sam", roles={"support": ["new york"]}))


@pytest.fixture
def ride_key(_minute_price: None, make_open_ride: MakeOpenRide) -> RowKey:
    """Ada's ride, which has lasted two hours."""
    return make_open_ride("ada", 2 * HOUR + timedelta(seconds=30))


def after_start(app: Flask, ride_key: RowKey, duration: timedelta) -> str:
    """Return a time of the ride by the clocks of New York, as a browser sends it."""
    with app.app_context():
        ride = db.session.get_one(Ride, tuple(ride_key))
        return (ride.started_at + duration).astimezone(NEW_YORK).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.mark.parametrize(
    ("charged_time", "price", "sentence"),
    [
        ("until_now", 3125, "You pay for the time until they ended it."),
        ("until_time", 850, "You pay only for the time until "),
        ("nothing", 0, "You pay nothing for it."),
    ],
)
def test_the_rider_pays_what_was_decided_and_the_receipt_says_it(
    app: Flask,
    staff: Visitor,
    ride_key: RowKey,
    row: RowReader,
    charged_time: str,
    price: int,
    sentence: str,
) -> None:
    until = after_start(app, ride_key, HOUR / 2)
    staff.send(
        f"/fleet/rides/{ride_key}/end",
        reason="vehicle_defect",
        charged_time=charged_time,
        until=until if charged_time == "until_time" else "",
    )
    ride = row(Ride, ride_key)
    assert (ride.price, ride.currency) == (price, "USD")
    assert datetime.now(UTC) - ride.ended_at < HOUR
    with app.app_context():
        assert read_balances(RowKey(ride.rider_region, ride.rider_id)).get("USD", 0) == -price
        with db.engines["write"].connect() as connection:
            check_ledger(connection)
        ada = get_user("ada")
    (mail,) = read_mails(app, "ada@example.org")
    page = new_browser(app).sign_in(ada).get(f"/rides/{ride_key}").text
    for text in (mail.body, page):
        assert "because the vehicle has a defect." in text
        assert sentence in text
        assert ("you can dispute it" in text) == (price > 0)


def test_the_event_of_the_vehicle_and_the_audit_event_have_the_reason(
    app: Flask, staff: Visitor, ride_key: RowKey
) -> None:
    decision = {"reason": "found_elsewhere", "charged_time": "nothing", "note": "By the river"}
    staff.send(f"/fleet/rides/{ride_key}/end", **decision)
    with app.app_context():
        query = db.select(VehicleEvent).where(VehicleEvent.ride_id == ride_key.id)
        *_, event = db.session.scalars(query.order_by(VehicleEvent.number)).all()
    assert (event.cause, event.note) == ("staff", "The vehicle was found elsewhere. By the river")
    (audit_event,) = read_audit_events(app, AuditKind.RIDE_ENDED)
    assert audit_event.details == {"reason": "found_elsewhere", "charged_time": "nothing"}


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"reason": ""}, "Choose a reason."),
        ({"reason": "other"}, "Write the reason here."),
        ({"reason": "other", "note": "x" * 201}, "Use at most 200 characters."),
        ({"charged_time": "until_time"}, "Enter a time between the start of the ride and now."),
        ({"charged_time": "until_time", "until": "noon"}, "Enter a date and a time like"),
        (
            {"charged_time": "until_time", "until": "2020-01-01T00:00"},
            "Enter a time between the start of the ride and now.",
        ),
        (
            {"charged_time": "until_time", "until": "2200-01-01T00:00"},
            "Enter a time between the start of the ride and now.",
        ),
        (
            {"charged_time": "until_time", "until": "2026-03-08T02:30"},
            "The clocks of the city skip this time. Choose another one.",
        ),
        ({"charged_time": "half"}, "Choose an option from the list."),
    ],
)
def test_a_decision_that_says_too_little_is_refused_beside_the_field(
    staff: Visitor, ride_key: RowKey, row: RowReader, typed: dict[str, str], message: str
) -> None:
    response = staff.send(
        f"/fleet/rides/{ride_key}/end",
        **{"reason": "rider_asked", "lat": "40.75", **typed, "lon": "-73.98"},
    )
    assert response.status_code == 422
    assert message in response.text
    assert 'value="40.75"' in response.text
    assert row(Ride, ride_key).ended_at is None


def test_a_time_within_the_first_minute_is_the_start() -> None:
    start = datetime(2026, 7, 1, 12, 30, 45, tzinfo=UTC)
    assert find_local_moment(datetime(2026, 7, 1, 8, 30), NEW_YORK, start) == start
    assert find_local_moment(datetime(2026, 7, 1, 8, 29), NEW_YORK, start) < start


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Adak"])
def test_the_ends_of_the_calendar_are_far_outside_of_the_ride(zone: str) -> None:
    start = datetime(2026, 7, 1, 12, 30, 45, tzinfo=UTC)
    first, last = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59)
    assert find_local_moment(first, ZoneInfo(zone), start).year < 3
    assert find_local_moment(last, ZoneInfo(zone), start).year > 9998


def test_an_hour_that_clocks_show_twice_is_the_one_in_the_ride() -> None:
    shown = datetime(2026, 11, 1, 1, 30)
    for start_hour, hour in ((5, 5), (6, 6)):
        start = datetime(2026, 11, 1, start_hour, 10, tzinfo=UTC)
        expected = datetime(2026, 11, 1, hour, 30, tzinfo=UTC)
        assert find_local_moment(shown, NEW_YORK, start) == expected


@pytest.mark.parametrize("charged_time", [ChargedTime.UNTIL_NOW, ChargedTime.NOTHING])
def test_a_rider_and_two_staff_who_end_it_at_once_charge_it_once(
    app: Flask,
    make_user: UserFactory,
    ride_key: RowKey,
    row: RowReader,
    charged_time: ChargedTime,
) -> None:
    sam, sue = (make_user(name, roles=["support"]) for name in ("sam", "sue"))
    ride = row(Ride, ride_key)
    ada = RowKey(ride.rider_region, ride.rider_id)
    decision = EndDecision(EndReason.RIDER_FORGOT, charged_time)

    def end_as(user: User) -> bool:
        return end_for_rider(user.key, find_staff_ride(user, ride_key), Place(), decision)

    results = run_together(
        app,
        lambda: end_ride(ada, ride_key, row(Ride, ride_key).start),
        lambda: end_as(sam),
        lambda: end_as(sue),
    )
    assert not [each for each in results if isinstance(each, Exception)], results
    ride = row(Ride, ride_key)
    by_staff = ride.end_reason is not None
    assert sum(each is True for each in results) == by_staff
    expected = 0 if by_staff and charged_time is ChargedTime.NOTHING else 3125
    assert ride.price == expected
    assert len(read_audit_events(app, AuditKind.RIDE_ENDED)) == 1
    assert len(read_mails(app, "ada@example.org")) == 1
    with app.app_context(), db.engines["write"].connect() as connection:
        assert read_balances(ada).get("USD", 0) == -expected
        check_ledger(connection)
