"""Owners download their own ledger."""

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from flask import Flask

from tests.auth.steps import new_browser
from tests.explain import explain_reads
from tests.exports.steps import read_xlsx
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.rides.earnings.steps import insert_entry, insert_share
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.exports.columns import Export, ExportFilter
from webapp.exports.tables import single_owner_ledger

LEDGER = "/vehicles/mine/earnings/new%20york/ledger"
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


@pytest.fixture
def olga(app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory) -> User:
    """An owner with four entries, of which one is in another city and one of a former vehicle."""
    olga, otto = make_user("olga"), make_user("otto")
    own, sold = make_vehicle(owner=olga), make_vehicle(owner=otto)
    for vehicle, amount, month in ((own, 700, AUGUST), (own, 500, JULY), (sold, -200, AUGUST)):
        insert_entry(app, olga, vehicle, amount, month)
    insert_entry(app, olga, make_vehicle("boston", owner=olga), 900, JULY)
    insert_entry(app, otto, own, 1_100, JULY)
    return olga


@pytest.fixture
def owner(app: Flask, olga: User) -> Visitor:
    return new_browser(app).sign_in(olga)


def pay_out(app: Flask, make_user: UserFactory, owner: User) -> None:
    insert_share(app, owner)
    admin = new_browser(app).sign_in(make_user(roles=["admin"]))
    path = f"/fleet/owners/new%20york/{owner.key}/payout"
    fields = {"amount": "3", "reference": "=July", "nonce": "6f0e2a0c-9c1d-4f7a-8a55-1f2f7c3d9b10"}
    assert admin.send(path, **fields).status_code == 303


def test_the_ledger_has_the_own_entries_of_the_city_and_payouts_at_the_end(
    app: Flask, owner: Visitor, olga: User, make_user: UserFactory
) -> None:
    pay_out(app, make_user, olga)
    response = owner.get(f"{LEDGER}.csv")
    rows = list(csv.DictReader(StringIO(response.text)))
    names = [column.name for column in single_owner_ledger.COLUMNS]
    assert list(rows[0]) == names
    assert sorted((r["month"], r["kind"], r["amount"]) for r in rows[:3]) == [
        ("2026-07", "ride", "5.00"), ("2026-08", "refund", "-2.00"), ("2026-08", "ride", "7.00"),
    ]  # fmt: skip
    (payout,) = rows[3:]
    assert (payout["kind"], payout["amount"], payout["reference"]) == ("payout", "-3.00", "'=July")
    assert payout["recorded_at"]
    assert {row["kind"] for row in rows if not row["vehicle_code"]} == {"refund", "payout"}
    assert "movr-owner-ledger-new-york" in response.headers["Content-Disposition"]


def test_it_tells_no_time_of_a_ride(owner: Visitor) -> None:
    rows = list(csv.DictReader(StringIO(owner.get(f"{LEDGER}.csv").text)))
    assert {row["recorded_at"] for row in rows} == {""}
    assert "ride_id" not in rows[0]


def test_the_same_is_a_spreadsheet(owner: Visitor) -> None:
    header, *rows = read_xlsx(owner.get(f"{LEDGER}.xlsx").data)
    assert header == [column.name for column in single_owner_ledger.COLUMNS]
    assert sorted(float(row[2]) for row in rows) == [-2, 5, 7]


def test_others_get_their_own_only(app: Flask, olga: User, make_user: UserFactory) -> None:
    for visitor in (make_user(), make_user(roles=["admin"])):
        rows = list(
            csv.DictReader(StringIO(new_browser(app).sign_in(visitor).get(f"{LEDGER}.csv").text))
        )
        assert rows == []
    assert new_browser(app).get(f"{LEDGER}.csv").status_code == 303


def test_the_statement_leads_to_it(app: Flask, owner: Visitor, olga: User) -> None:
    insert_share(app, olga)
    page = owner.get("/vehicles/mine/earnings/new%20york/statement").text
    assert f'href="{LEDGER}.csv"' in page
    assert f'href="{LEDGER}.xlsx"' in page


def test_a_file_of_any_length_is_read_in_slices(
    app: Flask, olga: User, monkeypatch: pytest.MonkeyPatch, make_user: UserFactory
) -> None:
    pay_out(app, make_user, olga)
    monkeypatch.setattr(single_owner_ledger, "SLICE", 2)
    with app.app_context():
        table = single_owner_ledger.make_single_owner_ledger(olga.key)
        export, found = Export(table, ExportFilter(find_city()), table.columns), list[object]()
        plans = explain_reads(lambda: found.extend(export.rows()))
    assert (len(found), len(plans)) == (4, 3)


def test_the_document_has_its_columns(app: Flask) -> None:
    document = Path("docs/owners.md").read_text()
    with app.test_request_context():
        for column in single_owner_ledger.COLUMNS:
            assert f"| `{column.name}` | {column.description} |" in document
