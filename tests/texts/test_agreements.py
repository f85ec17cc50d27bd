"""Riders agree to the terms: by registering, and again when a publisher asks for it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import literal, select

from tests.factories import PASSWORD, UserFactory, VehicleFactory, find_city
from tests.texts.steps import insert_text
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.riders.personal_data import read_export
from webapp.rides.services.start import start_ride
from webapp.rides.terms_agreement import TermsNotAgreed
from webapp.texts.agreements.conditions import has_agreed_condition
from webapp.texts.agreements.models import TermsAgreement
from webapp.texts.agreements.services import agree_to_terms, list_accepted_terms

CHANGE: dict[str, Any] = {"requires_agreement": True, "summary": "Helmets <are> needed."}
ACCOUNT = {
    "city": "new york", "first_name": "Ada", "last_name": "Lovelace", "username": "ada",
    "email": "ada@example.org", "password": PASSWORD, "password_again": PASSWORD,
}  # fmt: skip


def list_agreements(app: Flask) -> list[UUID]:
    with app.app_context():
        return list(db.session.scalars(select(TermsAgreement.version_id)))


def read_fields(page: str) -> dict[str, str]:
    """Return the hidden fields of the form on which somebody agrees."""
    names = ("terms", "terms_city", "plan")
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name in names}


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def rider(visitor: Visitor, ada: User) -> Visitor:
    return visitor.sign_in(ada)


def test_who_registers_agrees_to_the_version_that_the_page_leads_to(
    visitor: Visitor, app: Flask
) -> None:
    assert 'href="/terms?city=new+york"' in visitor.get("/register").text
    terms, paris = insert_text(app, "Terms"), insert_text(app, "Règles", city="paris")
    seen = re.findall(
        r'name="seen_terms" type="hidden" value="([^"]+)"', visitor.get("/register").text
    )
    assert seen == [str(terms)]
    account = {**ACCOUNT, "city": "paris", "seen_terms": seen[0]}
    response = visitor.send("/register", **account)
    assert response.status_code == 422
    assert "The terms for this city are not the ones that you saw." in response.text
    assert 'href="/terms?city=paris"' in response.text
    assert visitor.send("/register", **{**account, "seen_terms": str(paris)}).status_code == 303
    assert list_agreements(app) == [paris]


def test_without_terms_that_ask_for_it_riders_agree_to_nothing(
    rider: Visitor, app: Flask, make_vehicle: VehicleFactory
) -> None:
    insert_text(app, "Terms")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    insert_text(app, "New terms", version=2, effective_from=tomorrow, **CHANGE)
    insert_text(app, "Paris", city="paris", **CHANGE)
    response = rider.send(f"/rides/start/{make_vehicle().public_key}")
    assert response.status_code == 303
    assert list_agreements(app) == []


@pytest.mark.parametrize("way", ["start", "code", "reserve"])
def test_a_rider_agrees_and_goes_on_with_one_button(
    rider: Visitor, app: Flask, make_vehicle: VehicleFactory, way: str,
    round_trips: Callable[[], int],
) -> None:  # fmt: skip
    vehicle, terms = make_vehicle(), insert_text(app, "New terms", **CHANGE)
    path = {
        "start": f"/rides/start/{vehicle.public_key}",
        "code": f"/v/{vehicle.label_code}",
        "reserve": f"/rides/reserve/{vehicle.public_key}",
    }[way]
    refused = rider.send(path, plan="")
    assert refused.status_code == 409
    assert "Helmets &lt;are&gt; needed." in refused.text
    assert f'action="{path}"' in refused.text
    button = "Agree and reserve" if way == "reserve" else "Agree and start riding"
    assert button in refused.text
    fields = read_fields(refused.text)
    assert fields["terms"] == str(terms)
    round_trips()
    agreed = rider.send(path, **fields)
    assert agreed.status_code == 303
    if way == "start":
        assert round_trips() <= 3
    assert list_agreements(app) == [terms]
    other = "/rides/reservation" if way == "reserve" else "/rides/us-east1."
    assert agreed.location.startswith(other)


def test_a_reader_whose_language_has_older_terms_agrees_to_those_in_another_and_rides(
    rider: Visitor, app: Flask, make_vehicle: VehicleFactory
) -> None:
    insert_text(app, "Old", effective_from=datetime.now(UTC) - timedelta(days=1))
    german, path = insert_text(app, "Neu", language="de", **CHANGE), make_vehicle().public_key
    fields = read_fields(rider.send(f"/rides/start/{path}").text)
    assert fields["terms"] == str(german)
    assert "Neu" in rider.get("/terms").text
    assert rider.send(f"/rides/start/{path}", **fields).location.startswith("/rides/us-east1.")
    assert list_agreements(app) == [german]
    insert_text(app, "New", version=2)  # the translation
    assert "New" in rider.get("/terms").text


def test_who_has_agreed_is_asked_again_only_for_a_change_that_asks_for_it(
    ada: User, app: Flask, app_context: None
) -> None:
    def has_agreed() -> bool:
        city, accepted_terms = literal("new york"), list_accepted_terms("us-east1")
        condition = has_agreed_condition(ada.key, city, accepted_terms)
        return bool(db.session.scalar(select(condition)))

    now = datetime.now(UTC)
    insert_text(app, "1", version=1, effective_from=now - timedelta(hours=4), **CHANGE)
    second = insert_text(app, "2", version=2, effective_from=now - timedelta(hours=3))
    assert not has_agreed()
    _agree(ada, second)
    assert has_agreed()
    insert_text(app, "3", version=3, effective_from=now - timedelta(hours=2))
    assert has_agreed()
    fourth = insert_text(app, "4", version=4, effective_from=now - timedelta(hours=1), **CHANGE)
    assert not has_agreed()
    _agree(ada, second)  # they do not hold any more
    assert not has_agreed()
    _agree(ada, fourth)
    assert has_agreed()


def _agree(user: User, version_id: UUID) -> None:
    agree_to_terms(user.key, find_city("new york"), version_id)


def test_the_terms_of_the_city_of_the_ride_count(
    ada: User, app: Flask, make_vehicle: VehicleFactory, app_context: None
) -> None:
    insert_text(app, "Everywhere", **CHANGE)
    insert_text(app, "Paris", city="paris")
    with pytest.raises(TermsNotAgreed):
        start_ride(ada.key, make_vehicle().public_key)
    assert start_ride(ada.key, make_vehicle("paris").public_key)


def test_who_does_not_agree_ends_the_ride_and_gets_the_data(
    rider: Visitor, app: Flask, make_vehicle: VehicleFactory
) -> None:
    ride = rider.send(f"/rides/start/{make_vehicle().public_key}").location
    insert_text(app, "New terms", **CHANGE)
    end = ride.replace("/rides/", "/rides/end/")
    assert rider.send(end, lat="40.73", lon="-73.99").status_code == 303
    for path in (ride, "/rides", "/users/me/data", "/users/me/delete"):
        assert rider.get(path).status_code == 200, path


def test_the_agreement_is_in_the_data_of_the_person_and_goes_with_the_account(
    rider: Visitor, ada: User, app: Flask
) -> None:
    terms = insert_text(app, "Terms", **CHANGE)
    with app.app_context():
        _agree(ada, terms)
        _agree(ada, terms)  # twice it is one
        sections: dict[str, Any] = read_export(ada.key)
        assert [row["version_id"] for row in sections["agreements"]] == [terms]
    person = {"first_name": "Ada", "last_name": "Lovelace", "about": ""}
    assert rider.send("/users/me/edit", city="paris", **person).status_code == 303
    with app.app_context():
        assert db.session.scalars(select(TermsAgreement.region)).all() == ["europe-west1"]
    assert rider.send("/users/me/delete", sure="y").status_code == 303
    assert list_agreements(app) == []
