"""What is in a rider's wallet, and its entries as a file."""

from collections.abc import Iterator
from decimal import Decimal

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.money import format_plain_amount
from webapp.regions.catalogue import catalogue
from webapp.riders.wallet.forms import suggest_top_up
from webapp.riders.wallet.labels import ENTRY_KIND_LABELS
from webapp.riders.wallet.provider import is_payment_offered
from webapp.riders.wallet.queries.overview import read_wallet, stream_entries
from webapp.translations import find_label
from webapp.web.access import signed_in
from webapp.web.responses import as_csv, attachment

bp = Blueprint("overview", __name__)

CSV_COLUMNS = ("at", "what", "amount", "currency", "ride", "note")


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """Show a rider's balances, debts and entries."""
    wallet = read_wallet(current_user.key, read_time_cursor(request.args.get("after")))
    return render_template(
        "riders/wallet/index.html",
        wallet=wallet,
        city=catalogue().find(current_user.city),
        can_pay=is_payment_offered(),
        suggested_top_ups={
            currency: suggest_top_up(-amount, currency)
            for currency, amount in wallet.balances.items()
            if amount < 0
        },
        entry_labels=ENTRY_KIND_LABELS,
        format_plain_amount=format_plain_amount,
    )


@bp.get("/entries.csv")
@signed_in
def entries_csv() -> ResponseReturnValue:
    """Download all of a rider's entries."""
    rows = _list_csv_rows(current_user.key)
    return attachment(as_csv(CSV_COLUMNS, rows), "movr-wallet.csv", "text/csv")


def _list_csv_rows(rider_key: RowKey) -> Iterator[dict[str, object]]:
    for entry in stream_entries(rider_key):
        yield {
            "at": entry.at,
            "what": find_label(ENTRY_KIND_LABELS, entry.kind),
            "amount": Decimal(format_plain_amount(entry.amount, entry.currency)),
            "currency": entry.currency,
            "ride": entry.ride_id,
            "note": entry.note,
        }
