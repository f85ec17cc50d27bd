"""Credit: money that is given away, as a promotion or an apology."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import CTE, select
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.auth.models import User, is_account_open_condition
from webapp.auth.services.staff_accounts import CityNames, act_on_account
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound, check_form_values
from webapp.mail import mail_cte
from webapp.money import format_amount
from webapp.riders.wallet.entries import credit_entry, derive_entry_id
from webapp.riders.wallet.enums import LedgerAccount
from webapp.riders.wallet.ledger import entry_statement
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.riders.wallet.queries.own_money import own_money_query
from webapp.translations import lazy_gettext as _l
from webapp.web.urls import public_url


class BalanceTooSmall(DomainError):
    """Credit is taken that was not given, or that is used."""

    field = "amount"
    message = _l("There is less credit in the wallet. Take at most what is left of it.")


@dataclass(frozen=True)
class Credit:
    """Credit to give, or to take away. amount: minor units; negative: it is taken. nonce: from the
    form, so that two clicks give once."""

    amount: int
    currency: str
    note: str
    nonce: UUID


def give_credit(admin: User, user: User, credit: Credit) -> None:
    """Give credit to an account of the admin's cities, or take some away, and mail its owner.

    Raises NotFound, OwnAccount, BalanceTooSmall, FormReused.
    """

    def act(session: Session, _: CityNames, account: User) -> None:
        _write_credit(session, account, credit)

    act_on_account(admin, user.key, act, must_cover_roles=False)


def give_credit_as_operator(user: User, credit: Credit) -> None:
    """Give credit to any account from the command line, and mail its owner.

    Raises NotFound if the account has just been deleted or moved.
    """

    def work(session: Session) -> None:
        if not session.scalar(select(is_account_open_condition(user.key))):
            raise NotFound
        _write_credit(session, user, credit)

    run_transaction(work, idempotent=True)


def _write_credit(session: Session, user: User, credit: Credit) -> None:
    entry_id = derive_entry_id(user.id, f"credit {credit.nonce}")
    entry = credit_entry(user.key, entry_id, credit.currency, credit.amount, credit.note)
    enough = _enough_cte(user.key, credit) if credit.amount < 0 else None
    if not session.execute(entry_statement(entry, enough)).all():
        _check_written(session, RowKey(user.region, entry_id), credit)
        return
    audit_event = account_event_statement(
        AuditKind.CREDIT_CHANGED,
        user.key,
        region=user.region,
        city=user.city,
        why=credit.note,
        amount=credit.amount,
        currency=credit.currency,
    )
    notice = mail_cte(
        "credit_given" if credit.amount > 0 else "credit_taken",
        user.recipient,
        region=user.region,
        amount=format_amount(abs(credit.amount), credit.currency),
        amount_minor=abs(credit.amount),
        currency=credit.currency,
        note=credit.note,
        link=public_url("riders.wallet.overview.index"),
    )
    session.execute(audit_event.add_cte(notice))


def _enough_cte(user_key: RowKey, credit: Credit) -> CTE:
    """Return the part of a statement that has a row if as much credit as is taken was given and is
    not used: the rider's own money stays."""
    wallet = own_money_query(user_key).subquery("wallet").c
    return (
        select(wallet.currency)
        .where(wallet.currency == credit.currency)
        .where(wallet.balance - wallet.own_money >= -credit.amount)
        .cte("enough")
    )


def _check_written(session: Session, entry_key: RowKey, credit: Credit) -> None:
    """Raise BalanceTooSmall or FormReused unless the entry is there already: the form was sent
    twice."""
    entries, lines = table(WalletEntry).c, table(WalletLine).c
    query = (
        select(lines.amount, entries.currency, entries.note)
        .where(lines.region == entries.region, lines.entry_id == entries.id)
        .where(key_condition(table(WalletEntry), entry_key))
        .where(lines.account == LedgerAccount.RIDER.value)
    )
    stored = session.execute(query).one_or_none()
    if stored is None:
        raise BalanceTooSmall
    sent = {"amount": credit.amount, "currency": credit.currency, "note": credit.note}
    check_form_values(stored, sent)
