"""The books: whatever is written, they balance, and the same thing is written once."""

from collections import Counter
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, literal, select

from tests.ledger_audit import audit_books
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.riders.wallet import ledger
from webapp.riders.wallet.enums import Account, EntryKind
from webapp.riders.wallet.models import WalletEntry, WalletLine

ADA = RowKey("europe-west1", UUID(int=1))


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def ada(make_user):
    return make_user("ada", "paris").key


def write(entry, after=None):
    return run_transaction(lambda s: s.execute(ledger.writing(entry, after)).all())


def lines(entry):
    rows = db.session.execute(
        select(WalletLine.account, WalletLine.amount).where(WalletLine.entry_id == entry.id)
    )
    return dict(rows.all())


def count(model):
    return len(db.session.scalars(select(model.region)).all())


# --- entries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("amounts", [{}, {Account.RIDER: 1}, {Account.RIDER: 2, Account.TAX: -1}])
def test_an_entry_that_does_not_balance_cannot_be_made(amounts):
    with pytest.raises(ValueError, match="balance"):
        ledger.Entry(uuid4(), EntryKind.CREDIT, ADA, "EUR", amounts)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (ledger.ride_charge(ADA, UUID(int=2), "EUR", 320, 53), (-320, 267, 53, 0, 0)),
        (ledger.hold(ADA, UUID(int=2), "EUR", 100, 0), (-100, 100, 0, 0, 0)),
        (ledger.top_up(ADA, UUID(int=2), "EUR", 1000), (1000, 0, 0, -1000, 0)),
        (ledger.payout(ADA, UUID(int=2), "EUR", 680), (-680, 0, 0, 680, 0)),
        (ledger.refund(ADA, UUID(int=3), "EUR", 160, 26, UUID(int=2)), (160, -134, -26, 0, 0)),
        (ledger.credit(ADA, 250, "EUR", UUID(int=2)), (250, 0, 0, 0, -250)),
        (ledger.credit(ADA, -250, "EUR", UUID(int=2)), (-250, 0, 0, 0, 250)),
    ],
    ids=lambda value: value.kind if isinstance(value, ledger.Entry) else "",
)
def test_money_goes_from_account_to_account(entry, expected):
    order = (Account.RIDER, Account.REVENUE, Account.TAX, Account.PROVIDER, Account.PROMOTIONS)
    assert tuple(entry.amounts.get(account, 0) for account in order) == expected


def test_an_entry_is_written_with_its_lines(ada):
    entry = ledger.ride_charge(ada, uuid4(), "EUR", 320, 53)
    assert len(write(entry)) == 3
    assert lines(entry) == {"rider": -320, "revenue": 267, "tax": 53}
    assert ledger.balances(ada) == {"EUR": -320}


def test_the_same_entry_is_written_once(ada):
    entry = ledger.top_up(ada, uuid4(), "EUR", 1000)
    assert [len(write(entry)) for _ in range(3)] == [2, 0, 0]
    assert ledger.balances(ada) == {"EUR": 1000}


def test_a_ride_is_charged_once_whatever_the_second_charge_says(ada):
    ride = uuid4()
    write(ledger.ride_charge(ada, ride, "EUR", 320, 0))
    other = ledger.Entry(
        uuid4(), EntryKind.RIDE, ada, "EUR", {Account.RIDER: -1, Account.TAX: 1}, ride
    )
    assert write(other) == []
    assert ledger.balances(ada) == {"EUR": -320}


def test_where_nothing_moves_there_is_no_entry(ada):
    assert write(ledger.ride_charge(ada, uuid4(), "EUR", 0, 0)) == []
    assert (count(WalletEntry), count(WalletLine)) == (0, 0)


@pytest.mark.parametrize(("happens", "written"), [(True, 2), (False, 0)])
@pytest.mark.parametrize("amount", [100, 0])
def test_an_entry_goes_with_another_part_of_its_statement_or_not_at_all(
    ada, happens, written, amount
):
    part = select(literal(1).label("one")).where(literal(happens)).cte("part")
    entry = ledger.credit(ada, amount, "EUR", uuid4())
    assert len(write(entry, after=part)) == (written if amount else 0)
    assert count(WalletEntry) == (1 if written and amount else 0)


def test_each_currency_has_a_balance_of_its_own_and_one_of_them_can_be_owed(ada):
    def is_owing():
        return db.session.scalar(select(ledger.owes(ada)))

    write(ledger.credit(ada, 1000, "EUR", uuid4()))
    assert (ledger.balances(ada), is_owing()) == ({"EUR": 1000}, False)
    write(ledger.ride_charge(ada, uuid4(), "USD", 300, 0))
    assert (ledger.balances(ada), is_owing()) == ({"EUR": 1000, "USD": -300}, True)
    write(ledger.top_up(ada, uuid4(), "USD", 300))
    assert (ledger.balances(ada), is_owing()) == ({"EUR": 1000, "USD": 0}, False)


def test_an_id_that_somebody_chose_is_never_that_of_a_charge(ada):
    """Else a rider could put a payout where the charge of the next ride would be."""
    ride = uuid4()
    assert ledger.cause_id(ada.id, f"payout {ride}") != ride
    assert ledger.cause_id(ada.id, "a") == ledger.cause_id(ada.id, "a")


