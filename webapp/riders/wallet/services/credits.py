"""Credit: money that is given away, as a promotion or an apology."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp import mail, money
from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.auth.services import staff
from webapp.db.transactions import run_transaction
from webapp.riders.wallet import ledger
from webapp.web.security_headers import public_url


@dataclass(frozen=True)
class Gift:
    """What is given; ``nonce`` is of the form, so that pressing its button twice gives once."""

    amount: int
    currency: str
    note: str
    nonce: UUID


def give(admin: User, user: User, gift: Gift) -> None:
    """Give credit to an account of the admin's cities, whose owner is told by mail.

    Raises NotFound, OnOneself.
    """

    def act(session: Session, _: staff.Cities, account: User) -> None:
        _write(session, account, gift)

    staff.act_on(admin, user.key, act, only_within=False)


def give_from_here(user: User, gift: Gift) -> None:
    """The same, for whoever may run commands."""
    run_transaction(lambda session: _write(session, user, gift), idempotent=True)


def _write(session: Session, user: User, gift: Gift) -> None:
    its_id = ledger.cause_id(user.id, f"credit {gift.nonce}")
    entry = ledger.credit(user.key, gift.amount, gift.currency, its_id, gift.note)
    if not session.execute(ledger.writing(entry)).all():
        return
    session.execute(
        audit_event_statement(
            AuditKind.CREDIT_GIVEN,
            region=user.region,
            subject=audit_subject("account", user.key),
            amount=gift.amount,
            currency=gift.currency,
        )
    )
    mail.send_after_commit(
        session,
        to=user.email,
        template="credit_given",
        name=user.first_name,
        amount=money.shown(gift.amount, gift.currency),
        note=gift.note,
        link=public_url("wallet.index"),
    )
