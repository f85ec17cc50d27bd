"""What people read for each kind of ledger entry."""

from flask_babel import lazy_gettext as _l

from webapp.riders.wallet.enums import EntryKind

ENTRY_KIND_LABELS = {
    EntryKind.RIDE: _l("Ride"),
    EntryKind.RESERVATION: _l("Longer reservation"),
    EntryKind.TOP_UP: _l("Paid in"),
    EntryKind.PAYOUT: _l("Paid out"),
    EntryKind.REFUND: _l("Refund for a ride"),
    EntryKind.CREDIT: _l("Credit from us"),
}
