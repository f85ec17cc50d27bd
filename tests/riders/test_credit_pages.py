"""The page on which an admin gives credit."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory
from tests.form_steps import assert_form_reused, read_nonce
from tests.job_steps import read_mails
from tests.riders.wallet_steps import (
    RunInApp,
    assert_consistent_ledger,
    charge_ride,
    complete_top_up,
    read_text,
)
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_subject
from webapp.auth.models import User
from webapp.extensions import db
from webapp.riders.wallet import ledger
from webapp.riders.wallet.models import Payment

pytestmark = pytest.mark.usefixtures("empty_provider")


CREDIT = {"amount": "2.50", "note": "Sorry for the flat tyre"}


@pytest.mark.slow
def test_an_admin_gives_credit_and_the_rider_gets_a_mail(
    app: Flask,
    admin_browser: Visitor,
    paris_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
) -> None:
    path = f"/wallet/credit/{paris_rider.key}"
    assert path in admin_browser.get(f"/users/{paris_rider.key}/account").text
    assert "In EUR, from €0.01 to €500.00." in read_text(admin_browser.get(path))
    response = admin_browser.send(path, **CREDIT)
    assert response.location == f"/users/{paris_rider.key}/account"
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 250}
    page = read_text(paris_browser.get("/wallet"))
    assert "Credit from MovR" in page
    assert "Sorry for the flat tyre" in page
    (letter,) = read_mails(app, "ada@example.org")
    assert letter.subject == "You received €2.50 credit"
    assert "Sorry for the flat tyre" in letter.body
    assert "/wallet" in letter.body
    (audit_event,) = read_audit_events(app, AuditKind.CREDIT_CHANGED)
    assert (audit_event.subject, audit_event.region) == (
        audit_subject("account", paris_rider.key),
        paris_rider.region,
    )
    assert audit_event.details == {"amount": 250, "currency": "EUR", "why": CREDIT["note"]}
    assert audit_event.actor
    assert audit_event.actor.id != paris_rider.id


def test_two_clicks_give_credit_once(
    app: Flask, admin_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    nonce = str(uuid4())
    for _ in range(2):
        assert (
            admin_browser.send(
                f"/wallet/credit/{paris_rider.key}", **CREDIT, nonce=nonce
            ).status_code
            == 303
        )
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 250}
    assert len(read_mails(app)) == len(read_audit_events(app, AuditKind.CREDIT_CHANGED)) == 1


@pytest.mark.parametrize("other", [{"action": "take"}, {"amount": "2"}, {"note": "Sorry"}])
def test_a_form_of_credit_that_is_sent_again_with_other_values_is_a_new_one(
    admin_browser: Visitor, paris_rider: User, run_in_app: RunInApp, other: dict[str, str]
) -> None:
    path, fields = f"/wallet/credit/{paris_rider.key}", {**CREDIT, "nonce": str(uuid4())}
    admin_browser.send(path, **fields)
    refused = admin_browser.send(path, **{**fields, **other})
    assert_form_reused(refused, other.get("amount", "2.50"))
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 250}
    again = {**fields, **other, "nonce": read_nonce(refused)}
    assert admin_browser.send(path, **again).status_code == 303
    amount = {"action": 0, "amount": 450, "note": 500}[next(iter(other))]
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": amount}


def test_credit_that_was_given_can_be_taken_away_and_no_more(
    app: Flask, admin_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    path, take = f"/wallet/credit/{paris_rider.key}", {"action": "take", "note": "By mistake"}
    refused = admin_browser.send(path, **take, amount="0.01")
    assert refused.status_code == 409
    assert "less credit in the wallet" in refused.text
    admin_browser.send(path, **CREDIT)
    nonce = str(uuid4())
    for _ in range(2):
        assert admin_browser.send(path, **take, amount="2", nonce=nonce).status_code == 303
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 50}
    assert admin_browser.send(path, **take, amount="0.51").status_code == 409
    run_in_app(assert_consistent_ledger)
    letters = read_mails(app, paris_rider.email)
    assert [letter.subject for letter in letters][1:] == ["€2.00 of credit taken from your wallet"]
    page = admin_browser.get(f"/users/{paris_rider.key}/account").text
    assert "Balance: €0.50" in page
    assert "Credit from MovR: -€2.00" in page


def test_money_that_riders_paid_in_is_not_taken_away_as_credit(
    admin_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(complete_top_up, paris_rider.key)
    path, take = f"/wallet/credit/{paris_rider.key}", {"action": "take", "note": "By mistake"}
    admin_browser.send(path, **CREDIT)
    assert admin_browser.send(path, **take, amount="2.51").status_code == 409
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1250}


def test_credit_that_rides_have_used_is_not_taken_from_a_later_top_up(
    admin_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    path, take = f"/wallet/credit/{paris_rider.key}", {"action": "take", "note": "By mistake"}
    admin_browser.send(path, **CREDIT)
    run_in_app(charge_ride, paris_rider.key, 100)
    run_in_app(complete_top_up, paris_rider.key)
    refused = admin_browser.send(path, **take, amount="1.51")
    assert refused.status_code == 409
    assert "less credit in the wallet" in refused.text.split('id="amount-error"')[1][:200]
    assert admin_browser.send(path, **take, amount="1.50").status_code == 303
    assert admin_browser.send(path, **take, amount="0.01").status_code == 409
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_credit_that_is_used_up_is_not_taken(
    admin_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    path = f"/wallet/credit/{paris_rider.key}"
    admin_browser.send(path, **CREDIT)
    run_in_app(charge_ride, paris_rider.key, 250)
    run_in_app(complete_top_up, paris_rider.key)
    refused = admin_browser.send(path, action="take", amount="0.01", note="By mistake")
    assert refused.status_code == 409
    assert 'value="0.01"' in refused.text
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"amount": ""}, "Fill this in."),
        ({"amount": "0"}, "Enter at least €0.01."),
        ({"amount": "500.01"}, "Enter at most €500.00."),
        ({"note": ""}, "Fill this in."),
        ({"note": "x" * 201}, "Use at most"),
    ],
)
def test_an_invalid_credit_shows_its_error_at_the_field(
    admin_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    given: dict[str, str],
    message: str,
) -> None:
    response = admin_browser.send(f"/wallet/credit/{paris_rider.key}", **{**CREDIT, **given})
    assert response.status_code == 422
    assert message in read_text(response)
    assert run_in_app(ledger.read_balances, paris_rider.key) == {}


def test_only_admins_of_the_city_give_credit_and_not_to_themselves(
    app: Flask,
    admin_browser: Visitor,
    paris_browser: Visitor,
    paris_rider: User,
    make_user: UserFactory,
    run_in_app: RunInApp,
) -> None:
    elsewhere = new_browser(app).sign_in(make_user(roles={"admin": ["boston"]}))
    fleet = new_browser(app).sign_in(make_user("frida", "paris", roles=["fleet"]))
    path = f"/wallet/credit/{paris_rider.key}"
    assert (elsewhere.get(path).status_code, elsewhere.send(path, **CREDIT).status_code) == (
        404,
        404,
    )
    assert (fleet.get(path).status_code, paris_browser.send(path, **CREDIT).status_code) == (
        403,
        403,
    )
    with app.app_context():
        assert db.session.scalars(select(Payment.rider_id)).all() == []
    own_key = admin_browser.get("/users/me").location.removeprefix("/users/")
    response = admin_browser.send(f"/wallet/credit/{own_key}", **CREDIT)
    assert response.status_code == 409
    assert "your own account" in read_text(response)
    assert run_in_app(ledger.read_balances, paris_rider.key) == {}
