"""Payouts to owners: recorded by hand, once, and never more than the balance."""

import csv
import re
from datetime import date, datetime
from io import StringIO
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, update

from tests.auth.steps import account_path, new_browser, read_audit_events, read_rows
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.form_steps import assert_form_reused, read_nonce
from tests.job_steps import read_mails
from tests.rides.earnings.steps import insert_entry, insert_share, read_sums
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.transactions import execute_write
from webapp.errors import FormReused
from webapp.regions.models import City
from webapp.riders.wallet.services.ledger_audit import check_ledger
from webapp.rides.earnings.models import OwnerLedgerEntry, OwnerMonth
from webapp.rides.earnings.queries import owner_statement
from webapp.rides.earnings.queries.payouts import find_payout
from webapp.rides.earnings.services.payout_reversals import reverse_payout
from webapp.rides.earnings.services.payouts import OwnerPayout, PayoutTooLarge, record_payout

NONCE = "8c1d7a52-2b0f-4b6e-8f57-6c1a4f0b9d31"


@pytest.fixture
def olga(app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory) -> User:
    """An owner with a balance of 12.00 in New York."""
    olga = make_user("olga", "paris", roles=["owner"])
    insert_share(app, olga)
    vehicle = make_vehicle(owner=olga)
    insert_entry(app, olga, vehicle, 1_000, date(2026, 7, 1))
    insert_entry(app, olga, vehicle, 200, date(2026, 8, 1))
    return olga


@pytest.fixture
def boss(make_user: UserFactory) -> User:
    return make_user("boss", roles={"admin": ["new york"]})


@pytest.fixture
def admin(app: Flask, boss: User) -> Visitor:
    return new_browser(app).sign_in(boss)


def address(owner: User, page: str) -> str:
    return f"/fleet/owners/new%20york/{owner.key}/{page}"


def test_a_payout_is_recorded_once_and_the_owner_gets_a_mail(
    app: Flask, olga: User, admin: Visitor
) -> None:
    assert "$12.00" in admin.get("/fleet/owners?city=new+york").text
    assert "$12.00" in admin.get(address(olga, "payout")).text
    fields = {"amount": "10.50", "reference": "MovR 2026-07", "nonce": NONCE}
    for _twice in range(2):
        response = admin.send(address(olga, "payout"), **fields)
        assert response.location == address(olga, "statement")
    (entry,) = [each for each in read_rows(app, OwnerLedgerEntry) if each.kind == "payout"]
    assert (entry.region, entry.amount, entry.note) == ("us-east1", -1_050, "MovR 2026-07")
    assert read_sums(app)[2:] == (1_200, 1_050)
    page = admin.get(address(olga, "statement")).text
    assert "$1.50" in page
    assert "MovR 2026-07" in page
    (mail,) = read_mails(app)
    assert mail.to == ["olga@example.org"]
    assert "$10.50" in mail.body
    assert "MovR 2026-07" in mail.body
    (event,) = read_audit_events(app, AuditKind.OWNER_PAID)
    assert (event.subject, event.city) == (f"account {olga.key}", "new york")
    assert event.details == {"amount": 1_050, "currency": "USD"}