# --- refunds ---------------------------------------------------------------------------------

parts = st.lists(st.integers(0, 500), min_size=1, max_size=8)


@given(parts, st.integers(0, 100))
def test_a_ride_that_is_refunded_in_parts_gives_back_its_whole_tax_and_no_more(amounts, percent):
    total = sum(amounts)
    tax = total * percent // 100
    before = back = 0
    for amount in amounts:
        part = ledger.tax_in(amount, total, tax, before)
        assert 0 <= part <= amount
        before, back = before + amount, back + part
        assert abs(back * total - tax * before) < max(total, 1), "within one coin of its share"
    assert back == tax


@pytest.mark.parametrize(("amount", "before"), [(-1, 0), (101, 0), (60, 50), (10, -1)])
def test_no_more_goes_back_than_was_paid(amount, before):
    with pytest.raises(ValueError, match="paid"):
        ledger.tax_in(amount, 100, 20, before)


# --- whatever is written -----------------------------------------------------------------------

amounts = st.integers(0, 10_000)
KINDS = ("ride", "hold", "top_up", "payout", "refund", "credit")


def entry_of(kind, rider, number, currency, amount, tax):
    id_, tax = UUID(int=number), amount * tax // 100
    return {
        "ride": lambda: ledger.ride_charge(rider, id_, currency, amount, tax),
        "hold": lambda: ledger.hold(rider, id_, currency, amount, tax),
        "top_up": lambda: ledger.top_up(rider, id_, currency, amount),
        "payout": lambda: ledger.payout(rider, id_, currency, amount),
        "refund": lambda: ledger.refund(rider, uuid4(), currency, amount, tax, id_),
        "credit": lambda: ledger.credit(rider, amount, currency, id_),
    }[kind]()


entries = st.tuples(
    st.sampled_from(KINDS),
    st.integers(1, 6),  # few ids, so that some come twice
    st.sampled_from(["EUR", "USD", "JPY"]),
    amounts,
    st.integers(0, 100),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(entries, max_size=8))
def test_any_sequence_of_entries_balances_and_twice_is_once(ada, sequence):
    with db.engines["write"].begin() as connection:
        connection.execute(delete(WalletLine))
        connection.execute(delete(WalletEntry))
    expected, seen = Counter(), set()
    for drawn in sequence:
        entry = entry_of(drawn[0], ada, *drawn[1:])
        write(entry)
        if entry.id not in seen and any(entry.amounts.values()):
            seen.add(entry.id)
            expected[entry.currency] += entry.amounts[Account.RIDER]
    rows = db.session.execute(select(WalletLine.entry_id, WalletLine.amount)).all()
    sums = Counter()
    for id_, amount in rows:
        sums[id_] += amount
    assert set(sums) == seen
    assert set(sums.values()) <= {0}
    assert ledger.balances(ada) == dict(expected)
    assert db.session.scalar(select(ledger.owes(ada))) == (min(expected.values(), default=0) < 0)


# --- the audit itself --------------------------------------------------------------------------


def entry_row(rider, **columns):
    row = {"region": rider.region, "id": uuid4(), "rider_id": rider.id, "kind": "credit",
           "currency": "EUR", "note": ""}  # fmt: skip
    return {**row, **columns}


def line_row(entry, account, amount, **columns):
    rider_id = entry["rider_id"] if account == "rider" else None
    return {"region": entry["region"], "entry_id": entry["id"], "account": account,
            "rider_id": rider_id, "currency": "EUR", "amount": amount, **columns}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "written", "wrong"),
    [
        ("credit", [("rider", 5, {}), ("promotions", -4, {})], "not balance"),
        ("credit", [], "no lines|without lines"),
        ("credit", [("rider", 5, {"currency": "USD"}), ("tax", -5, {"currency": "USD"})], "currency"),
        ("credit", [("rider", 5, {"rider_id": None}), ("tax", -5, {})], "another"),
        ("top_up", [("rider", 5, {}), ("provider", -5, {})], "payment"),
        ("payout", [("rider", -5, {}), ("provider", 5, {})], "goes back"),
    ],
)  # fmt: skip
def test_books_that_do_not_hold_are_found_by_both_audits(app, ada, kind, written, wrong):
    run = app.test_cli_runner().invoke
    with db.engines["write"].begin() as connection:
        audit_books(connection)
    assert (run(args=["wallet", "audit"]).output) == "The books hold.\n"
    entry = entry_row(ada, kind=kind)
    with db.engines["write"].begin() as connection:
        connection.execute(insert(WalletEntry).values(entry))
        for account, amount, more in written:
            connection.execute(insert(WalletLine).values(line_row(entry, account, amount, **more)))
    with db.engines["write"].begin() as connection, pytest.raises(AssertionError, match=wrong):
        audit_books(connection)
    result = run(args=["wallet", "audit"])
    assert result.exit_code == 1
    assert "The books do not hold." in result.output
    assert str(entry["id" if kind != "payout" else "rider_id"]) in result.output
