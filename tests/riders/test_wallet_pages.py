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

from tests.auth.steps import expire_authentication, read_audit_events, read_mails
from tests.explain import explain_plan
from tests.riders import wallet_steps
from tests.riders.wallet_steps import (
    assert_consistent_ledger,
    charge,
    give_credit,
    press_checkout_button,
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

RunInApp = Callable[..., Any]


@pytest.fixture(autouse=True)
def empty_provider(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Start with an empty fake provider; check the ledger at the end."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    yield
    with app.app_context():
        assert_consistent_ledger()


@pytest.fixture
def rider_user(make_user: UserFactory):
    return make_user("ada", "paris")


@pytest.fixture
def ada(visitor: Visitor, rider_user: User):
    return visitor.sign_in(rider_user)


@pytest.fixture
def run_in_app(app: Flask):
    """Run a function in an application context."""

    def run(act: Callable[..., T], *arguments):
        with app.app_context():
            return act(*arguments)

    return run


def read_text(answer: TestResponse):
    """Return the text of a page, without its tags."""
    text = re.sub(r"<[^>]+>", " ", answer.text.split("<main", 1)[1])
    return " ".join(text.split())


def balance(run_in_app: RunInApp, rider_user: User):
    return run_in_app(ledger.read_balances, rider_user.key)


# --- overview ----------------------------------------------------------------------------------


def test_an_empty_wallet_says_what_to_do(ada: Visitor) -> None:
    page = read_text(ada.get("/wallet"))
    assert "You have €0.00" in page
    assert "Nothing has moved yet" in page
    assert "Find a vehicle" in page
    assert "paid out" not in page


def test_the_wallet_is_linked_from_the_menu_and_from_my_page(ada: Visitor, rider_user: User) -> None:
    for path in ("/", f"/users/{rider_user.key}", "/users/me/delete"):
        assert 'href="/wallet"' in ada.get(path).text, path


def test_a_debt_is_shown_with_a_button_that_pays_it(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    run_in_app(charge, rider_user.key, 320)
    page = ada.get("/wallet")
    assert "You owe €3.20" in read_text(page)
    assert "Pay €3.20" in read_text(page)
    assert "Longer reservation" in read_text(page)
    assert "-€3.20" in read_text(page)
    assert 'name="amount" value="3.20"' in page.text
    back = press_checkout_button(ada, submit_top_up(ada, "3.20").location)
    assert back.location == "/wallet"
    page = read_text(ada.get("/wallet"))
    assert "€3.20 is in your wallet now." in page
    assert "You have €0.00" in page


@pytest.mark.parametrize(
    ("owed", "pay", "more"), [(40, "€1.00", "least that can be paid"), (60_000, "€500.00", "")]
)
def test_the_button_offers_an_amount_within_the_limits(
    ada: Visitor, rider_user: User, run_in_app: RunInApp, owed: int, pay: str, more: str
) -> None:
    run_in_app(charge, rider_user.key, owed)
    page = read_text(ada.get("/wallet"))
    assert f"Pay {pay}" in page
    assert more in page
    assert submit_top_up(ada, pay[1:]).status_code == 303


def test_each_currency_is_shown_separately(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    run_in_app(charge, rider_user.key, 320, "USD")
    run_in_app(give_credit, rider_user.key, 1000, "EUR")
    page = read_text(ada.get("/wallet"))
    assert "You have €10.00" in page
    assert "You owe $3.20" in page


def test_entries_are_paged_by_key_the_newest_first(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    for amount in range(101, 113):
        run_in_app(give_credit, rider_user.key, amount)
    seen, path = [], "/wallet"
    while path:
        page = ada.get(path)
        seen += re.findall(r"\+€(1\.\d\d)", page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = following and following[1].replace("&amp;", "&")
    assert seen == [f"1.{n:02d}" for n in range(12, 0, -1)]
    assert ada.get("/wallet?after=nonsense").status_code == 404


def test_an_entry_about_a_ride_is_linked_to_its_page(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    ride, gift = uuid4(), credit_entry(rider_user.key, uuid4(), "EUR", 5, "Sorry for the flat tyre")
    run_in_app(wallet_steps.write_entry, replace(gift, ride_id=ride))
    page = ada.get("/wallet")
    assert f'href="/rides/{rider_user.region}.{ride}"' in page.text
    assert "Sorry for the flat tyre" in read_text(page)


def test_the_csv_file_has_every_entry_with_plain_numbers(
    ada: Visitor, rider_user: User, run_in_app: RunInApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "BATCH", 3)
    run_in_app(charge, rider_user.key, 320)
    for _ in range(6):
        run_in_app(give_credit, rider_user.key, 100)
    answer = ada.get("/wallet/entries.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=movr-wallet.csv"
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [row["amount"] for row in rows] == ["1.00"] * 6 + ["-3.20"]
    assert (rows[-1]["what"], rows[-1]["currency"]) == ("Longer reservation", "EUR")


def test_nobody_sees_the_wallet_of_another_rider(ada: Visitor, make_user: UserFactory, run_in_app: RunInApp) -> None:
    bob = make_user("bob", "paris")
    run_in_app(charge, bob.key, 777)
    id_ = run_in_app(wallet_steps.start_top_up, bob.key)
    assert "7.77" not in ada.get("/wallet").text
    assert "7.77" not in ada.get("/wallet/entries.csv").text
    assert ada.get(f"/wallet/top-up/{id_}").status_code == 404
    assert ada.send(f"/wallet/top-up/{id_}").status_code == 404


def test_nobody_sees_or_pays_the_payment_of_another_rider(
    ada: Visitor, make_user: UserFactory, run_in_app: RunInApp
) -> None:
    bob = make_user("bob", "paris")
    id_ = run_in_app(wallet_steps.start_top_up, bob.key, 777)
    checkout = f"/wallet/checkout/{id_}"
    answers = [ada.get(checkout), ada.send(checkout, cancel="y"), ada.send(checkout, pay="y")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert "7.77" not in answers[0].text
    assert run_in_app(wallet_steps.payment_states, bob.key) == [("begun", 0)]
    assert run_in_app(find_checkout, id_), "bob may still pay"


def test_the_wallet_costs_two_round_trips(
    ada: Visitor, rider_user: User, run_in_app: RunInApp, round_trips: Callable[[], int]
) -> None:
    run_in_app(give_credit, rider_user.key, 100)
    run_in_app(wallet_steps.start_top_up, rider_user.key)
    ada.get("/wallet")
    round_trips()
    ada.get("/wallet")
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
    app: Flask, rider_user: User, make_user: UserFactory
) -> None:
    with app.app_context():
        with db.engines["write"].begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 30000"))
            for whose, number in ((make_user("bob", "paris"), 3_000), (rider_user, 20)):
                row = {"region": whose.region, "rider": whose.id, "number": number}
                connection.execute(text(ENTRIES), row)
            connection.execute(text("ANALYZE wallet_entries"))  # for the foreign key of the lines
            connection.execute(text(LINES))
        autocommit = {"isolation_level": "AUTOCOMMIT"}
        with db.engines["write"].connect().execution_options(**autocommit) as connection:
            for name in ("wallet_entries", "wallet_lines", "payments"):
                connection.execute(text(f"VACUUM ANALYZE {name}"))
        found = explain_plan(lambda: overview.read_wallet(rider_user.key, None))
    assert {"ix_wallet_entries_rider", "ix_wallet_lines_rider"} <= found.indexes
    assert found.most_rows <= 50


# --- top-ups -----------------------------------------------------------------------------------


def test_the_fake_checkout_says_that_it_is_a_test(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    answer = submit_top_up(ada, "12,50")
    assert re.fullmatch(r"/wallet/checkout/[0-9a-f-]{36}", answer.location)
    page = ada.get(answer.location)
    assert "This is a test." in read_text(page)
    assert "€12.50" in read_text(page)
    assert "card" not in "".join(re.findall(r"<input[^>]+>", page.text))
    back = press_checkout_button(ada, answer.location)
    assert back.location == "/wallet"
    assert "€12.50 is in your wallet now." in read_text(ada.get("/wallet"))
    assert balance(run_in_app, rider_user) == {"EUR": 1250}


def test_a_rider_who_cancels_has_paid_nothing(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    press_checkout_button(ada, submit_top_up(ada).location, "cancel")
    assert "Nothing was paid." in read_text(ada.get("/wallet"))
    assert balance(run_in_app, rider_user) == {}


def test_coming_back_again_books_the_top_up_once(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    checkout = submit_top_up(ada).location
    back = ada.send(checkout, pay="y").location
    for _ in range(3):
        assert ada.get(back).location == "/wallet"
    assert ada.send(checkout, pay="y").location == back, "the page is of no more use"
    assert balance(run_in_app, rider_user) == {"EUR": 1000}


def test_a_pending_payment_is_in_the_wallet_and_can_be_resumed(
    ada: Visitor, rider_user: User, run_in_app: RunInApp
) -> None:
    checkout = submit_top_up(ada).location
    page = ada.get("/wallet")
    assert "Not finished" in read_text(page)
    assert "Go on or cancel" in read_text(page)
    (path,) = re.findall(r'href="(/wallet/top-up/[^"]+)"', page.text)
    assert "Not paid yet" in read_text(ada.get(path))
    assert ada.send(path).location == checkout
    press_checkout_button(ada, checkout)
    assert "Not finished" not in ada.get("/wallet").text
    assert balance(run_in_app, rider_user) == {"EUR": 1000}


@pytest.mark.parametrize(
    ("amount", "says"),
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
def test_errors_in_an_amount_stand_beside_the_field(ada: Visitor, amount: Any, says: str) -> None:
    answer = submit_top_up(ada, amount)
    assert answer.status_code == 422
    assert says in read_text(answer)
    if amount.strip():
        assert f'value="{amount}"' in answer.text, "what was typed stays"


def test_too_many_top_ups_in_an_hour_are_refused_with_a_retry_time(
    app: Flask, ada: Visitor, rider_user: User, run_in_app: RunInApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_TOP_UP", (2, 3600))
    answers = [submit_top_up(ada, "12.50") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert answers[2].headers["Retry-After"]
    assert 'value="12.50"' in answers[2].text
    assert len(run_in_app(wallet_steps.payment_states, rider_user.key)) == 2


def test_the_wallet_shows_the_newest_pending_payments(
    app: Flask, ada: Visitor, rider_user: User, run_in_app: RunInApp
) -> None:
    for amount in range(101, 101 + app.config["PAGE_SIZE"] + 2):
        run_in_app(wallet_steps.start_top_up, rider_user.key, amount)
    shown = run_in_app(overview.read_wallet, rider_user.key, None).pending_top_ups
    assert [each.amount for each in shown] == list(range(103, 108))


def test_riders_pay_in_their_citys_currency_or_in_one_that_they_owe(
    ada: Visitor, rider_user: User, run_in_app: RunInApp
) -> None:
    assert submit_top_up(ada, currency="USD").status_code == 404
    assert submit_top_up(ada, currency="EUR' OR 1=1").status_code == 404
    run_in_app(charge, rider_user.key, 320, "USD")
    assert submit_top_up(ada, currency="USD").status_code == 303
    page = ada.get("/wallet/top-up?currency=USD")
    assert 'value="3.20"' in page.text
    assert "You owe $3.20" in read_text(page)
    assert "Pay in EUR instead" in read_text(page)


def test_without_a_provider_no_top_up_is_offered(
    app: Flask, ada: Visitor, rider_user: User, run_in_app: RunInApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    run_in_app(charge, rider_user.key, 320)
    page = read_text(ada.get("/wallet"))
    assert "Top up" not in page
    assert "Ask us." in page
    answer = submit_top_up(ada)
    assert answer.status_code == 409
    assert "Nothing can be paid in" in read_text(answer)
    assert ada.get(f"/wallet/checkout/{uuid4()}").status_code == 404


def test_a_top_up_fails_while_the_provider_is_unavailable_and_works_later(
    app: Flask, ada: Visitor, rider_user: User, run_in_app: RunInApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = use_unreliable_provider(app, monkeypatch)
    provider.fails = "before"
    answer = submit_top_up(ada)
    assert answer.status_code == 503
    assert "Nothing was lost." in read_text(answer)
    provider.fails = ""
    checkout = submit_top_up(ada).location
    back = ada.send(checkout, pay="y").location
    provider.fails = "after"
    assert ada.get(back).status_code == 503
    assert balance(run_in_app, rider_user) == {}
    provider.fails = ""
    assert ada.get(back).status_code == 303
    assert balance(run_in_app, rider_user) == {"EUR": 1000}


def test_an_unknown_checkout_is_not_found(ada: Visitor) -> None:
    answer = ada.get(f"/wallet/checkout/{uuid4()}", follow_redirects=True)
    assert answer.status_code == 404


# --- payouts ------------------------------------------------------------------------


def submit_payout(client: Visitor, **fields):
    page = client.get("/wallet/pay-out").text
    shown = dict(re.findall(r'name="(nonce|currency)" value="([^"]*)"', page))
    return client.send("/wallet/pay-out", **{**shown, **fields})


def test_a_rider_is_paid_out_unused_top_ups(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    run_in_app(wallet_steps.complete_top_up, rider_user.key, 1000)
    run_in_app(charge, rider_user.key, 320)
    assert "Have money paid out" in read_text(ada.get("/wallet"))
    assert "Pay out €6.80" in read_text(ada.get("/wallet/pay-out"))
    assert submit_payout(ada).location == "/wallet"
    page = read_text(ada.get("/wallet"))
    assert "on its way back to where you paid it from" in page
    assert "-€6.80" in page
    assert balance(run_in_app, rider_user) == {"EUR": 0}
    assert "There is nothing to pay out" in read_text(ada.get("/wallet/pay-out"))


def test_a_debt_blocks_payouts(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    run_in_app(wallet_steps.complete_top_up, rider_user.key, 1000)
    form = ada.get("/wallet/pay-out").text
    run_in_app(charge, rider_user.key, 320, "USD")
    assert "Have money paid out" not in read_text(ada.get("/wallet"))
    assert "pay that first" in read_text(ada.get("/wallet/pay-out"))
    shown = dict(re.findall(r'name="(nonce|currency)" value="([^"]*)"', form))
    answer = ada.send("/wallet/pay-out", **shown)
    assert answer.status_code == 409
    assert "You owe something. Pay that first" in read_text(answer)
    assert balance(run_in_app, rider_user) == {"EUR": 1000, "USD": -320}
    press_checkout_button(ada, submit_top_up(ada, "3.20", "USD").location)
    assert "Pay out €10.00" in read_text(ada.get("/wallet/pay-out"))


def test_a_payout_needs_a_fresh_login(app: Flask, ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    run_in_app(wallet_steps.complete_top_up, rider_user.key, 1000)
    expire_authentication(app)
    assert ada.get("/wallet/pay-out").location.startswith("/login/again")
    assert ada.send("/wallet/pay-out", currency="EUR").location.startswith("/login/again")
    assert balance(run_in_app, rider_user) == {"EUR": 1000}


def test_two_clicks_pay_out_once(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    run_in_app(wallet_steps.complete_top_up, rider_user.key, 1000)
    nonce = str(uuid4())
    assert [submit_payout(ada, nonce=nonce, currency="EUR").status_code for _ in range(2)] == [303, 303]
    assert balance(run_in_app, rider_user) == {"EUR": 0}


@pytest.mark.parametrize("currency", ["USD", "", "EUR' OR 1=1"])
def test_a_currency_without_a_balance_is_not_paid_out(
    ada: Visitor, rider_user: User, run_in_app: RunInApp, currency: str
) -> None:
    run_in_app(wallet_steps.complete_top_up, rider_user.key, 1000)
    answer = submit_payout(ada, currency=currency, nonce=str(uuid4()))
    assert answer.status_code == 409
    assert "nothing that could be paid out" in read_text(answer)
    assert balance(run_in_app, rider_user) == {"EUR": 1000}


def test_an_invalid_nonce_is_refused(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    run_in_app(wallet_steps.complete_top_up, rider_user.key, 1000)
    assert submit_payout(ada, currency="EUR", nonce="7").status_code == 400
    assert balance(run_in_app, rider_user) == {"EUR": 1000}


def test_a_payout_is_booked_while_the_provider_is_unavailable(
    app: Flask, ada: Visitor, rider_user: User, run_in_app: RunInApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_in_app(wallet_steps.complete_top_up, rider_user.key, 1000)
    use_unreliable_provider(app, monkeypatch).fails = "before"
    submit_payout(ada)
    assert "leaves as soon as the payment service answers" in read_text(ada.get("/wallet"))
    assert run_in_app(wallet_steps.payment_states, rider_user.key) == [("begun", 1000)]


def test_account_deletion_says_what_to_do_with_the_wallet_first(
    ada: Visitor, rider_user: User, run_in_app: RunInApp
) -> None:
    run_in_app(charge, rider_user.key, 320)
    answer = ada.send("/users/me/delete", sure="y")
    assert answer.status_code == 409
    assert "You still owe something" in read_text(answer)
    run_in_app(wallet_steps.complete_top_up, rider_user.key, 1000)
    assert "Have it paid out first" in read_text(ada.send("/users/me/delete", sure="y"))
    submit_payout(ada)
    assert ada.send("/users/me/delete", sure="y").status_code == 303


# --- credit ------------------------------------------------------------------------------------


@pytest.fixture
def boss(app: Flask, make_user: UserFactory):
    return app.test_client().sign_in(make_user("boss", "paris", roles={"admin": ["paris"]}))


CREDIT = {"amount": "2.50", "note": "Sorry for the flat tyre"}


def test_an_admin_gives_credit_and_the_rider_gets_a_mail(
    app: Flask, boss: Visitor, ada: Visitor, rider_user: User, run_in_app: RunInApp
) -> None:
    path = f"/wallet/credit/{rider_user.key}"
    assert path in boss.get(f"/users/{rider_user.key}/account").text
    assert "In EUR, from €0.01 to €500.00." in read_text(boss.get(path))
    answer = boss.send(path, **CREDIT)
    assert answer.location == f"/users/{rider_user.key}/account"
    assert balance(run_in_app, rider_user) == {"EUR": 250}
    page = read_text(ada.get("/wallet"))
    assert "Credit from us" in page
    assert "Sorry for the flat tyre" in page
    (letter,) = read_mails(app, "ada@example.org")
    assert letter.subject == "€2.50 from us"
    assert "Sorry for the flat tyre" in letter.body
    assert "/wallet" in letter.body
    (told,) = read_audit_events(app, AuditKind.CREDIT_GIVEN)
    assert (told.subject, told.region) == (audit_subject("account", rider_user.key), rider_user.region)
    assert told.details == {"amount": 250, "currency": "EUR"}
    assert told.actor.id != rider_user.id


def test_two_clicks_give_credit_once(app: Flask, boss: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    nonce = str(uuid4())
    for _ in range(2):
        assert boss.send(f"/wallet/credit/{rider_user.key}", **CREDIT, nonce=nonce).status_code == 303
    assert balance(run_in_app, rider_user) == {"EUR": 250}
    assert len(read_mails(app)) == len(read_audit_events(app, AuditKind.CREDIT_GIVEN)) == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"amount": ""}, "fill this in"),
        ({"amount": "0"}, "€0.01 at least"),
        ({"amount": "500.01"}, "€500.00 at most"),
        ({"note": ""}, "fill this in"),
        ({"note": "x" * 201}, "too long"),
    ],
)
def test_errors_in_a_credit_stand_beside_the_field(
    boss: Visitor, rider_user: User, run_in_app: RunInApp, given: dict[str, str], says: str
) -> None:
    answer = boss.send(f"/wallet/credit/{rider_user.key}", **{**CREDIT, **given})
    assert answer.status_code == 422
    assert says in read_text(answer)
    assert balance(run_in_app, rider_user) == {}


def test_only_admins_of_the_city_give_credit_and_not_to_themselves(
    app: Flask, boss: Visitor, ada: Visitor, rider_user: User, make_user: UserFactory, run_in_app: RunInApp
) -> None:
    elsewhere = app.test_client().sign_in(make_user(roles={"admin": ["boston"]}))
    fleet = app.test_client().sign_in(make_user("frida", "paris", roles=["fleet"]))
    path = f"/wallet/credit/{rider_user.key}"
    assert (elsewhere.get(path).status_code, elsewhere.send(path, **CREDIT).status_code) == (
        404,
        404,
    )
    assert (fleet.get(path).status_code, ada.send(path, **CREDIT).status_code) == (403, 403)
    with app.app_context():
        me = db.session.scalars(select(Payment.rider_id)).all()
    assert me == []
    own = re.search(r"/users/(\S+?)\"", boss.get("/users/me").location + '"')[1]
    answer = boss.send(f"/wallet/credit/{own}", **CREDIT)
    assert answer.status_code == 409
    assert "your own account" in read_text(answer)
    assert balance(run_in_app, rider_user) == {}


# --- personal data ------------------------------------------------------------------------------


def test_the_personal_data_export_has_the_wallet(ada: Visitor, rider_user: User, run_in_app: RunInApp) -> None:
    id_ = run_in_app(wallet_steps.complete_top_up, rider_user.key, 1000)
    told = ada.send("/users/me/data.json").json
    (entry,) = told["wallet"]
    (amount,) = told["wallet-amounts"]
    assert entry["kind"] == "top_up"
    assert (amount["entry_id"], amount["amount"]) == (entry["id"], 1000)
    assert [(each["id"], each["state"]) for each in told["payments"]] == [(str(id_), "paid")]


def test_all_texts_of_the_wallet_are_translatable(
    app: Flask, ada: Visitor, boss: Visitor, rider_user: User, run_in_app: RunInApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_in_app(charge, rider_user.key, 40)
    run_in_app(charge, rider_user.key, 320, "USD")
    run_in_app(wallet_steps.start_top_up, rider_user.key)
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda self: Brackets())
    open_ = re.search(r"/wallet/top-up/[0-9a-f-]{36}", ada.get("/wallet").text)[0]
    pages = {
        path: ada.get(path).text
        for path in ("/wallet", "/wallet/top-up", "/wallet/pay-out", open_,
                     open_.replace("top-up", "checkout"))
    }  # fmt: skip
    pages["credit"] = boss.get(f"/wallet/credit/{rider_user.key}").text
    pages["wrong credit"] = boss.send(f"/wallet/credit/{rider_user.key}").text
    pages["wrong sum"] = submit_top_up(ada, "x").text
    monkeypatch.undo()
    data = r"MovR|Paris|Ada|Boss|km|am|pm|EUR|USD|ada|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|x"
    bare = {path: found for path, page in pages.items() if (found := bare_words(page, data))}
    assert bare == {}
    with app.app_context():
        assert db.session.scalars(select(WalletEntry.kind)).all()