@pytest.mark.parametrize("other", [{"amount": "1.50"}, {"reference": "August"}])
def test_a_form_of_a_payout_that_is_sent_again_with_other_values_is_a_new_one(
    app: Flask, olga: User, admin: Visitor, other: dict[str, str]
) -> None:
    path, fields = address(olga, "payout"), {"amount": "5", "reference": "July", "nonce": NONCE}
    admin.send(path, **fields)
    refused = admin.send(path, **{**fields, **other})
    assert_form_reused(refused, next(iter(other.values())))
    assert read_sums(app)[3] == 500
    again = {**fields, **other, "nonce": read_nonce(refused)}
    assert admin.send(path, **again).status_code == 303
    assert read_sums(app)[3] == (650 if "amount" in other else 1_000)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("amount", "12.01", "This is more than the balance."),
        ("amount", "0", "Enter at least $0.01."),
        ("amount", "-1", "Enter at least $0.01."),
        ("amount", "much", "Enter an amount like"),
        ("amount", "", "Fill this in."),
        ("reference", "", "Fill this in."),
    ],
)
def test_wrong_payouts_are_refused_beside_their_field(
    app: Flask, olga: User, admin: Visitor, field: str, value: str, message: str
) -> None:
    fields = {"amount": "12", "reference": "July", "nonce": NONCE, field: value}
    response = admin.send(address(olga, "payout"), **fields)
    assert response.status_code in (409, 422)
    assert message in response.text.split(f'id="{field}-error"')[1][:200]
    assert read_sums(app)[3] == 0


def test_of_two_payouts_at_the_same_time_no_more_is_recorded_than_is_due(
    app: Flask, olga: User, boss: User
) -> None:
    def pay() -> bool:
        payout = OwnerPayout(700, "July", uuid4())
        try:
            record_payout(boss, find_city("new york"), olga.key, payout)
        except PayoutTooLarge:
            return False
        return True

    assert sorted(run_together(app, pay, pay)) == [False, True]
    assert read_sums(app)[3] == 700


@pytest.mark.parametrize("moved", [OwnerMonth.paid > 0, OwnerMonth.paid == 0])
def test_nothing_is_paid_twice_while_half_of_the_months_have_moved(
    app: Flask, olga: User, boss: User, admin: Visitor, moved: ColumnElement[bool]
) -> None:
    """The city is in its new region when the first or the second half of its rows are there."""
    fields = {"amount": "10.50", "reference": "July", "nonce": NONCE}
    admin.send(address(olga, "payout"), **fields)
    with app.app_context():
        execute_write(update(OwnerMonth).where(moved).values(region="us-west1"))
    assert "$1.50" in admin.get(address(olga, "payout")).text
    assert (
        admin.send(address(olga, "payout"), **{**fields, "nonce": str(uuid4())}).status_code == 409
    )
    with app.app_context():
        here = find_city("new york")
        there = City(name=here.name, region="us-west1", timezone=here.timezone, currency="USD")
        with pytest.raises(FormReused):
            record_payout(boss, there, olga.key, OwnerPayout(150, "July", UUID(NONCE)))
        for payout in (OwnerPayout(1_050, "July", UUID(NONCE)), OwnerPayout(150, "July", uuid4())):
            record_payout(boss, there, olga.key, payout)
    assert read_sums(app)[2:] == (1_200, 1_200)


def test_who_may_see_and_pay(
    app: Flask, olga: User, admin: Visitor, make_user: UserFactory
) -> None:
    manager = new_browser(app).sign_in(make_user("fay", roles={"fleet": ["new york"]}))
    page = manager.get(address(olga, "statement")).text
    assert "$12.00" in page
    assert "Record a payout" not in page
    assert manager.get(address(olga, "payout")).status_code == 403
    pia = new_browser(app).sign_in(make_user("pia", roles={"admin": ["paris"]}))
    for name in ("statement", "statement.csv", "payout"):
        assert pia.get(address(olga, name)).status_code == 404
        assert admin.get(address(make_user(), name)).status_code == 404, "never had a share"


def test_nobody_records_a_payout_to_themselves(
    app: Flask, admin: Visitor, boss: User, make_vehicle: VehicleFactory
) -> None:
    insert_share(app, boss)
    insert_entry(app, boss, make_vehicle(owner=boss), 1_000, date(2026, 7, 1))
    fields = {"amount": "10", "reference": "July", "nonce": NONCE}
    assert admin.send(address(boss, "payout"), **fields).status_code == 409
    today = datetime.now(ZoneInfo("America/New_York")).date().isoformat()
    form = {"owner": "boss", "percent": "99", "valid_from": today, "note": "x", "nonce": "n"}
    assert admin.send("/fleet/owners/share?city=new+york", **form).status_code == 409
    assert read_sums(app)[3] == 0


