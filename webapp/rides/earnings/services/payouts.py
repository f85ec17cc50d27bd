"""Paying owners: staff record what they have paid by bank transfer."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, literal, select

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import User
from webapp.auth.services.staff_accounts import OwnAccount
from webapp.db.inserts import insert
from webapp.db.keys import RowKey
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, check_form_values
from webapp.extensions import db
from webapp.mail import mail_cte
from webapp.money import format_amount
from webapp.regions.data_regions import list_data_regions
from webapp.regions.models import City
from webapp.riders.wallet.entries import derive_entry_id
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import OwnerLedgerEntry
from webapp.rides.earnings.queries.payouts import entry_id_condition
from webapp.rides.earnings.queries.sums import balance_query
from webapp.rides.earnings.services.booking import COLUMNS, add_to_month_cte, find_month
from webapp.translations import lazy_gettext as _l
from webapp.web.urls import public_url


class PayoutTooLarge(DomainError):
    """The payout is larger than the balance, as of now."""

    field = "amount"
    message = _l("This is more than the balance. Enter the balance or less.")


@dataclass(frozen=True)
class OwnerPayout:
    """What was paid. amount: minor units. nonce: from the form, so that two clicks record once."""

    amount: int
    #: How the bank's statement names it.
    reference: str
    nonce: UUID


def record_payout(staff: User, city: City, owner_key: RowKey, payout: OwnerPayout) -> None:
    """Record a payout in a city of a member of staff, and mail the owner; the same form again
    changes nothing.

    owner_key: of an owner who has or had a share in the city.

    Raises OwnAccount, PayoutTooLarge, FormReused.
    """
    if staff.id == owner_key.id:
        raise OwnAccount
    entry_id = derive_entry_id(owner_key.id, f"payout {payout.nonce}")
    statement = record_payout_statement(city, owner_key, payout, entry_id)
    if execute_write(statement, idempotent=True):
        return
    entries = table(OwnerLedgerEntry)
    query = select(entries).where(entry_id_condition(entries, entry_id))
    with check_outcome():
        stored = db.session.execute(query).first()
    if stored is None:
        raise PayoutTooLarge
    sent = {"city": city.name, "amount": -payout.amount, "note": payout.reference}
    check_form_values(stored, sent)


def _is_recorded_condition(entry_id: UUID) -> ColumnElement[bool]:
    """Return whether the payout is recorded, also where its city was before it moved."""
    return exists().where(entry_id_condition(table(OwnerLedgerEntry).alias("recorded"), entry_id))


def record_payout_statement(
    city: City, owner_key: RowKey, payout: OwnerPayout, entry_id: UUID
) -> Select[tuple[UUID]]:
    """Return the statement of ``record_payout``. No row: the balance is smaller, or it is recorded
    already."""
    entries = table(OwnerLedgerEntry)
    values = {
        "region": city.region,
        "id": entry_id,
        "city": city.name,
        "owner_id": owner_key.id,
        "kind": OwnerLedgerEntryKind.PAYOUT.value,
        "currency": city.currency,
        "amount": -payout.amount,
        "month": find_month(datetime.now(UTC), city.name),
        "note": payout.reference,
    }
    row = [literal(values.get(name), entries.c[name].type) for name in COLUMNS]
    balance = balance_query(city.name, owner_key.id, list_data_regions())
    source = select(*row).where(balance >= payout.amount, ~_is_recorded_condition(entry_id))
    inserted = insert(entries).from_select(list(COLUMNS), source).on_conflict_do_nothing()
    paid = inserted.returning(*(entries.c[name] for name in COLUMNS)).cte("payout")
    audit_event = account_event_statement(
        AuditKind.OWNER_PAID,
        owner_key,
        after=paid,
        region=city.region,
        city=city.name,
        amount=payout.amount,
        currency=city.currency,
    )
    notice = mail_cte(
        "owner_paid",
        owner_key,
        region=city.region,
        after=paid,
        amount=format_amount(payout.amount, city.currency),
        amount_minor=payout.amount,
        currency=city.currency,
        reference=payout.reference,
        link=public_url("rides.earnings.index"),
    )
    return select(paid.c.id).add_cte(
        add_to_month_cte(paid, literal(0)), as_cte(audit_event), notice
    )
