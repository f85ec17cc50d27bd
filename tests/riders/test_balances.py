"""Stored balances: right at every moment, also while an older release writes lines without them."""

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update

from tests.explain import explain_plan, vacuum
from tests.factories import UserFactory
from tests.races.steps import ROUNDS
from tests.riders.wallet_steps import (
    assert_consistent_ledger,
    charge,
    complete_top_up,
    give_credit,
    run_wallet_command,
)
from tests.threads import run_together
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.riders.wallet import ledger
from webapp.riders.wallet.models import Payment, WalletBalance, WalletEntry, WalletLine
from webapp.riders.wallet.queries.overview import read_wallet
from webapp.riders.wallet.services.balances import update_balances

pytestmark = pytest.mark.usefixtures("app_context")

#: What a release before 0113 writes for a credit: lines, and no balance.
OLDER_RELEASE_CREDIT = """
    WITH entry AS (
        INSERT INTO wallet_entries (region, id, rider_id, kind, currency, note)
        SELECT :region, gen_random_uuid(), :rider_id, 'credit', 'EUR', ''
        FROM generate_series(1, :number)
        RETURNING region, id, rider_id
    )
    INSERT INTO wallet_lines (region, entry_id, account, rider_id, currency, amount)
    SELECT region, id, 'rider', rider_id, 'EUR', 5 FROM entry
    UNION ALL SELECT region, id, 'promotions', NULL, 'EUR', -5 FROM entry"""


def write_as_older_release(rider_key: RowKey, number: int = 1) -> None:
    values = {"region": rider_key.region, "rider_id": rider_key.id, "number": number}
    with db.engines["write"].begin() as connection:
        connection.execute(text(OLDER_RELEASE_CREDIT), values)


def read_stored_balance(rider_key: RowKey) -> int:
    query = select(WalletBalance.amount).where(WalletBalance.rider_id == rider_key.id)
    return db.session.scalar(query) or 0


def is_in_debt(rider_key: RowKey) -> bool:
    return db.session.scalar(select(ledger.is_in_debt_condition(rider_key))) or False


def test_lines_of_an_older_release_count_at_once(app: Flask, ada_key: RowKey) -> None:
    charge(ada_key, 12)
    assert is_in_debt(ada_key)
    write_as_older_release(ada_key, 2)
    assert (ledger.read_balances(ada_key), is_in_debt(ada_key)) == ({"EUR": -2}, True)
    write_as_older_release(ada_key)
    assert (ledger.read_balances(ada_key), is_in_debt(ada_key)) == ({"EUR": 3}, False)
    assert read_stored_balance(ada_key) == -12
    assert_consistent_ledger()
    assert run_wallet_command(app, "audit").output == "The ledger is consistent.\n"


def test_a_command_adds_lines_of_an_older_release_to_the_balances(
    app: Flask, ada_key: RowKey, make_user: UserFactory
) -> None:
    bob_key = make_user("bob", "new york").key
    write_as_older_release(bob_key)
    write_as_older_release(ada_key, 600)  # more than one batch
    give_credit(ada_key, 7)
    assert run_wallet_command(app, "update-balances").exit_code == 0
    assert (read_stored_balance(ada_key), read_stored_balance(bob_key)) == (3007, 5)
    assert ledger.read_balances(ada_key) == {"EUR": 3007}
    assert run_wallet_command(app, "update-balances").output == "0 balances updated\n"
    assert_consistent_ledger()


def test_balances_stay_right_when_lines_are_added_to_them_at_the_same_time(
    app: Flask, ada_key: RowKey
) -> None:
    for _ in range(ROUNDS):
        write_as_older_release(ada_key, 4)
        results = run_together(app, update_balances, update_balances, partial(charge, ada_key, 20))
        assert not [result for result in results if isinstance(result, Exception)]
        assert ledger.read_balances(ada_key) == {"EUR": 0}
        assert_consistent_ledger()


def test_an_older_release_can_delete_an_account_that_has_a_balance(ada_key: RowKey) -> None:
    give_credit(ada_key, 10)
    charge(ada_key, 10)
    with db.engines["write"].begin() as connection:
        for model in (WalletLine, WalletEntry, Payment):
            rows = update(model).where(model.rider_id == ada_key.id)
            connection.execute(rows.values(rider_id=None))
        connection.execute(delete(User).where(User.id == ada_key.id))
    assert read_stored_balance(ada_key) == 0
    assert_consistent_ledger()


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_a_balance_is_read_without_the_lines_of_a_life(ada_key: RowKey) -> None:
    write_as_older_release(ada_key, 1_000)
    update_balances()
    vacuum("wallet_entries", "wallet_lines", "wallet_balances")
    for read in (
        partial(ledger.read_balances, ada_key),
        partial(is_in_debt, ada_key),
    ):
        assert explain_plan(read).most_rows <= 2


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_a_wallet_without_top_ups_is_shown_without_the_lines_of_a_life(ada_key: RowKey) -> None:
    write_as_older_release(ada_key, 1_000)
    update_balances()
    vacuum("wallet_entries", "wallet_lines", "wallet_balances", "payments")
    assert explain_plan(lambda: read_wallet(ada_key, None)).most_rows <= 100
    complete_top_up(ada_key)
    assert read_wallet(ada_key, None).payout_amounts == {"EUR": 1000}
