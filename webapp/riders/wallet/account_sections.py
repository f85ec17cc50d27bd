"""What staff see on the page of an account: what is in its wallet, and the newest entries."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, and_, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from webapp.account_sections import ROWS_SHOWN, AccountSection, SectionLink, SectionRow
from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.money import format_amount
from webapp.regions.models import City
from webapp.riders.wallet.enums import LedgerAccount
from webapp.riders.wallet.labels import ENTRY_KIND_LABELS
from webapp.riders.wallet.ledger import balances_query
from webapp.riders.wallet.models import WalletEntry, WalletLine
from webapp.templating import add_colon, local_time
from webapp.translations import find_label
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Of a balance, instead of a time: it comes first.
BALANCE = "balance"


def _wallet_query(user_key: RowKey, cities: Collection[str] | None) -> Select[tuple[Any]]:
    """Money has no city: it is shown to those who have the permission in the home city."""
    balances = balances_query(user_key).subquery("balances").c
    balance = select(
        func.jsonb_build_array(
            literal(BALANCE, String), literal("", String), balances.currency, balances.amount
        ).label("row")
    )
    entries = _entries_query(user_key).limit(ROWS_SHOWN - 1).subquery("newest_entries")
    rows = union_all(balance, select(entries.c.row)).subquery("wallet_rows")
    query = select(rows.c.row).order_by(cast(rows.c.row, JSONB)[0].astext.desc())
    if cities is None:
        return query
    users = table(User)
    is_visible = select(users.c.id).where(
        key_condition(users, user_key), users.c.city.in_(sorted(cities))
    )
    return query.where(is_visible.exists())


def _entries_query(user_key: RowKey) -> Select[tuple[Any]]:
    entries, lines = table(WalletEntry), table(WalletLine)
    e, is_riders_line = (
        entries.c,
        and_(
            lines.c.region == entries.c.region,
            lines.c.entry_id == entries.c.id,
            lines.c.account == LedgerAccount.RIDER.value,
        ),
    )
    row = func.jsonb_build_array(e.at, e.kind, e.currency, lines.c.amount, e.note).label("row")
    return (
        select(row)
        .join_from(entries, lines, is_riders_line)
        .where(key_condition(entries, user_key, id="rider_id"))
        .order_by(e.at.desc(), e.id.desc())
    )


def _describe(
    city: City | None, at: str, kind: str, currency: str, amount: int, note: str = ""
) -> SectionRow:
    sum_ = format_amount(amount, currency)
    if at == BALANCE:
        return SectionRow(_("Balance: %(sum)s", sum=sum_))
    time = local_time(datetime.fromisoformat(at), city)
    label = find_label(ENTRY_KIND_LABELS, kind)
    subtitle = time + (f" · {note}" if note else "")
    return SectionRow(f"{add_colon(label)} {sum_}", subtitle)


ACCOUNT_SECTION = AccountSection(
    "wallet",
    _l("Wallet"),
    Permission.VIEW_LEDGER,
    _wallet_query,
    _describe,
    position=20,
    links=(
        SectionLink(
            _l("Give or take credit"),
            "riders.wallet.credits.give",
            Permission.GIVE_CREDIT,
            is_for_others=True,
        ),
    ),
)
