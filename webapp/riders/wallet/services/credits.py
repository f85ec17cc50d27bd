"""Credit: money that is given away, as a promotion or an apology."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement
from webapp.auth.models import User, is_account_open_condition
from webapp.auth.services.staff_accounts import CityNames, act_on_account
from webapp.db.transactions import run_transaction
from webapp.errors import NotFound
from webapp.mail import mail_cte
from webapp.money import format_amount
from webapp.riders.wallet.entries import credit_entry, derive_entry_id
from webapp.riders.wallet.ledger import entry_statement
from webapp.web.urls import public_url


@dataclass(frozen=True)
class Credit:
    """Credit to give. amount: minor units. nonce: from the form, so that two clicks give once."""

    amount: int
    currency: str
    note: str
    nonce: UUID


def give_credit(admin: User, user: User, credit: Credit) -> None:
    """Give credit to an account of the admin's cities, and mail its owner.

    Raises NotFound, OwnAccount.
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
    if not session.execute(entry_statement(entry)).all():
        return
    audit_event = account_event_statement(
        AuditKind.CREDIT_GIVEN,
        user.key,
        region=user.region,
        city=user.city,
        amount=credit.amount,
        currency=credit.currency,
    )
    notice = mail_cte(
        "credit_given",
        user.recipient,
        region=user.region,
        amount=format_amount(credit.amount, credit.currency),
        note=credit.note,
        link=public_url("riders.wallet.overview.index"),
    )
    session.execute(audit_event.add_cte(notice))
