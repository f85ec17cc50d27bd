"""Rating a ride with stars and a note, within a week."""

from typing import Any

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events, update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.rides.steps import MakeEndedRide, age_ride
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.rides.models import Ride


@pytest.fixture
def ada(make_user: UserFactory, visitor: Visitor) -> User:
    user: User = make_user("ada")
    visitor.sign_in(user)
    return user


@pytest.fixture
def ride(ada: User, make_ended_ride: MakeEndedRide) -> RowKey:
    return make_ended_ride(ada.key)


def read_rating(row: RowReader, ride: RowKey) -> tuple[Any, Any]:
    rated_ride = row(Ride, ride)
    return rated_ride.rating, rated_ride.rating_note


def test_a_rating_is_stored_shown_and_in_the_audit_trail(
    visitor: Visitor, ada: User, ride: RowKey, row: RowReader, app: Flask
) -> None:
    response = visitor.send(f"/rides/{ride}/rating", stars="4", note=" Smooth.\r\nFast. ")
    assert response.location == f"/rides/{ride}"
    assert read_rating(row, ride) == (4, "Smooth.\nFast.")
    page = visitor.get(f"/rides/{ride}").text
    assert "4 of 5 stars – Good" in page
    assert "Smooth." in page
    assert 'checked id="stars-3"' in page
    (event,) = read_audit_events(app, AuditKind.RIDE_RATED)
    assert (event.actor, event.subject, event.details) == (ada.key, f"ride {ride}", {})


def test_the_same_rating_again_writes_no_second_audit_event(
    visitor: Visitor, ride: RowKey, row: RowReader, app: Flask
) -> None:
    for stars, note in (("4", ""), ("4", ""), ("4", "Fine."), ("1", "Fine."), ("1", "")):
        assert visitor.send(f"/rides/{ride}/rating", stars=stars, note=note).status_code == 303
    assert read_rating(row, ride) == (1, None)
    assert len(read_audit_events(app, AuditKind.RIDE_RATED)) == 4


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Choose one to five stars."),
        ({"stars": "", "note": "Words"}, "Choose one to five stars."),
        ({"stars": "0"}, "Choose an option from the list."),
        ({"stars": "6"}, "Choose an option from the list."),
        ({"stars": "five"}, "Choose an option from the list."),
        ({"stars": "5", "note": "x" * 281}, "Use at most 280 characters."),
        ({"stars": "5", "note": "a\x00b"}, "This text contains a character that can"),
    ],
)
def test_an_invalid_rating_is_refused_beside_its_field_and_keeps_the_note(
    visitor: Visitor, ride: RowKey, row: RowReader, fields: dict[str, str], message: str
) -> None:
    response = visitor.send(f"/rides/{ride}/rating", **fields)
    assert response.status_code == 422
    assert message in response.text
    assert "Price" in response.text
    if fields.get("note") == "Words":
        assert "Words</textarea>" in response.text
    assert read_rating(row, ride) == (None, None)


@pytest.mark.parametrize(("days", "status"), [(6.9, 303), (7.1, 409)])
def test_a_rating_can_be_given_and_changed_for_seven_days(
    visitor: Visitor, ride: RowKey, row: RowReader, app: Flask, days: float, status: int
) -> None:
    visitor.send(f"/rides/{ride}/rating", stars="5")
    age_ride(app, ride, days)
    assert ('name="stars"' in visitor.get(f"/rides/{ride}").text) is (status == 303)
    response = visitor.send(f"/rides/{ride}/rating", stars="2")
    assert response.status_code == status
    assert read_rating(row, ride)[0] == (2 if status == 303 else 5)
    if status == 409:
        assert "for 7 days" in response.text
        assert visitor.send(f"/rides/{ride}/rating", stars="5").status_code == 303, "as it is"


def test_an_open_ride_cannot_be_rated(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory
) -> None:
    page = visitor.send(f"/rides/start/{make_vehicle().public_key}").location
    response = visitor.send(f"{page}/rating", stars="5")
    assert response.location == page


def test_the_ride_of_another_cannot_be_rated(
    visitor: Visitor, ride: RowKey, make_user: UserFactory, row: RowReader
) -> None:
    visitor.sign_in(make_user("eve"))
    for fields in ({"stars": "1"}, {}):
        assert visitor.send(f"/rides/{ride}/rating", **fields).status_code == 404
    assert read_rating(row, ride) == (None, None)


def test_a_ride_whose_city_has_moved_is_rated_from_an_old_page(
    visitor: Visitor, ride: RowKey, row: RowReader
) -> None:
    old = RowKey("us-west1", ride.id)
    assert visitor.send(f"/rides/{old}/rating", stars="3").status_code == 303
    assert read_rating(row, ride) == (3, None)


def test_the_stars_are_radio_buttons_with_words(visitor: Visitor, ride: RowKey, app: Flask) -> None:
    page = visitor.get(f"/rides/{ride}").text
    assert page.count('type="radio"') == 5
    words = ("Bad", "Poor", "Okay", "Good", "Great")
    places = [page.index(f"<span>{word}</span>") for word in words]
    assert places == sorted(places)
    assert "checked" not in page
    update_rows(app, Ride, rating=1)
    assert "1 of 5 stars – Bad" in visitor.get(f"/rides/{ride}").text


def test_a_rating_is_taken_back_with_its_words_also_after_the_week(
    app: Flask, visitor: Visitor, ride: RowKey, row: RowReader, make_user: UserFactory
) -> None:
    visitor.send(f"/rides/{ride}/rating", stars="2", note="Loud.")
    age_ride(app, ride, days=30)
    stranger = new_browser(app).sign_in(make_user())
    assert stranger.send(f"/rides/{ride}/rating/withdraw").status_code == 404
    assert read_rating(row, ride) == (2, "Loud.")
    assert "Take your rating back" in visitor.get(f"/rides/{ride}").text
    for _ in range(2):
        assert visitor.send(f"/rides/{ride}/rating/withdraw").location == f"/rides/{ride}"
    assert read_rating(row, ride) == (None, None)
    assert "Take your rating back" not in visitor.get(f"/rides/{ride}").text
    assert len(read_audit_events(app, AuditKind.RATING_WITHDRAWN)) == 1