def test_the_owner_has_the_same_statement_as_a_page_and_a_file(
    app: Flask, olga: User, admin: Visitor
) -> None:
    fields = {"amount": "10.50", "reference": "=July", "nonce": NONCE}
    admin.send(address(olga, "payout"), **fields)
    owner = new_browser(app).sign_in(olga)
    own = "/vehicles/mine/earnings/new%20york/statement"
    assert f'href="{own}"' in owner.get("/vehicles/mine/earnings").text
    page = owner.get(own).text
    assert "=July" in page
    assert "$1.50" in page
    file = owner.get(f"{own}.csv").text
    assert file == admin.get(address(olga, "statement.csv")).text
    rows = list(csv.DictReader(StringIO(file)))
    assert [(row["what"], row["amount"]) for row in rows] == [
        ("earned", "0.00"), ("earned", "2.00"), ("earned", "10.00"), ("payout", "-10.50"),
    ]  # fmt: skip
    assert rows[-1]["reference"] == "'=July"
    assert sum(float(row["amount"]) for row in rows) == 1.5
    assert owner.get("/vehicles/mine/earnings/paris/statement").status_code == 404


def test_the_page_of_an_account_leads_to_its_shares_in_the_cities_of_the_viewer(
    app: Flask, olga: User, make_user: UserFactory
) -> None:
    insert_share(app, olga, 2_500, city="paris")
    link, other = (f'href="/fleet/owners/{city}/{olga.key}"' for city in ("paris", "new%20york"))
    pages = [
        new_browser(app).sign_in(make_user(roles=roles)).get(account_path(olga)).text
        for roles in (
            {"fleet": ["paris"]},
            {"admin": ["paris", "new york"]},
            {"support": ["paris"]},
        )
    ]
    assert [link in page for page in pages] == [True, True, False]
    assert [other in page for page in pages] == [False, True, False]
    assert "30% of the price without tax · balance: $12.00" in pages[1]
    assert ["Set a revenue share" in page for page in pages] == [False, True, False]


def reverse_path(app: Flask, owner: User) -> str:
    (payout,) = [each for each in read_rows(app, OwnerLedgerEntry) if each.kind == "payout"]
    return address(owner, f"payouts/{payout.id}/reverse")


def test_a_payout_that_the_bank_returned_is_reversed_once_and_the_owner_gets_a_mail(
    app: Flask, olga: User, admin: Visitor
) -> None:
    admin.send(address(olga, "payout"), amount="10.50", reference="July", nonce=NONCE)
    path = reverse_path(app, olga)
    assert f'href="{path}"' in admin.get(address(olga, "statement")).text
    assert "$10.50" in admin.get(path).text
    for _twice in range(2):
        response = admin.send(path, reason="Account closed")
        assert response.location == address(olga, "statement")
    (entry,) = [each for each in read_rows(app, OwnerLedgerEntry) if each.reversed_entry_id]
    assert (entry.kind, entry.amount, entry.note) == ("payout_reversal", 1_050, "Account closed")
    assert str(entry.reversed_entry_id) in path
    assert read_sums(app)[2:] == (1_200, 0)
    mail = read_mails(app)[-1]
    assert (mail.to, len(read_mails(app))) == (["olga@example.org"], 2)
    assert "Account closed" in mail.body
    (event,) = read_audit_events(app, AuditKind.OWNER_PAYOUT_REVERSED)
    assert event.details == {"amount": 1_050, "currency": "USD", "why": "Account closed"}
    page = admin.get(address(olga, "statement")).text
    assert f'href="{path}"' not in page
    assert "reversed on" in page
    assert "returned by the bank" in page
    rows = csv.DictReader(StringIO(admin.get(address(olga, "statement.csv")).text))
    assert [row["amount"] for row in rows if row["what"] == "payout_reversal"] == ["10.50"]
    with app.app_context():
        assert check_ledger() == []
    for again in (admin.get(path), admin.send(path, reason="Another")):
        assert again.status_code == 409
        assert "is reversed already" in again.text


