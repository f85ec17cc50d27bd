"""Riders write about a ride."""

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.form_steps import assert_form_reused
from tests.rides.disputes.steps import dispute_path, read_messages, read_state, send_message
from tests.rides.steps import MakeEndedRide, age_ride
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.rides.disputes.models import Dispute


def test_a_message_opens_a_dispute_that_its_rider_can_read(
    visitor: Visitor, ada: User, ride: RowKey, row: RowReader, app: Flask
) -> None:
    assert "Tell us what happened." in visitor.get(dispute_path(ride)).text
    response = send_message(visitor, ride, " It never unlocked.\r\nReally. ")
    assert response.location == dispute_path(ride)
    assert read_state(row, ride) == ("open", 0)
    assert row(Dispute, ride).city == "new york"
    page = visitor.get(dispute_path(ride)).text
    assert "It never unlocked.\nReally." in page
    assert "<strong>You</strong>" in page
    assert "In review" in page
    assert "View the dispute" in visitor.get(f"/rides/{ride}").text
    (event,) = read_audit_events(app, AuditKind.DISPUTE_OPENED)
    assert (event.actor, event.subject, event.details) == (ada.key, f"ride {ride}", {})


def test_the_same_form_twice_is_one_message_and_a_new_form_is_another(
    visitor: Visitor, ride: RowKey, app: Flask
) -> None:
    for nonce in ("a", "a", "b"):
        assert send_message(visitor, ride, "Look.", nonce).status_code == 303
    assert_form_reused(send_message(visitor, ride, "Look here.", "a"), "Look here.")
    assert len(read_messages(app)) == 2
    assert len(read_audit_events(app, AuditKind.DISPUTE_OPENED)) == 2


def test_the_form_of_one_ride_writes_nothing_about_another(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, app: Flask
) -> None:
    for each in (make_ended_ride(ada.key), make_ended_ride(ada.key)):
        send_message(visitor, each, "Look.", "the same")
    assert len(read_messages(app)) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "Fill this in."),
        ("  \r\n ", "Fill this in."),
        ("x" * 2001, "Use at most 2000 characters."),
        ("a\x00b", "This text contains a character that can"),
    ],
)
def test_an_invalid_message_is_refused_beside_the_field(
    visitor: Visitor, ride: RowKey, app: Flask, words: str, message: str
) -> None:
    refused = visitor.send(dispute_path(ride), text=words, nonce="1")
    assert (refused.status_code, read_messages(app)) == (422, [])
    assert message in refused.text


@pytest.mark.parametrize(("days", "status"), [(29.9, 303), (30.1, 409)])
def test_a_ride_can_be_disputed_for_thirty_days(
    visitor: Visitor, ride: RowKey, app: Flask, days: float, status: int
) -> None:
    age_ride(app, ride, days)
    assert ("Dispute this charge" in visitor.get(f"/rides/{ride}").text) is (status == 303)
    assert ("30 days" in visitor.get(dispute_path(ride)).text) is (status == 409)
    refused = send_message(visitor, ride, "My words.")
    assert refused.status_code == status
    assert len(read_messages(app)) == (status == 303)
    if status == 409:
        assert "30 days" in refused.text
        assert "My words." in refused.text, "what was typed is kept"


def test_after_thirty_days_a_dispute_can_still_be_read(
    visitor: Visitor, ride: RowKey, app: Flask
) -> None:
    send_message(visitor, ride)
    age_ride(app, ride, 31)
    assert "It never unlocked." in visitor.get(dispute_path(ride)).text
    assert f'href="{dispute_path(ride)}"' in visitor.get(f"/rides/{ride}").text


def test_an_open_ride_cannot_be_disputed(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, app: Flask
) -> None:
    page = visitor.send(f"/rides/start/{make_vehicle().public_key}").location
    assert visitor.get(f"{page}/dispute").location == page
    assert visitor.send(f"{page}/dispute", text="Hm.", nonce="1").location == page
    assert read_messages(app) == []


def test_the_ride_of_another_cannot_be_disputed(
    visitor: Visitor, ride: RowKey, make_user: UserFactory, app: Flask
) -> None:
    eve = new_browser(app).sign_in(make_user("eve"))
    assert eve.get(dispute_path(ride)).status_code == 404
    assert send_message(eve, ride).status_code == 404
    send_message(visitor, ride)
    assert eve.get(dispute_path(ride)).status_code == 404
    assert send_message(eve, ride, "Me too.").status_code == 404
    assert len(read_messages(app)) == 1


def test_a_ride_whose_city_has_moved_is_disputed_from_an_old_page(
    visitor: Visitor, ride: RowKey, app: Flask
) -> None:
    assert send_message(visitor, RowKey("us-west1", ride.id)).status_code == 303
    assert len(read_messages(app)) == 1


@pytest.mark.slow
def test_a_rider_writes_at_most_ten_messages_a_day(
    visitor: Visitor, ride: RowKey, app: Flask
) -> None:
    for n in range(10):
        assert send_message(visitor, ride, f"Number {n}").status_code == 303
    refused = send_message(visitor, ride, "Number 10")
    assert refused.status_code == 429
    assert "Too many attempts" in refused.text
    assert "Number 10</textarea>" in refused.text
    assert len(read_messages(app)) == 10
