"""Top-ups: no money is lost and no entry is written twice, whatever fails."""

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

import config
from tests.auth.steps import age_rows, read_audit_events
from tests.factories import UserFactory
from tests.job_steps import run_jobs
from tests.production import PRODUCTION_SETTINGS
from tests.riders.wallet_steps import (
    complete_top_up,
    load_payment,
    payment_states,
    run_wallet_command,
    start_top_up,
    use_unreliable_provider,
)
from webapp import create_app
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_subject
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.riders.notifications.models import Notification
from webapp.riders.wallet import ledger
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.fake_provider.checkouts import close_checkout
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import (
    PROVIDER,
    DisabledProvider,
    NoProvider,
    ProviderUnavailable,
)
from webapp.riders.wallet.queries import payments as payment_queries
from webapp.riders.wallet.queries.payments import find_payment
from webapp.riders.wallet.services import payments

pytestmark = pytest.mark.usefixtures("empty_provider", "app_context")


# --- top-ups -----------------------------------------------------------------------------------


def test_a_paid_top_up_has_a_ledger_entry_and_an_audit_event(app: Flask, ada_key: RowKey) -> None:
    complete_top_up(ada_key, 1000)
    assert ledger.read_balances(ada_key) == {"EUR": 1000}
    assert payment_states(ada_key) == [("paid", 0)]
    (audit_event,) = read_audit_events(app, AuditKind.TOPPED_UP)
    assert (audit_event.actor, audit_event.subject) == (ada_key, audit_subject("account", ada_key))
    assert audit_event.details == {"amount": 1000, "currency": "EUR"}


def test_settling_a_payment_again_changes_nothing(app: Flask, ada_key: RowKey) -> None:
    before = load_payment(ada_key, start_top_up(ada_key))
    close_checkout(before.id, PaymentState.PAID)
    assert [payments.settle_payment(before) for _ in range(3)] == ["paid"] * 3
    assert payments.settle_payment(load_payment(ada_key, before.id)) == "paid"
    assert ledger.read_balances(ada_key) == {"EUR": 1000}
    assert len(read_audit_events(app, AuditKind.TOPPED_UP)) == 1


def test_a_failed_payment_has_no_ledger_entry(app: Flask, ada_key: RowKey) -> None:
    id_ = start_top_up(ada_key)
    assert payments.settle_payment(load_payment(ada_key, id_)) == "begun"
    close_checkout(id_, PaymentState.FAILED)
    assert payments.settle_payment(load_payment(ada_key, id_)) == "failed"
    assert (ledger.read_balances(ada_key), payment_states(ada_key), read_audit_events(app)) == (
        {},
        [("failed", 0)],
        [],
    )
    run_jobs(app)
    query = select(Notification.kind, Notification.facts)
    assert [tuple(each) for each in db.session.execute(query)] == [
        ("payment_failed", {"amount_minor": 1000, "currency": "EUR"})
    ]


def test_the_final_state_of_a_checkout_never_changes() -> None:
    id_ = uuid4()
    assert close_checkout(id_, PaymentState.FAILED) == "failed"
    assert close_checkout(id_, PaymentState.PAID) == "failed"


def test_the_payment_of_another_rider_is_not_found(ada_key: RowKey, make_user: UserFactory) -> None:
    with pytest.raises(NotFound):
        find_payment(make_user("bob", "paris").key, start_top_up(ada_key))


def test_a_deleted_account_cannot_start_a_payment(ada_key: RowKey) -> None:
    with pytest.raises(NotFound):
        start_top_up(RowKey(ada_key.region, uuid4()))


# --- failures ---------------------------------------------------------------------------


def test_the_command_settles_payments_of_riders_who_did_not_return(
    app: Flask, ada_key: RowKey
) -> None:
    """The rider closes the browser, or the server stops between provider and database."""
    close_checkout(start_top_up(ada_key), PaymentState.PAID)
    assert run_wallet_command(app, "settle").output == "1 paid, 0 failed, 0 pending, 0 paid out\n"
    assert ledger.read_balances(ada_key) == {"EUR": 1000}
    assert run_wallet_command(app, "settle").output == "0 paid, 0 failed, 0 pending, 0 paid out\n"
    assert [each.actor for each in read_audit_events(app, AuditKind.TOPPED_UP)] == [ada_key]


def test_a_payment_unknown_to_the_provider_is_pending_and_then_expires(
    app: Flask, ada_key: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_unreliable_provider(app, monkeypatch).fails = "before"
    with pytest.raises(ProviderUnavailable):
        start_top_up(ada_key)
    monkeypatch.undo()
    assert run_wallet_command(app, "settle").output == "0 paid, 0 failed, 1 pending, 0 paid out\n"
    age_rows(app, Payment, "created_at", timedelta(hours=2))
    assert run_wallet_command(app, "settle").output == "0 paid, 1 failed, 0 pending, 0 paid out\n"
    assert ledger.read_balances(ada_key) == {}


@pytest.mark.parametrize("fails", ["before", "after"])
def test_payments_stay_pending_while_the_provider_is_unavailable(
    app: Flask, ada_key: RowKey, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    id_ = start_top_up(ada_key)
    close_checkout(id_, PaymentState.PAID)
    provider = use_unreliable_provider(app, monkeypatch)
    provider.fails = fails
    with pytest.raises(ProviderUnavailable):
        payments.settle_payment(load_payment(ada_key, id_))
    result = run_wallet_command(app, "settle")
    assert (result.exit_code, result.output) == (
        1,
        "Error: The provider does not answer. Try again later.\n",
    )
    assert payment_states(ada_key) == [("begun", 0)]
    provider.fails = ""
    assert run_wallet_command(app, "settle").exit_code == 0
    assert ledger.read_balances(ada_key) == {"EUR": 1000}


def test_pending_payments_are_read_in_batches_from_every_region(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment_queries, "BATCH", 2)
    for city in ("paris", "seattle", "paris", "boston", "paris", "paris", "paris"):
        start_top_up(make_user(city=city).key)
    assert run_wallet_command(app, "settle").output == "0 paid, 0 failed, 7 pending, 0 paid out\n"


def test_payments_of_another_provider_are_not_settled(app: Flask, ada_key: RowKey) -> None:
    start_top_up(ada_key)
    with db.engines["write"].begin() as connection:
        connection.execute(update(Payment).values(provider="other"))
    assert run_wallet_command(app, "settle").output == "0 paid, 0 failed, 0 pending, 0 paid out\n"


def test_without_a_provider_no_payment_starts(
    app: Flask, ada_key: RowKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, PROVIDER, DisabledProvider())
    with pytest.raises(NoProvider):
        start_top_up(ada_key)
    assert payment_states(ada_key) == []


def test_production_has_no_provider_by_default_and_refuses_the_fake_one() -> None:
    assert create_app(config.Production, **PRODUCTION_SETTINGS).extensions[PROVIDER].name == ""
    with pytest.raises(config.ConfigurationError, match="PAYMENT_PROVIDER"):
        create_app(config.Production, **PRODUCTION_SETTINGS, PAYMENT_PROVIDER="test")
