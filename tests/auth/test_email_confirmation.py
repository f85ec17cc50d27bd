"""Confirming the e-mail address, and what an unconfirmed account cannot do."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.email_steps import (
    NEW_PASSWORD_FIELDS,
    REGISTRATION,
    find_newest_link,
    read_link_statuses,
    request_confirmation_link,
    submit_link,
)
from tests.auth.steps import new_browser, update_rows
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.models import Identity, SecondFactor, User
from webapp.auth.oidc.claims import IdentityClaims
from webapp.auth.services.email_confirmation import EmailNotConfirmed
from webapp.auth.services.identities import link_identity
from webapp.auth.services.second_factor_setup import start_setup
from webapp.extensions import db

# --- confirming the address ----------------------------------------------------------------


def test_the_welcome_mail_leads_to_a_button_that_confirms_the_address(
    app: Flask, row: RowReader
) -> None:
    client = new_browser(app)
    assert client.send("/register", **REGISTRATION, **NEW_PASSWORD_FIELDS).status_code == 303
    with app.app_context():
        key = db.session.scalars(select(User)).unique().one().key
    assert row(User, key).email_confirmed_at is None
    link = find_newest_link(app, "m.perey@example.org")
    assert "Hello Marguerite. Confirm that m.perey@example.org is yours" in client.get(link).text
    assert client.send(link).location == "/"
    assert "Your e-mail address is confirmed. Find a vehicle and ride." in client.get("/").text
    assert row(User, key).email_confirmed_at
    assert client.get(link).location == "/", "pressed once more, it is no error"


def test_a_second_confirmation_link_leaves_the_first_valid(
    app: Flask, make_user: UserFactory
) -> None:
    ada = make_user("ada", email_confirmed_at=None)
    first, second = request_confirmation_link(app, ada), request_confirmation_link(app, ada)
    assert read_link_statuses(app, {"first": first, "second": second}) == {
        "first": 200,
        "second": 200,
    }
    assert submit_link(app, first) == 303


def test_confirmation_mails_are_rate_limited(app: Flask, make_user: UserFactory) -> None:
    client = new_browser(app).sign_in(make_user(email_confirmed_at=None))
    assert [client.send("/confirm").status_code for _ in range(6)] == [303] * 5 + [429]
    assert len(read_mails(app)) == 5


def test_a_confirmed_account_gets_no_confirmation_link(app: Flask, ada_browser: Visitor) -> None:
    assert ada_browser.send("/confirm").status_code == 303
    assert not read_mails(app)


def test_a_link_for_a_former_address_confirms_nothing(
    app: Flask, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada", email_confirmed_at=None)
    link = request_confirmation_link(app, ada)
    update_rows(app, User, email="new@example.org")
    assert submit_link(app, link) == 410
    assert row(User, ada.key).email_confirmed_at is None


# --- no ride before the address is confirmed ------------------------------------------------


def test_an_account_can_ride_only_after_confirming_its_address(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    client, start = (
        new_browser(app).sign_in(make_user("ada", email_confirmed_at=None)),
        f"/rides/start/{make_vehicle().public_key}",
    )
    response = client.send(start)
    assert response.status_code == 403
    assert "Open the link that we sent to ada@example.org." in response.text
    button = re.search(r'action="(/confirm)">.*?<button[^>]*>Send it again<', response.text)
    assert button
    assert client.send(button[1]).status_code == 303
    assert "We sent a link to ada@example.org." in client.get("/account").text
    assert client.send(start).status_code == 403
    assert client.send(find_newest_link(app, "ada@example.org")).status_code == 303
    ride = client.send(start)
    assert ride.status_code == 303
    assert client.get(ride.location).status_code == 200


# --- no further way to sign in -----------------------------------


@pytest.mark.parametrize("wish", ["second factor", "identity"])
def test_an_unconfirmed_account_gets_no_further_way_to_sign_in(
    app: Flask, make_user: UserFactory, wish: str
) -> None:
    """Otherwise somebody who registered with another's address could still sign in later."""
    unconfirmed_user = make_user(email_confirmed_at=None)
    claims = IdentityClaims("https://id.example", "s", "s@example.org", True, "S", "Q", "squatter")
    acts = {
        "second factor": lambda: start_setup(unconfirmed_user),
        "identity": lambda: link_identity(unconfirmed_user, claims),
    }
    with app.test_request_context("/account"), pytest.raises(EmailNotConfirmed):
        acts[wish]()
    with app.app_context():
        assert not db.session.scalars(select(SecondFactor)).all()
        assert not db.session.scalars(select(Identity)).all()
