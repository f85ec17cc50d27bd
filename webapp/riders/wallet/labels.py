"""What people read for each kind of ledger entry."""

from webapp.riders.wallet.enums import EntryKind
from webapp.translations import lazy_gettext as _l

ENTRY_KIND_LABELS = {
    EntryKind.RIDE: _l("Ride"),
    EntryKind.RESERVATION: _l("Reservation extended"),
    EntryKind.TOP_UP: _l("Top-up"),
    EntryKind.PAYOUT: _l("Payout"),
    EntryKind.REFUND: _l("Refund"),
    EntryKind.CREDIT: _l("Credit from MovR"),
}
