"""What the wallet holds about a person."""

from typing import Any

from flask_babel import lazy_gettext as _l

from webapp.db.keys import RowKey
from webapp.riders.personal_data import Conditions, Holding
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine


def _of_rider(model: Any) -> Any:
    def where(person: RowKey) -> list[Conditions]:
        return [[model.region == person.region, model.rider_id == person.id]]

    return where


HELD = [
    Holding(
        "wallet",
        _l("What moved money in your wallet"),
        WalletEntry,
        ("id", "kind", "currency", "ride_id", "note", "at"),
        _of_rider(WalletEntry),
        ("at", "id"),
    ),
    Holding(
        "wallet-amounts",
        _l("How much that was, in cents and the like"),
        WalletLine,
        ("entry_id", "account", "currency", "amount"),
        _of_rider(WalletLine),
        ("currency", "entry_id", "account"),
    ),
    Holding(
        "payments",
        _l("What you paid in"),
        Payment,
        (
            "id", "currency", "amount", "state", "provider", "reference", "paid_back",
            "created_at", "settled_at",
        ),
        _of_rider(Payment),
        ("created_at", "id"),
    ),
]  # fmt: skip
