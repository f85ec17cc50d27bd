"""The words of the wallet."""

from flask_babel import lazy_gettext as _l

from webapp.riders.wallet.enums import EntryKind

KIND_LABELS = {
    EntryKind.RIDE: _l("Ride"),
    EntryKind.HOLD: _l("Longer reservation"),
    EntryKind.TOP_UP: _l("Paid in"),
    EntryKind.PAYOUT: _l("Paid out"),
    EntryKind.REFUND: _l("Refund for a ride"),
    EntryKind.CREDIT: _l("Credit from us"),
}
