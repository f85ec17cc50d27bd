"""Ends of rides that a phone without network reports later: what of them is believed."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import age_rows, read_audit_events, update_rows
from tests.factories import RowReader, UserFactory
from tests.fleet.vehicle_events.steps import find_problems, read_vehicle_events
from tests.job_steps import read_mails
from tests.rides.conftest import MakeOpenRide
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.rides.models import Ride, RidePath

MINUTE = timedelta(minutes=1)
HERE = {"lat": "40.7359", "lon": "-73.9911"}
SEND_JSON = {"Accept": "application/json"}

pytestmark = pytest.mark.usefixtures("_minute_price")


@pytest.fixture
def ride_key(app: Flask, make_open_ride: MakeOpenRide) -> RowKey:
    """A ride of Ada that began an hour ago."""
    key = make_open_ride("ada", 60 * MINUTE)
    age_rows(app, VehicleEvent, "occurred_at", 60 * MINUTE)
    return key


@pytest.fixture
def ada(app: Flask, ride_key: RowKey, row: RowReader) -> Visitor:
    ride = row(Ride, ride_key)
    visitor: Visitor = app.test_client()  # type: ignore[assignment]
    return visitor.sign_in(row(User, RowKey(ride.rider_region, ride.rider_id)))


def report(visitor: Visitor, ride_key: RowKey, seconds: object, **fields: Any) -> Any:
    """Send the end as the phone does."""
    values = {"csrf_token": visitor.token(), "pressed_s_ago": seconds, **HERE, **fields}
    return visitor.post(f"/rides/end/{ride_key}", data=values, headers=SEND_JSON)


def ridden(ride: Ride) -> int:
    """Whole minutes."""
    assert ride.duration is not None
    return ride.duration // MINUTE


def test_the_ride_ends_when_it_was_pressed_and_says_so(
    app: Flask, ada: Visitor, ride_key: RowKey, row: RowReader
) -> None:
    response = report(ada, ride_key, 300)
    assert response.json == {"url": f"/rides/{ride_key}"}
    ride = row(Ride, ride_key)
    assert (ridden(ride), ride.price) == (55, 100 + 55 * 25)
    assert ride.ended_at == ride.end_pressed_at
    assert ride.end_received_at
    assert ride.end_received_at - ride.ended_at == timedelta(seconds=300)
    for text in (ada.get(f"/rides/{ride_key}").text, read_mails(app)[-1].body):
        assert "on the phone, which had no network. We received it at" in " ".join(text.split())
        assert "The ride counts until" not in text


def test_the_event_of_the_vehicle_is_that_of_the_ride_and_leads_to_its_state(
    app: Flask, ada: Visitor, ride_key: RowKey, row: RowReader
) -> None:
    report(ada, ride_key, 300)
    ride = row(Ride, ride_key)
    with app.app_context():
        event = read_vehicle_events(RowKey(ride.region, ride.vehicle_id))[-1]
        assert (event.event_types, event.occurred_at) == (["trip_end"], ride.ended_at)
        assert event.recorded_at > event.occurred_at  # so that sums of numbers are made again
        assert find_problems(ride.region) == []
    assert row(Vehicle, RowKey(ride.region, ride.vehicle_id)).state == "available"


@pytest.mark.parametrize(
    ("seconds", "setting", "minutes"),
    [
        (0, 900, 60),
        (-600, 900, 60),  # never in the future
        (1200, 900, 45),  # older than the setting
        (10**12, 900, 45),
        (300, 0, 60),  # no phone is believed
        (7200, 24 * 3600, 0),  # not before the ride
    ],
)
def test_a_phone_is_believed_within_limits(
    app: Flask, ada: Visitor, ride_key: RowKey, row: RowReader, monkeypatch: pytest.MonkeyPatch,
    seconds: int, setting: int, minutes: int,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "OFFLINE_END_MAX_S", setting)
    report(ada, ride_key, seconds)
    ride = row(Ride, ride_key)
    assert ridden(ride) == minutes
    is_counted_longer = "The ride counts until" in ada.get(f"/rides/{ride_key}").text
    assert is_counted_longer is (seconds > setting)


def test_who_reports_many_ends_later_pays_until_they_arrive(
    app: Flask, ada: Visitor, ride_key: RowKey, row: RowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_REPORTED_ENDS", (0, 60))
    report(ada, ride_key, 600)
    assert ridden(row(Ride, ride_key)) == 60


def test_an_end_that_was_refused_does_not_count(
    app: Flask, ada: Visitor, ride_key: RowKey, row: RowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_REPORTED_ENDS", (1, 60))
    for _ in range(2):
        assert report(ada, ride_key, 600, lat="48.85", lon="2.35").status_code == 422
    report(ada, ride_key, 600)
    assert ridden(row(Ride, ride_key)) == 50


@pytest.mark.parametrize("known", ["pause", "resumption", "path", "event"])
def test_a_phone_is_not_believed_against_what_the_server_knows(
    app: Flask, ada: Visitor, ride_key: RowKey, row: RowReader, known: str
) -> None:
    """Of five minutes ago, when the end is said to have been pressed ten minutes ago."""
    ride = row(Ride, ride_key)
    at = ride.started_at + 55 * MINUTE
    if known == "path":
        page = {"csrf_token": ada.token(), "points": "3300,40.735,-73.991"}
        assert ada.post(f"/rides/path/{ride_key}", data=page).status_code == 204
        assert row(RidePath, ride_key).points
    elif known == "event":
        update_rows(app, VehicleEvent, occurred_at=at)
    else:
        column = {"pause": "paused_at", "resumption": "resumed_at"}[known]
        update_rows(app, Ride, Ride.id == ride.id, **{column: at})
    report(ada, ride_key, 600)
    assert ridden(row(Ride, ride_key)) == 55


def test_resuming_a_ride_is_remembered(ada: Visitor, ride_key: RowKey, row: RowReader) -> None:
    for action in ("pause", "resume"):
        ada.send(f"/rides/{action}/{ride_key}")
    assert isinstance(row(Ride, ride_key).resumed_at, datetime)


def test_what_is_reported_twice_or_twice_at_once_ends_and_charges_once(
    app: Flask, ada: Visitor, ride_key: RowKey, row: RowReader
) -> None:
    token = {"csrf_token": ada.token()}
    results = run_together(app, *[partial(report, ada, ride_key, 300, **token)] * 2)
    ended_at = row(Ride, ride_key).ended_at
    results.append(report(ada, ride_key, 500))
    assert [result.json for result in results] == [{"url": f"/rides/{ride_key}"}] * 3
    assert row(Ride, ride_key).ended_at == ended_at
    assert len(read_audit_events(app, AuditKind.RIDE_ENDED)) == len(read_mails(app)) == 1


def test_a_refusal_says_why_and_the_ride_goes_on(
    ada: Visitor, ride_key: RowKey, row: RowReader
) -> None:
    response = report(ada, ride_key, 300, lat="48.85", lon="2.35")
    assert response.status_code == 422
    assert "The vehicle can't have got there." in response.json["message"]
    assert row(Ride, ride_key).ended_at is None


def test_the_speed_is_that_of_the_time_until_it_was_pressed(
    app: Flask, ada: Visitor, ride_key: RowKey, row: RowReader
) -> None:
    """15 km in an hour may be; in a ride that was over after a second they may not."""
    age_rows(app, Ride, "started_at", -59 * MINUTE)
    age_rows(app, VehicleEvent, "occurred_at", -59 * MINUTE)
    response = report(ada, ride_key, 59, lat="40.77")
    assert response.status_code == 422


def test_nobody_else_and_nobody_without_a_session_ends_it(
    app: Flask, ada: Visitor, ride_key: RowKey, make_user: UserFactory, row: RowReader
) -> None:
    bob: Visitor = app.test_client()  # type: ignore[assignment]
    assert report(bob.sign_in(make_user("bob")), ride_key, 300).status_code == 404
    nobody: Visitor = app.test_client()  # type: ignore[assignment]
    assert report(nobody, ride_key, 300).status_code in (303, 401)
    old_token = ada.token()
    ada.send("/logout")
    fields = {"csrf_token": old_token, "pressed_s_ago": 300, **HERE}
    response = ada.post(f"/rides/end/{ride_key}", data=fields, headers=SEND_JSON)
    assert response.status_code == 401
    assert row(Ride, ride_key).ended_at is None


def test_staff_see_that_an_end_was_reported_later(
    app: Flask, ada: Visitor, ride_key: RowKey, row: RowReader, make_user: UserFactory
) -> None:
    report(ada, ride_key, 300)
    (event,) = read_audit_events(app, AuditKind.RIDE_ENDED)
    ride = row(Ride, ride_key)
    assert ride.end_pressed_at
    assert ride.ended_at
    moments = {name: datetime.fromisoformat(event.details[name]) for name in event.details}
    assert moments == {"pressed_at": ride.end_pressed_at, "ended_at": ride.ended_at}
    staff: Visitor = app.test_client()  # type: ignore[assignment]
    staff.sign_in(make_user("sam", roles=["fleet"]))
    page = staff.get(f"/fleet/vehicles/{RowKey(ride.region, ride.vehicle_id)}/rides").text
    assert "on the phone, which had no network" in page
