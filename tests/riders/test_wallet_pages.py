"""Pages of the wallet: overview, top-ups, payouts, and credit from admins."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import Any
from uuid import uuid4

import flask_babel
import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.auth.steps import expire_authentication, new_browser, read_audit_events, read_mails
from tests.explain import explain_plan
from tests.factories import UserFactory
from tests.riders import wallet_steps
from tests.riders.wallet_steps import (
    RunInApp,
    charge,
    give_credit,
    press_checkout_button,
    read_text,
    submit_payout,
    submit_top_up,
    use_unreliable_provider,
)
from tests.surface.test_texts import Brackets, bare_words
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_subject
from webapp.auth.models import User
from webapp.extensions import db
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import credit_entry
from webapp.riders.wallet.fake_provider import find_checkout
from webapp.riders.wallet.models import Payment, WalletEntry
from webapp.riders.wallet.provider import PROVIDER, DisabledProvider
from webapp.riders.wallet.queries import overview

pytestmark = pytest.mark.usefixtures("empty_provider")


# --- overview ----------------------------------------------------------------------------------


def test_an_empty_wallet_says_what_to_do(paris_browser: Visitor) -> None:
    page = read_text(paris_browser.get("/wallet"))
    assert "You have €0.00" in page
    assert "Nothing has moved yet" in page
    assert "Find a vehicle" in page
    assert "paid out" not in page


def test_the_wallet_is_linked_from_the_menu_and_from_my_page(
    paris_browser: Visitor, paris_rider: User
) -> None:
    for path in ("/", f"/users/{paris_rider.key}", "/users/me/delete"):
        assert 'href="/wallet"' in paris_browser.get(path).text, path


def test_a_debt_is_shown_with_a_button_that_pays_it(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(charge, paris_rider.key, 320)
    page = paris_browser.get("/wallet")
    assert "You owe €3.20" in read_text(page)
    assert "Pay €3.20" in read_text(page)
    assert "Longer reservation" in read_text(page)
    assert "-€3.20" in read_text(page)
    assert 'name="amount" value="3.20"' in page.text
    back = press_checkout_button(paris_browser, submit_top_up(paris_browser, "3.20").location)
    assert back.location == "/wallet"
    text = read_text(paris_browser.get("/wallet"))
    assert "€3.20 is in your wallet now." in text
    assert "You have €0.00" in text


@pytest.mark.parametrize(
    ("owed", "pay", "more"), [(40, "€1.00", "least that can be paid"), (60_000, "€500.00", "")]
)
def test_the_button_offers_an_amount_within_the_limits(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp, owed: int, pay: str, more: str
) -> None:
    run_in_app(charge, paris_rider.key, owed)
    page = read_text(paris_browser.get("/wallet"))
    assert f"Pay {pay}" in page
    assert more in page
    assert submit_top_up(paris_browser, pay[1:]).status_code == 303


def test_each_currency_is_shown_separately(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(charge, paris_rider.key, 320, "USD")
    run_in_app(give_credit, paris_rider.key, 1000, "EUR")
    page = read_text(paris_browser.get("/wallet"))
    assert "You have €10.00" in page
    assert "You owe $3.20" in page


def test_entries_are_paged_by_key_the_newest_first(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    for amount in range(101, 113):
        run_in_app(give_credit, paris_rider.key, amount)
    seen: list[str] = []
    path: str | None = "/wallet"
    while path:
        page = paris_browser.get(path)
        seen += re.findall(r"\+€(1\.\d\d)", page.text)
        next_link = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = next_link[1].replace("&amp;", "&") if next_link else None
    assert seen == [f"1.{n:02d}" for n in range(12, 0, -1)]
    assert paris_browser.get("/wallet?after=nonsense").status_code == 404


def test_an_entry_about_a_ride_is_linked_to_its_page(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    ride, gift = (
        uuid4(),
        credit_entry(paris_rider.key, uuid4(), "EUR", 5, "Sorry for the flat tyre"),
    )
    run_in_app(wallet_steps.write_entry, replace(gift, ride_id=ride))
    page = paris_browser.get("/wallet")
    assert f'href="/rides/{paris_rider.region}.{ride}"' in page.text
    assert "Sorry for the flat tyre" in read_text(page)


def test_the_csv_file_has_every_entry_with_plain_numbers(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "BATCH", 3)
    run_in_app(charge, paris_rider.key, 320)
    for _ in range(6):
        run_in_app(give_credit, paris_rider.key, 100)
    answer = paris_browser.get("/wallet/entries.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=movr-wallet.csv"
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [row["amount"] for row in rows] == ["1.00"] * 6 + ["-3.20"]
    assert (rows[-1]["what"], rows[-1]["currency"]) == ("Longer reservation", "EUR")


def test_nobody_sees_the_wallet_of_another_rider(
    paris_browser: Visitor, make_user: UserFactory, run_in_app: RunInApp
) -> None:
    bob = make_user("bob", "paris")
    run_in_app(charge, bob.key, 777)
    id_ = run_in_app(wallet_steps.start_top_up, bob.key)
    assert "7.77" not in paris_browser.get("/wallet").text
    assert "7.77" not in paris_browser.get("/wallet/entries.csv").text
    assert paris_browser.get(f"/wallet/top-up/{id_}").status_code == 404
    assert paris_browser.send(f"/wallet/top-up/{id_}").status_code == 404


def test_nobody_sees_or_pays_the_payment_of_another_rider(
    paris_browser: Visitor, make_user: UserFactory, run_in_app: RunInApp
) -> None:
    bob = make_user("bob", "paris")
    id_ = run_in_app(wallet_steps.start_top_up, bob.key, 777)
    checkout = f"/wallet/checkout/{id_}"
    answers = [
        paris_browser.get(checkout),
        paris_browser.send(checkout, cancel="y"),
        paris_browser.send(checkout, pay="y"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert "7.77" not in answers[0].text
    assert run_in_app(wallet_steps.payment_states, bob.key) == [("begun", 0)]
    assert run_in_app(find_checkout, id_), "bob may still pay"


def test_the_wallet_costs_two_round_trips(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp, round_trips: Callable[[], int]
) -> None:
    run_in_app(give_credit, paris_rider.key, 100)
    run_in_app(wallet_steps.start_top_up, paris_rider.key)
    paris_browser.get("/wallet")
    round_trips()
    paris_browser.get("/wallet")
    assert round_trips() == 2


ENTRIES = """
    INSERT INTO wallet_entries (region, id, rider_id, kind, currency, note, at)
    SELECT :region, gen_random_uuid(), :rider, 'credit', 'EUR', '', now() - n * interval '1 minute'
    FROM generate_series(1, :number) AS n"""
LINES = """
    INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount)
    SELECT e.region, e.id, a.name, CASE WHEN a.name = 'rider' THEN e.rider_id END, 'EUR', a.amount
    FROM wallet_entries AS e, (VALUES ('rider', 5), ('promotions', -5)) AS a (name, amount)"""


def test_a_wallet_costs_the_same_beside_many_others(
    app: Flask, paris_rider: User, make_user: UserFactory
) -> None:
    with app.app_context():
        with db.engines["write"].begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 30000"))
            for rider, number in ((make_user("bob", "paris"), 3_000), (paris_rider, 20)):
                row = {"region": rider.region, "rider": rider.id, "number": number}
                connection.execute(text(ENTRIES), row)
            connection.execute(text("ANALYZE wallet_entries"))  # for the foreign key of the lines
            connection.execute(text(LINES))
        autocommit = {"isolation_level": "AUTOCOMMIT"}
        with db.engines["write"].connect().execution_options(**autocommit) as connection:
            for name in ("wallet_entries", "wallet_lines", "payments"):
                connection.execute(text(f"VACUUM ANALYZE {name}"))
        found = explain_plan(lambda: overview.read_wallet(paris_rider.key, None))
    assert {"ix_wallet_entries_rider", "ix_wallet_lines_rider"} <= found.indexes
    assert found.most_rows <= 50


# --- top-ups -----------------------------------------------------------------------------------


def test_the_fake_checkout_says_that_it_is_a_test(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    answer = submit_top_up(paris_browser, "12,50")
    assert re.fullmatch(r"/wallet/checkout/[0-9a-f-]{36}", answer.location)
    page = paris_browser.get(answer.location)
    assert "This is a test." in read_text(page)
    assert "€12.50" in read_text(page)
    assert "card" not in "".join(re.findall(r"<input[^>]+>", page.text))
    back = press_checkout_button(paris_browser, answer.location)
    assert back.location == "/wallet"
    assert "€12.50 is in your wallet now." in read_text(paris_browser.get("/wallet"))
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1250}


def test_a_rider_who_cancels_has_paid_nothing(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    press_checkout_button(paris_browser, submit_top_up(paris_browser).location, "cancel")
    assert "Nothing was paid." in read_text(paris_browser.get("/wallet"))
    assert run_in_app(ledger.read_balances, paris_rider.key) == {}


def test_coming_back_again_books_the_top_up_once(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    checkout = submit_top_up(paris_browser).location
    back = paris_browser.send(checkout, pay="y").location
    for _ in range(3):
        assert paris_browser.get(back).location == "/wallet"
    assert paris_browser.send(checkout, pay="y").location == back, "the page is of no more use"
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_a_pending_payment_is_in_the_wallet_and_can_be_resumed(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    checkout = submit_top_up(paris_browser).location
    page = paris_browser.get("/wallet")
    assert "Not finished" in read_text(page)
    assert "Go on or cancel" in read_text(page)
    (path,) = re.findall(r'href="(/wallet/top-up/[^"]+)"', page.text)
    assert "Not paid yet" in read_text(paris_browser.get(path))
    assert paris_browser.send(path).location == checkout
    press_checkout_button(paris_browser, checkout)
    assert "Not finished" not in paris_browser.get("/wallet").text
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("", "fill this in"),
        (" ", "fill this in"),
        ("ten", "no amount"),
        ("0.99", "€1.00 at least"),
        ("500.01", "€500.00 at most"),
        ("1.0055", "smallest amount is €0.01"),
        ("1,000", "Write it like 1000.00"),
        ("-5", "€1.00 at least"),
        ("9" * 40, "no amount"),
    ],
)
def test_errors_in_an_amount_stand_beside_the_field(
    paris_browser: Visitor, amount: Any, message: str
) -> None:
    answer = submit_top_up(paris_browser, amount)
    assert answer.status_code == 422
    assert message in read_text(answer)
    if amount.strip():
        assert f'value="{amount}"' in answer.text, "what was typed stays"


def test_too_many_top_ups_in_an_hour_are_refused_with_a_retry_time(
    app: Flask,
    paris_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_TOP_UP", (2, 3600))
    answers = [submit_top_up(paris_browser, "12.50") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert answers[2].headers["Retry-After"]
    assert 'value="12.50"' in answers[2].text
    assert len(run_in_app(wallet_steps.payment_states, paris_rider.key)) == 2


def test_the_wallet_shows_the_newest_pending_payments(
    app: Flask, paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    for amount in range(101, 101 + app.config["PAGE_SIZE"] + 2):
        run_in_app(wallet_steps.start_top_up, paris_rider.key, amount)
    shown = run_in_app(overview.read_wallet, paris_rider.key, None).pending_top_ups
    assert [each.amount for each in shown] == list(range(103, 108))


def test_riders_pay_in_their_citys_currency_or_in_one_that_they_owe(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    assert submit_top_up(paris_browser, currency="USD").status_code == 404
    assert submit_top_up(paris_browser, currency="EUR' OR 1=1").status_code == 404
    run_in_app(charge, paris_rider.key, 320, "USD")
    assert submit_top_up(paris_browser, currency="USD").status_code == 303
    page = paris_browser.get("/wallet/top-up?currency=USD")
    assert 'value="3.20"' in page.text
    assert "You owe $3.20" in read_text(page)
    assert "Pay in EUR instead" in read_text(page)


def test_without_a_provider_no_top_up_is_offered(
    app: Flask,
    paris_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    run_in_app(charge, paris_rider.key, 320)
    page = read_text(paris_browser.get("/wallet"))
    assert "Top up" not in page
    assert "Ask us." in page
    answer = submit_top_up(paris_browser)
    assert answer.status_code == 409
    assert "Nothing can be paid in" in read_text(answer)
    assert paris_browser.get(f"/wallet/checkout/{uuid4()}").status_code == 404


def test_a_top_up_fails_while_the_provider_is_unavailable_and_works_later(
    app: Flask,
    paris_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = use_unreliable_provider(app, monkeypatch)
    provider.fails = "before"
    answer = submit_top_up(paris_browser)
    assert answer.status_code == 503
    assert "Nothing was lost." in read_text(answer)
    provider.fails = ""
    checkout = submit_top_up(paris_browser).location
    back = paris_browser.send(checkout, pay="y").location
    provider.fails = "after"
    assert paris_browser.get(back).status_code == 503
    assert run_in_app(ledger.read_balances, paris_rider.key) == {}
    provider.fails = ""
    assert paris_browser.get(back).status_code == 303
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_an_unknown_checkout_is_not_found(paris_browser: Visitor) -> None:
    answer = paris_browser.get(f"/wallet/checkout/{uuid4()}", follow_redirects=True)
    assert answer.status_code == 404


# --- payouts ------------------------------------------------------------------------


def test_a_rider_is_paid_out_unused_top_ups(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    run_in_app(charge, paris_rider.key, 320)
    assert "Have money paid out" in read_text(paris_browser.get("/wallet"))
    assert "Pay out €6.80" in read_text(paris_browser.get("/wallet/pay-out"))
    assert submit_payout(paris_browser).location == "/wallet"
    page = read_text(paris_browser.get("/wallet"))
    assert "on its way back to where you paid it from" in page
    assert "-€6.80" in page
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 0}
    assert "There is nothing to pay out" in read_text(paris_browser.get("/wallet/pay-out"))


def test_a_debt_blocks_payouts(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    form = paris_browser.get("/wallet/pay-out").text
    run_in_app(charge, paris_rider.key, 320, "USD")
    assert "Have money paid out" not in read_text(paris_browser.get("/wallet"))
    assert "pay that first" in read_text(paris_browser.get("/wallet/pay-out"))
    shown = dict(re.findall(r'name="(nonce|currency)" value="([^"]*)"', form))
    answer = paris_browser.send("/wallet/pay-out", **shown)
    assert answer.status_code == 409
    assert "You owe something. Pay that first" in read_text(answer)
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000, "USD": -320}
    press_checkout_button(paris_browser, submit_top_up(paris_browser, "3.20", "USD").location)
    assert "Pay out €10.00" in read_text(paris_browser.get("/wallet/pay-out"))


def test_a_payout_needs_a_fresh_login(
    app: Flask, paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    expire_authentication(app)
    assert paris_browser.get("/wallet/pay-out").location.startswith("/login/again")
    assert paris_browser.send("/wallet/pay-out", currency="EUR").location.startswith("/login/again")
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_two_clicks_pay_out_once(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    nonce = str(uuid4())
    assert [
        submit_payout(paris_browser, nonce=nonce, currency="EUR").status_code for _ in range(2)
    ] == [
        303,
        303,
    ]
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 0}


@pytest.mark.parametrize("currency", ["USD", "", "EUR' OR 1=1"])
def test_a_currency_without_a_balance_is_not_paid_out(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp, currency: str
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    answer = submit_payout(paris_browser, currency=currency, nonce=str(uuid4()))
    assert answer.status_code == 409
    assert "nothing that could be paid out" in read_text(answer)
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_an_invalid_nonce_is_refused(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    assert submit_payout(paris_browser, currency="EUR", nonce="7").status_code == 400
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 1000}


def test_a_payout_is_booked_while_the_provider_is_unavailable(
    app: Flask,
    paris_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    use_unreliable_provider(app, monkeypatch).fails = "before"
    submit_payout(paris_browser)
    assert "leaves as soon as the payment service answers" in read_text(
        paris_browser.get("/wallet")
    )
    assert run_in_app(wallet_steps.payment_states, paris_rider.key) == [("begun", 1000)]


def test_account_deletion_says_what_to_do_with_the_wallet_first(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    run_in_app(charge, paris_rider.key, 320)
    answer = paris_browser.send("/users/me/delete", sure="y")
    assert answer.status_code == 409
    assert "You still owe something" in read_text(answer)
    run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    assert "Have it paid out first" in read_text(paris_browser.send("/users/me/delete", sure="y"))
    submit_payout(paris_browser)
    assert paris_browser.send("/users/me/delete", sure="y").status_code == 303


# --- credit ------------------------------------------------------------------------------------


@pytest.fixture
def admin_browser(app: Flask, make_user: UserFactory) -> Visitor:
    """The browser of an admin of Paris."""
    admin = make_user("boss", "paris", roles={"admin": ["paris"]})
    return new_browser(app).sign_in(admin)


CREDIT = {"amount": "2.50", "note": "Sorry for the flat tyre"}


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
    answer = admin_browser.send(path, **CREDIT)
    assert answer.location == f"/users/{paris_rider.key}/account"
    assert run_in_app(ledger.read_balances, paris_rider.key) == {"EUR": 250}
    page = read_text(paris_browser.get("/wallet"))
    assert "Credit from us" in page
    assert "Sorry for the flat tyre" in page
    (letter,) = read_mails(app, "ada@example.org")
    assert letter.subject == "€2.50 from us"
    assert "Sorry for the flat tyre" in letter.body
    assert "/wallet" in letter.body
    (audit_event,) = read_audit_events(app, AuditKind.CREDIT_GIVEN)
    assert (audit_event.subject, audit_event.region) == (
        audit_subject("account", paris_rider.key),
        paris_rider.region,
    )
    assert audit_event.details == {"amount": 250, "currency": "EUR"}
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
    assert len(read_mails(app)) == len(read_audit_events(app, AuditKind.CREDIT_GIVEN)) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"amount": ""}, "fill this in"),
        ({"amount": "0"}, "€0.01 at least"),
        ({"amount": "500.01"}, "€500.00 at most"),
        ({"note": ""}, "fill this in"),
        ({"note": "x" * 201}, "too long"),
    ],
)
def test_errors_in_a_credit_stand_beside_the_field(
    admin_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    given: dict[str, str],
    message: str,
) -> None:
    answer = admin_browser.send(f"/wallet/credit/{paris_rider.key}", **{**CREDIT, **given})
    assert answer.status_code == 422
    assert message in read_text(answer)
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
    answer = admin_browser.send(f"/wallet/credit/{own_key}", **CREDIT)
    assert answer.status_code == 409
    assert "your own account" in read_text(answer)
    assert run_in_app(ledger.read_balances, paris_rider.key) == {}


# --- personal data ------------------------------------------------------------------------------


def test_the_personal_data_export_has_the_wallet(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    id_ = run_in_app(wallet_steps.complete_top_up, paris_rider.key, 1000)
    export = paris_browser.send("/users/me/data.json").json
    (entry,) = export["wallet"]
    (amount,) = export["wallet-amounts"]
    assert entry["kind"] == "top_up"
    assert (amount["entry_id"], amount["amount"]) == (entry["id"], 1000)
    assert [(each["id"], each["state"]) for each in export["payments"]] == [(str(id_), "paid")]


def test_all_texts_of_the_wallet_are_translatable(
    app: Flask,
    paris_browser: Visitor,
    admin_browser: Visitor,
    paris_rider: User,
    run_in_app: RunInApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_in_app(charge, paris_rider.key, 40)
    run_in_app(charge, paris_rider.key, 320, "USD")
    run_in_app(wallet_steps.start_top_up, paris_rider.key)
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: Brackets())
    (top_up,) = set(re.findall(r"/wallet/top-up/[0-9a-f-]{36}", paris_browser.get("/wallet").text))
    pages = {
        path: paris_browser.get(path).text
        for path in ("/wallet", "/wallet/top-up", "/wallet/pay-out", top_up,
                     top_up.replace("top-up", "checkout"))
    }  # fmt: skip
    pages["credit"] = admin_browser.get(f"/wallet/credit/{paris_rider.key}").text
    pages["wrong credit"] = admin_browser.send(f"/wallet/credit/{paris_rider.key}").text
    pages["wrong sum"] = submit_top_up(paris_browser, "x").text
    monkeypatch.undo()
    data = r"MovR|Paris|Ada|Boss|km|am|pm|EUR|USD|ada|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|x"
    bare = {path: found for path, page in pages.items() if (found := bare_words(page, data))}
    assert bare == {}
    with app.app_context():
        assert db.session.scalars(select(WalletEntry.kind)).all()
