"""Reversing payouts: staff record that the bank has returned one."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import CTE, Select, literal, select

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import User
from webapp.auth.services.staff_accounts import OwnAccount
from webapp.db.inserts import insert
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.mail import mail_cte
from webapp.money import format_amount
from webapp.regions.models import City
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import OwnerLedgerEntry
from webapp.rides.earnings.queries.payouts import (
    OwnerPayoutDetails,
    entry_id_condition,
    is_reversed_condition,
    payout_condition,
    reversal_id_column,
)
from webapp.rides.earnings.services.booking import COLUMNS, add_to_month_cte, find_month
from webapp.translations import lazy_gettext as _l
from webapp.web.urls import public_url

#: The columns of a reversal.
REVERSAL_COLUMNS = (*COLUMNS, "reversed_entry_id")


class PayoutReversed(DomainError):
    message = _l("This payout is reversed already.")


def reverse_payout(staff: User, city: City, payout: OwnerPayoutDetails, reason: str) -> None:
    """Record that the bank has returned a payout in a city of a member of staff: the owner gets it
    back to the balance, and a mail. Sent again with the same reason, it changes nothing.

    Raises OwnAccount, PayoutReversed, NotFound.
    """
    if staff.id == payout.owner.id:
        raise OwnAccount
    if execute_write(reverse_payout_statement(city, payout, reason), idempotent=True):
        return
    entries = table(OwnerLedgerEntry)
    reversal_id = reversal_id_column(literal(payout.entry.id))
    query = select(entries.c.note).where(entry_id_condition(entries, reversal_id))
    with check_outcome():
        stored_reason = db.session.scalar(query)
    if stored_reason is None:
        raise NotFound
    if stored_reason != reason:
        raise PayoutReversed


def reverse_payout_statement(
    city: City, payout: OwnerPayoutDetails, reason: str
) -> Select[tuple[UUID]]:
    """Return the statement of ``reverse_payout``. No row: it is reversed, or there is no such
    payout any more."""
    owner_key = payout.owner.key
    reversal = _insert_reversal_cte(city, payout, reason)
    audit_event = account_event_statement(
        AuditKind.OWNER_PAYOUT_REVERSED,
        owner_key,
        after=reversal,
        region=city.region,
        city=city.name,
        why=reason,
        amount=payout.amount,
        currency=payout.entry.currency,
    )
    notice = mail_cte(
        "owner_payout_reversed",
        owner_key,
        region=city.region,
        after=reversal,
        amount=format_amount(payout.amount, payout.entry.currency),
        amount_minor=payout.amount,
        currency=payout.entry.currency,
        reference=payout.entry.note,
        reason=reason,
        link=public_url("rides.earnings.statement", city_name=city.name),
    )
    return select(reversal.c.id).add_cte(
        add_to_month_cte(reversal, literal(0)), as_cte(audit_event), notice
    )


def _insert_reversal_cte(city: City, payout: OwnerPayoutDetails, reason: str) -> CTE:
    """Return the part that stores the entry which gives the payout back. It has a row with the
    ``COLUMNS`` of the entry if it did."""
    entries, payouts = table(OwnerLedgerEntry), table(OwnerLedgerEntry).alias("payout")
    changed = {
        "region": city.region,
        "kind": OwnerLedgerEntryKind.PAYOUT_REVERSAL.value,
        "month": find_month(datetime.now(UTC), city.name),
        "note": reason,
    }
    row = {
        **{name: payouts.c[name] for name in REVERSAL_COLUMNS},
        "id": reversal_id_column(payouts.c.id),
        "amount": -payouts.c.amount,
        "reversed_entry_id": payouts.c.id,
        **{name: literal(value, entries.c[name].type) for name, value in changed.items()},
    }
    source = select(*row.values()).where(
        payout_condition(payouts, city, payout.owner.key.id, payout.entry.id),
        ~is_reversed_condition(payouts),
    )
    inserted = insert(entries).from_select(list(row), source).on_conflict_do_nothing()
    return inserted.returning(*(entries.c[name] for name in COLUMNS)).cte("payout_reversal")
