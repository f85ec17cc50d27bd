"""Sections of the personal data export: ledger entries and payments."""

from webapp.personal_data import ExportSection, rows_with_key
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine
from webapp.translations import lazy_gettext as _l

EXPORT_SECTIONS = [
    ExportSection(
        name="wallet",
        label=_l("Charges and payments in your wallet"),
        model=WalletEntry,
        columns=("id", "kind", "currency", "ride_id", "note", "at"),
        conditions=rows_with_key(WalletEntry, id="rider_id"),
        order=("at", "id"),
    ),
    ExportSection(
        name="wallet-amounts",
        label=_l("Amounts of these entries, in minor units"),
        model=WalletLine,
        columns=("entry_id", "account", "currency", "amount"),
        conditions=rows_with_key(WalletLine, id="rider_id"),
        order=("currency", "entry_id", "account"),
    ),
    ExportSection(
        name="payments",
        label=_l("Your top-ups"),
        model=Payment,
        columns=(
            "id", "currency", "amount", "state", "provider", "reference", "paid_back",
            "created_at", "settled_at",
        ),
        conditions=rows_with_key(Payment, id="rider_id"),
        order=("created_at", "id"),
    ),
]  # fmt: skip