def test_of_two_reversals_at_the_same_time_one_is_recorded(
    app: Flask, olga: User, boss: User, admin: Visitor
) -> None:
    admin.send(address(olga, "payout"), amount="10.50", reference="July", nonce=NONCE)
    payout_id = UUID(reverse_path(app, olga).split("/")[-2])

    def reverse() -> None:
        city = find_city("new york")
        reverse_payout(boss, city, find_payout(city, olga.key, payout_id), "Account closed")

    run_together(app, reverse, reverse)
    assert read_sums(app)[2:] == (1_200, 0)
    assert len(read_audit_events(app, AuditKind.OWNER_PAYOUT_REVERSED)) == 1


def test_a_payout_is_reversed_once_and_where_its_city_is_while_that_moves(
    app: Flask, olga: User, boss: User, admin: Visitor
) -> None:
    admin.send(address(olga, "payout"), amount="10.50", reference="July", nonce=NONCE)
    payout_id = UUID(reverse_path(app, olga).split("/")[-2])
    with app.app_context():
        here = find_city("new york")
        there = City(name=here.name, region="us-west1", timezone=here.timezone, currency="USD")
        for city in (there, here, there):
            reverse_payout(boss, city, find_payout(city, olga.key, payout_id), "Account closed")
    (entry,) = [each for each in read_rows(app, OwnerLedgerEntry) if each.reversed_entry_id]
    assert entry.region == "us-west1"
    assert read_sums(app)[2:] == (1_200, 0)


def test_who_may_reverse_which_payouts(
    app: Flask, olga: User, admin: Visitor, make_user: UserFactory
) -> None:
    insert_share(app, olga, city="boston")
    other = make_user()
    insert_share(app, other)
    admin.send(address(olga, "payout"), amount="10.50", reference="July", nonce=NONCE)
    path = reverse_path(app, olga)
    manager = new_browser(app).sign_in(make_user("fay", roles={"fleet": ["new york"]}))
    assert 'reverse"' not in manager.get(address(olga, "statement")).text
    assert manager.send(path, reason="Mine").status_code == 403
    everywhere = new_browser(app).sign_in(make_user("eve", roles=["admin"]))
    for wrong in (
        path.replace("new%20york", "boston"),
        path.replace(str(olga.key), str(other.key)),
        address(olga, f"payouts/{uuid4()}/reverse"),
    ):
        assert everywhere.send(wrong, reason="Mine").status_code == 404
    assert read_sums(app)[3] == 1_050


def test_a_long_statement_shows_its_payouts_by_page_and_the_file_has_all(
    app: Flask, olga: User, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PAGE_SIZE", 2)
    monkeypatch.setattr(owner_statement, "BATCH", 2)
    for number in range(5):
        fields = {"amount": "1", "reference": f"Number {number}", "nonce": str(uuid4())}
        admin.send(address(olga, "payout"), **fields)
    page, pages = address(olga, "statement"), []
    while page:
        text = admin.get(page).text
        assert "$7.00" in text, "the balance"
        pages.append(sorted(set(re.findall(r"Number \d", text))))
        page = "".join(re.findall(r'rel="next" href="([^"]+)"', text)).replace("&amp;", "&")
    assert pages == [["Number 3", "Number 4"], ["Number 1", "Number 2"], ["Number 0"]]
    rows = csv.DictReader(StringIO(admin.get(address(olga, "statement.csv")).text))
    references = [row["reference"] for row in rows if row["what"] == "payout"]
    assert references == [f"Number {number}" for number in (4, 3, 2, 1, 0)]
