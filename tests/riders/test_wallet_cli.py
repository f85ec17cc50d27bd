"""The commands ``flask wallet``."""

import pytest
from flask import Flask

from tests.auth.steps import read_audit_events
from tests.job_steps import read_mails
from tests.riders.wallet_steps import charge, run_wallet_command
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_subject
from webapp.db.keys import RowKey

pytestmark = pytest.mark.usefixtures("empty_provider", "app_context")


def test_commands_give_credit_and_print_balances(app: Flask, ada_key: RowKey) -> None:
    assert run_wallet_command(app, "balance ada").output == "No entries yet.\n"
    assert run_wallet_command(app, "credit ada 2.50 eur").output == "ada has €2.50 more.\n"
    charge(ada_key, 300, "USD")
    assert run_wallet_command(app, "balance ada@example.org").output == "2.50 EUR\n-3.00 USD\n"
    (letter,) = read_mails(app)
    assert (letter.to, letter.subject) == (["ada@example.org"], "You received €2.50 credit")
    assert "Why:" not in letter.body
    (audit_event,) = read_audit_events(app, AuditKind.CREDIT_CHANGED)
    assert (audit_event.actor, audit_event.subject) == (None, audit_subject("account", ada_key))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("credit ada 0.555 EUR", "smallest"),
        ("credit ada two EUR", "Enter an amount like"),
        ("credit ada 0 EUR", "more than nothing"),
        ("credit ada 1 XXX", "no currency 'XXX'; say EUR or USD"),
        ("credit ada 1 JPY", "no currency"),
        ("credit nobody 1 EUR", "no account"),
        ("balance nobody", "no account"),
    ],
)
def test_commands_print_errors_in_one_line(
    app: Flask, ada_key: RowKey, command: str, words: str
) -> None:
    result = run_wallet_command(app, command)
    assert (result.exit_code, len(result.output.splitlines())) == (1, 1)
    assert words in result.output
