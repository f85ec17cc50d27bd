"""The ledger: entries balance, and the same entry is written once."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import CTE, delete, insert, literal, select

from tests.factories import UserFactory
from tests.ledger_audit import check_ledger
from tests.riders.steps import count_rows
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import (
    LedgerEntry,
    compute_refund_tax,
    credit_entry,
    derive_entry_id,
    payout_entry,
    refund_entry,
    reservation_entry,
    ride_entry,
    top_up_entry,
)
from webapp.riders.wallet.enums import EntryKind, LedgerAccount
from webapp.riders.wallet.models import WalletBalance, WalletEntry, WalletLine

ADA = RowKey("europe-west1", UUID(int=1))


pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def ada(make_user: UserFactory) -> RowKey:
    return make_user("ada", "paris").key


def write_entry(entry: LedgerEntry, after: CTE | None = None) -> list[UUID]:
    """Write an entry; return the id of the entry for each line that was written."""
    return run_transaction(lambda s: list(s.scalars(ledger.entry_statement(entry, after))))


def read_lines(entry: LedgerEntry) -> dict[str, int]:
    rows = db.session.execute(
        select(WalletLine.account, WalletLine.amount).where(WalletLine.entry_id == entry.id)
    )
    return {account: amount for account, amount in rows}  # noqa: C416 - rows are no pairs to mypy


# --- entries ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amounts", [{}, {LedgerAccount.RIDER: 1}, {LedgerAccount.RIDER: 2, LedgerAccount.TAX: -1}]
)
def test_an_entry_that_does_not_balance_is_refused(amounts: Any) -> None:
    with pytest.raises(ValueError, match="balance"):
        LedgerEntry(uuid4(), EntryKind.CREDIT, ADA, "EUR", amounts)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (ride_entry(ADA, UUID(int=2), "EUR", 320, 53), (-320, 267, 53, 0, 0)),
        (reservation_entry(ADA, UUID(int=2), "EUR", 100, 0), (-100, 100, 0, 0, 0)),
        (top_up_entry(ADA, UUID(int=2), "EUR", 1000), (1000, 0, 0, -1000, 0)),
        (payout_entry(ADA, UUID(int=2), "EUR", 680), (-680, 0, 0, 680, 0)),
        (refund_entry(ADA, UUID(int=2), UUID(int=3), "EUR", 160, 26), (160, -134, -26, 0, 0)),
        (credit_entry(ADA, UUID(int=2), "EUR", 250), (250, 0, 0, 0, -250)),
        (credit_entry(ADA, UUID(int=2), "EUR", -250), (-250, 0, 0, 0, 250)),
    ],
    ids=lambda value: value.kind if isinstance(value, LedgerEntry) else "",
)
def test_each_kind_of_entry_moves_money_between_its_accounts(entry: Any, expected: Any) -> None:
    order = (
        LedgerAccount.RIDER,
        LedgerAccount.REVENUE,
        LedgerAccount.TAX,
        LedgerAccount.PROVIDER,
        LedgerAccount.PROMOTIONS,
    )
    assert tuple(entry.amounts.get(account, 0) for account in order) == expected


def test_an_entry_is_written_with_its_lines(ada: RowKey) -> None:
    entry = ride_entry(ada, uuid4(), "EUR", 320, 53)
    assert len(write_entry(entry)) == 3
    assert read_lines(entry) == {"rider": -320, "revenue": 267, "tax": 53}
    assert ledger.read_balances(ada) == {"EUR": -320}


def test_the_same_entry_is_written_once(ada: RowKey) -> None:
    entry = top_up_entry(ada, uuid4(), "EUR", 1000)
    assert [len(write_entry(entry)) for _ in range(3)] == [2, 0, 0]
    assert ledger.read_balances(ada) == {"EUR": 1000}


def test_a_ride_is_charged_once_even_if_a_second_charge_differs(ada: RowKey) -> None:
    ride = uuid4()
    write_entry(ride_entry(ada, ride, "EUR", 320, 0))
    other = LedgerEntry(
        uuid4(), EntryKind.RIDE, ada, "EUR", {LedgerAccount.RIDER: -1, LedgerAccount.TAX: 1}, ride
    )
    assert write_entry(other) == []
    assert ledger.read_balances(ada) == {"EUR": -320}


def test_a_free_ride_has_no_entry(ada: RowKey) -> None:
    assert write_entry(ride_entry(ada, uuid4(), "EUR", 0, 0)) == []
    assert (count_rows(WalletEntry), count_rows(WalletLine)) == (0, 0)


@pytest.mark.parametrize(("happens", "written"), [(True, 2), (False, 0)])
@pytest.mark.parametrize("amount", [100, 0])
def test_an_entry_is_written_only_if_the_statement_before_it_returns_a_row(
    ada: RowKey, happens: bool, written: Any, amount: Any
) -> None:
    part = select(literal(1).label("one")).where(literal(happens)).cte("part")
    entry = credit_entry(ada, uuid4(), "EUR", amount)
    assert len(write_entry(entry, after=part)) == (written if amount else 0)
    assert count_rows(WalletEntry) == (1 if written and amount else 0)


def test_each_currency_has_its_own_balance_and_may_be_in_debt(ada: RowKey) -> None:
    def is_in_debt() -> bool:
        return bool(db.session.scalar(select(ledger.is_in_debt_condition(ada))))

    write_entry(credit_entry(ada, uuid4(), "EUR", 1000))
    assert (ledger.read_balances(ada), is_in_debt()) == ({"EUR": 1000}, False)
    write_entry(ride_entry(ada, uuid4(), "USD", 300, 0))
    assert (ledger.read_balances(ada), is_in_debt()) == ({"EUR": 1000, "USD": -300}, True)
    write_entry(top_up_entry(ada, uuid4(), "USD", 300))
    assert (ledger.read_balances(ada), is_in_debt()) == ({"EUR": 1000, "USD": 0}, False)


def test_an_id_that_comes_from_a_form_is_never_the_id_of_a_ride_entry(ada: RowKey) -> None:
    """Otherwise a rider could choose the id of the next ride for a payout."""
    ride = uuid4()
    assert derive_entry_id(ada.id, f"payout {ride}") != ride
    assert derive_entry_id(ada.id, "a") == derive_entry_id(ada.id, "a")


# --- refunds ---------------------------------------------------------------------------------

parts = st.lists(st.integers(0, 500), min_size=1, max_size=8)


@given(parts, st.integers(0, 100))
def test_refunds_in_parts_add_up_to_the_whole_tax(amounts: Any, percent: int) -> None:
    total = sum(amounts)
    tax = total * percent // 100
    before = back = 0
    for amount in amounts:
        part = compute_refund_tax(amount, total, tax, before)
        assert 0 <= part <= amount
        before, back = before + amount, back + part
        assert abs(back * total - tax * before) < max(total, 1), (
            "within one minor unit of its share"
        )
    assert back == tax


@pytest.mark.parametrize(("amount", "before"), [(-1, 0), (101, 0), (60, 50), (10, -1)])
def test_refunds_never_exceed_the_price(amount: Any, before: int) -> None:
    with pytest.raises(ValueError, match="paid"):
        compute_refund_tax(amount, 100, 20, before)


# --- any sequence of entries -----------------------------------------------------------------------

amounts = st.integers(0, 10_000)
KINDS = ("ride", "reservation", "top_up", "payout", "refund", "credit")


def make_entry(
    kind: str, rider_key: RowKey, number: int, currency: str, amount: int, tax: int
) -> LedgerEntry:
    id_, tax = UUID(int=number), amount * tax // 100
    return {
        "ride": lambda: ride_entry(rider_key, id_, currency, amount, tax),
        "reservation": lambda: reservation_entry(rider_key, id_, currency, amount, tax),
        "top_up": lambda: top_up_entry(rider_key, id_, currency, amount),
        "payout": lambda: payout_entry(rider_key, id_, currency, amount),
        "refund": lambda: refund_entry(rider_key, id_, uuid4(), currency, amount, tax),
        "credit": lambda: credit_entry(rider_key, id_, currency, amount),
    }[kind]()


entry_arguments = st.tuples(
    st.sampled_from(KINDS),
    st.integers(1, 6),  # few ids, so that some come twice
    st.sampled_from(["EUR", "USD", "JPY"]),
    amounts,
    st.integers(0, 100),
)


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(entry_arguments, max_size=8))
def test_any_sequence_of_entries_balances_and_repeats_change_nothing(
    ada: RowKey, sequence: Any
) -> None:
    with db.engines["write"].begin() as connection:
        connection.execute(delete(WalletBalance))
        connection.execute(delete(WalletLine))
        connection.execute(delete(WalletEntry))
    expected: Counter[str] = Counter()
    written_ids: set[UUID] = set()
    for kind, *arguments in sequence:
        entry = make_entry(kind, ada, *arguments)
        write_entry(entry)
        if entry.id not in written_ids and any(entry.amounts.values()):
            written_ids.add(entry.id)
            expected[entry.currency] += entry.amounts[LedgerAccount.RIDER]
    rows = db.session.execute(select(WalletLine.entry_id, WalletLine.amount)).all()
    sums: Counter[UUID] = Counter()
    for id_, amount in rows:
        sums[id_] += amount
    assert set(sums) == written_ids
    assert set(sums.values()) <= {0}
    assert ledger.read_balances(ada) == dict(expected)
    assert db.session.scalar(select(ledger.is_in_debt_condition(ada))) == (
        min(expected.values(), default=0) < 0
    )


# --- audits --------------------------------------------------------------------------


def entry_row(rider_key: RowKey, **columns: Any) -> dict[str, Any]:
    row = {"region": rider_key.region, "id": uuid4(), "rider_id": rider_key.id, "kind": "credit",
           "currency": "EUR", "note": ""}  # fmt: skip
    return {**row, **columns}


def line_row(entry: dict[str, Any], account: str, amount: int, **columns: Any) -> dict[str, Any]:
    rider_id = entry["rider_id"] if account == "rider" else None
    return {"region": entry["region"], "entry_id": entry["id"], "account": account,
            "rider_id": rider_id, "currency": "EUR", "amount": amount, **columns}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "written", "wrong"),
    [
        ("credit", [("rider", 5, {}), ("promotions", -4, {})], "not balance"),
        ("credit", [], "has no lines"),
        ("credit", [("rider", 5, {"in_balance": True}), ("tax", -5, {})], "balance of a rider"),
        ("credit", [("rider", 5, {"currency": "USD"}), ("tax", -5, {"currency": "USD"})], "currency"),
        ("credit", [("rider", 5, {"rider_id": None}), ("tax", -5, {})], "another"),
        ("credit", [("rider", 5, {}), ("tax", -5, {"rider_id": "of ada"})], "another"),
        ("top_up", [("rider", 5, {}), ("provider", -5, {})], "payment"),
        ("payout", [("rider", -5, {}), ("provider", 5, {})], "payouts of a rider"),
    ],
)  # fmt: skip
def test_both_audits_find_an_inconsistent_ledger(
    app: Flask, ada: RowKey, kind: str, written: Any, wrong: str
) -> None:
    run = app.test_cli_runner().invoke
    with db.engines["write"].begin() as connection:
        check_ledger(connection)
    assert (run(args=["wallet", "audit"]).output) == "The ledger is consistent.\n"
    entry = entry_row(ada, kind=kind)
    with db.engines["write"].begin() as connection:
        connection.execute(insert(WalletEntry).values(entry))
        for account, amount, more in written:
            line = line_row(entry, account, amount, **more)
            line["rider_id"] = line["rider_id"] and ada.id
            connection.execute(insert(WalletLine).values(line))
    with db.engines["write"].begin() as connection, pytest.raises(AssertionError, match=wrong):
        check_ledger(connection)
    result = run(args=["wallet", "audit"])
    assert result.exit_code == 1
    assert "The ledger is not consistent." in result.output
    assert str(entry["rider_id" if "of a rider" in wrong else "id"]) in result.output
