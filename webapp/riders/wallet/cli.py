"""The wallet from the command line."""

from collections import Counter
from uuid import uuid4

import click
from flask.cli import AppGroup
from sqlalchemy import Connection

from webapp import money
from webapp.auth.models import User
from webapp.auth.services import registration as accounts
from webapp.cli import plain_errors
from webapp.hooks import LedgerCheck, get_hooks
from webapp.regions.catalogue import catalogue
from webapp.riders.wallet.ledger import read_balances
from webapp.riders.wallet.provider import ProviderUnavailable
from webapp.riders.wallet.queries.payments import stream_pending_payments
from webapp.riders.wallet.services import credits, payments, payouts

#: How many rows a finding names.
EXAMPLES = 3

commands = AppGroup("wallet", help="What riders have paid in and used.")


def _find(name: str) -> User:
    found = accounts.find_user(name)
    if found is None:
        raise accounts.UnknownUser
    return found


@commands.command("balance")
@click.argument("user")
@plain_errors
def balance(user: str) -> None:
    """Print what USER (a username or e-mail address) has; below nought is owed."""
    found = read_balances(_find(user).key)
    for currency, amount in found.items():
        click.echo(f"{money.plain(amount, currency)} {currency}")
    if not found:
        click.echo("Nothing has moved yet.")


@commands.command("credit")
@click.argument("user")
@click.argument("amount")
@click.argument("currency")
@click.option("--note", default="", help="Why; the rider reads it.")
@plain_errors
def credit(user: str, amount: str, currency: str, note: str) -> None:
    """Give USER credit: flask wallet credit ada 2.50 EUR --note "Sorry for the flat tyre".

    The rider gets a mail.
    """
    currency, account = currency.upper(), _find(user)
    given = _minor(amount, currency)
    credits.give_credit_as_operator(account, credits.Credit(given, currency, note, uuid4()))
    click.echo(f"{account.username} has {money.shown(given, currency)} more.")


def _minor(amount: str, currency: str) -> int:
    known = sorted({city.currency for city in catalogue().all()})
    if currency not in known:
        raise click.ClickException(f"There is no currency '{currency}'; say {' or '.join(known)}.")
    try:
        given = money.minor(amount, currency)
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None
    if given <= 0:
        raise click.ClickException("Credit is more than nothing.")
    return given


@commands.command("settle")
@plain_errors
def settle() -> None:
    """Ask the provider what became of payments that never came back, and finish what goes back.

    For every hour, or more often; once more does no harm.
    """
    became: Counter[str] = Counter()
    for payment in stream_pending_payments():
        try:
            if payment.is_payout_pending:
                payouts.send_payout(payment)
                became["went back"] += 1
            else:
                became[payments.settle_payment(payment)] += 1
        except ProviderUnavailable:
            raise click.ClickException("The provider does not answer. Try again later.") from None
    click.echo(
        f"{became['paid']} paid, {became['failed']} failed, {became['begun']} open,"
        f" {became['went back']} went back"
    )


@commands.command("audit")
@plain_errors
def audit_books() -> None:
    """Check the books of all regions; exit code 1 if they do not hold."""
    from webapp.regions.placement import maintenance_engine

    with maintenance_engine().connect() as connection:
        wrong = [check for check in get_hooks().ledger_checks if _report(connection, check)]
    if wrong:
        raise click.ClickException("The books do not hold.")
    click.echo("The books hold.")


def _report(connection: Connection, check: LedgerCheck) -> bool:
    """Print what the check finds; return whether it finds anything."""
    found = connection.execute(check.query).all()
    examples = [".".join(map(str, row)) for row in found[:EXAMPLES]]
    if found:
        more = ", ..." if len(found) > EXAMPLES else ""
        click.echo(f"{len(found)} {check.problem}: {', '.join(examples)}{more}")
    return bool(found)
