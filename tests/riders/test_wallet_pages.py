"""The overview of a wallet: balances, entries, and its file."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import UserFactory
from tests.riders import wallet_steps
from tests.riders.wallet_steps import (
    RunInApp,
    charge,
    give_credit,
    press_checkout_button,
    read_text,
    submit_top_up,
)
from tests.untranslated import BracketTranslations, find_untranslated, use_translations
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.riders.wallet.entries import credit_entry
from webapp.riders.wallet.fake_provider.checkouts import find_checkout
from webapp.riders.wallet.models import WalletEntry
from webapp.riders.wallet.queries import overview

pytestmark = pytest.mark.usefixtures("empty_provider")


# --- overview ----------------------------------------------------------------------------------


def test_an_empty_wallet_says_what_to_do(paris_browser: Visitor) -> None:
    page = read_text(paris_browser.get("/wallet"))
    assert "Balance €0.00" in page
    assert "No transactions yet" in page
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
    assert "Reservation extended" in read_text(page)
    assert "-€3.20" in read_text(page)
    assert 'name="amount" value="3.20"' in page.text
    back = press_checkout_button(paris_browser, submit_top_up(paris_browser, "3.20").location)
    assert back.location == "/wallet"
    text = read_text(paris_browser.get("/wallet"))
    assert "€3.20 has been added to your wallet." in text
    assert "Balance €0.00" in text


@pytest.mark.parametrize(
    ("owed", "pay", "more"),
    [
        (
            40,
            "€1.00",
            "This is the smallest payment. The rest stays in your wallet for your next ride.",
        ),
        (60_000, "€500.00", ""),
    ],
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
    assert "Balance €10.00" in page
    assert "You owe $3.20" in page


def test_entries_are_paged_by_key_the_newest_first(
    paris_browser: Visitor, paris_rider: User, run_in_app: RunInApp
) -> None:
    for amount in range(101, 113):
        run_in_app(give_credit, paris_rider.key, amount)
    amounts: list[str] = []
    path: str | None = "/wallet"
    while path:
        page = paris_browser.get(path)
        amounts += re.findall(r"\+€(1\.\d\d)", page.text)
        next_link = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = next_link[1].replace("&amp;", "&") if next_link else None
    assert amounts == [f"1.{n:02d}" for n in range(12, 0, -1)]
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
    response = paris_browser.get("/wallet/entries.csv")
    assert response.headers["Content-Disposition"] == "attachment; filename=movr-wallet.csv"
    rows = list(csv.DictReader(StringIO(response.text)))
    assert [row["amount"] for row in rows] == ["1.00"] * 6 + ["-3.20"]
    assert (rows[-1]["what"], rows[-1]["currency"]) == ("Reservation extended", "EUR")


def test_a_rider_cannot_see_the_wallet_of_another(
    paris_browser: Visitor, make_user: UserFactory, run_in_app: RunInApp
) -> None:
    bob = make_user("bob", "paris")
    run_in_app(charge, bob.key, 777)
    id_ = run_in_app(wallet_steps.start_top_up, bob.key)
    assert "7.77" not in paris_browser.get("/wallet").text
    assert "7.77" not in paris_browser.get("/wallet/entries.csv").text
    assert paris_browser.get(f"/wallet/top-up/{id_}").status_code == 404
    assert paris_browser.send(f"/wallet/top-up/{id_}").status_code == 404


def test_a_rider_cannot_see_or_pay_the_payment_of_another(
    paris_browser: Visitor, make_user: UserFactory, run_in_app: RunInApp
) -> None:
    bob = make_user("bob", "paris")
    id_ = run_in_app(wallet_steps.start_top_up, bob.key, 777)
    checkout = f"/wallet/checkout/{id_}"
    responses = [
        paris_browser.get(checkout),
        paris_browser.send(checkout, cancel="y"),
        paris_browser.send(checkout, pay="y"),
    ]
    assert [response.status_code for response in responses] == [404] * 3
    assert "7.77" not in responses[0].text
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


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_reading_a_wallet_uses_indexes_beside_many_others(
    app: Flask, paris_rider: User, make_user: UserFactory
) -> None:
    other = make_user("bob", "paris")
    with app.app_context():
        with connect_to_fill_tables() as connection:
            for rider, number in ((other, 3_000), (paris_rider, 20)):
                row = {"region": rider.region, "rider": rider.id, "number": number}
                connection.execute(text(ENTRIES), row)
            connection.execute(text("ANALYZE wallet_entries"))  # for the foreign key of the lines
            connection.execute(text(LINES))
        vacuum("wallet_entries", "wallet_lines", "wallet_balances", "payments")
        plan = explain_plan(lambda: overview.read_wallet(paris_rider.key, None))
    assert {"ix_wallet_entries_rider", "pk_wallet_lines"} <= plan.indexes
    assert plan.most_rows <= 50


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
    use_translations(monkeypatch, BracketTranslations())
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
    untranslated = {
        path: texts for path, page in pages.items() if (texts := find_untranslated(page, data))
    }
    assert untranslated == {}
    with app.app_context():
        assert db.session.scalars(select(WalletEntry.kind)).all()
