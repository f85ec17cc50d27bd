"""``flask wallet``: balances, credit, settlement of payments, and checks of the ledger."""

from uuid import uuid4

import click
from flask.cli import AppGroup

from webapp.auth.services.users import get_user
from webapp.cli import check_line, report_errors
from webapp.money import format_amount, format_plain_amount, parse_amount
from webapp.regions.catalogue import catalogue
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.ledger import read_balances
from webapp.riders.wallet.provider import ProviderUnavailable
from webapp.riders.wallet.services.balances import update_balances
from webapp.riders.wallet.services.credits import Credit, give_credit_as_operator
from webapp.riders.wallet.services.ledger_audit import check_ledger
from webapp.riders.wallet.services.settlement import settle_all

commands = AppGroup("wallet", help="Balances, credit, payments and the ledger.")


@commands.command("balance")
@click.argument("user")
@report_errors
def print_balances(user: str) -> None:
    """Print the balances of USER (a username or e-mail address); negative: the rider owes it."""
    balances = read_balances(get_user(user).key)
    for currency, amount in balances.items():
        click.echo(f"{format_plain_amount(amount, currency)} {currency}")
    if not balances:
        click.echo("No entries yet.")


@commands.command("credit")
@click.argument("user")
@click.argument("amount")
@click.argument("currency")
@click.option("--note", default="", callback=check_line, help="Why; the rider reads it.")
@report_errors
def give_credit(user: str, amount: str, currency: str, note: str) -> None:
    """Give USER credit: flask wallet credit ada 2.50 EUR --note "Sorry for the flat tyre".

    The rider gets a mail.
    """
    account, currency = get_user(user), currency.upper()
    credit = Credit(_parse_amount(amount, currency), currency, note, uuid4())
    give_credit_as_operator(account, credit)
    click.echo(f"{account.username} has {format_amount(credit.amount, currency)} more.")


def _parse_amount(amount: str, currency: str) -> int:
    """Return a positive amount in minor units; raises ClickException."""
    currencies = sorted({city.currency for city in catalogue().all()})
    if currency not in currencies:
        raise click.ClickException(
            f"There is no currency '{currency}'; say {' or '.join(currencies)}."
        )
    try:
        minor_units = parse_amount(amount, currency)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if minor_units <= 0:
        raise click.ClickException("Credit is more than nothing.")
    return minor_units


@commands.command("settle")
@report_errors
def settle() -> None:
    """Settle pending top-ups as the provider says, and send pending payouts.

    Workers do it every quarter of an hour. It is safe to repeat.
    """
    try:
        result = settle_all()
    except ProviderUnavailable:
        raise click.ClickException("The provider does not answer. Try again later.") from None
    states = result.states
    click.echo(
        f"{states[PaymentState.PAID]} paid, {states[PaymentState.FAILED]} failed,"
        f" {states[PaymentState.PENDING]} pending, {result.payouts} paid out"
    )


@commands.command("update-balances")
@report_errors
def print_updated_balances() -> None:
    """Add ledger lines of an older release to the stored balances.

    Balances are right before, but slower to read. Run it once no server of the older release runs
    any more. It is safe to repeat.
    """
    click.echo(f"{update_balances()} balances updated")


@commands.command("audit")
@report_errors
def audit_ledger() -> None:
    """Check the ledger of all regions; exit code 1 if a check fails."""
    findings = check_ledger()
    for finding in findings:
        click.echo(finding)
    if findings:
        raise click.ClickException("The ledger is not consistent.")
    click.echo("The ledger is consistent.")
