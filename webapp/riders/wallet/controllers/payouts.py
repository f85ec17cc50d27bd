"""Paying out what a rider paid in and did not use."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.forms import add_refusal, render_form
from webapp.riders.wallet.forms import PayoutForm
from webapp.riders.wallet.provider import ProviderUnavailable
from webapp.riders.wallet.queries.payments import read_payout_amounts
from webapp.riders.wallet.services.payouts import NothingToPayOut, record_payout, send_payouts
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, signed_in

bp = Blueprint("payouts", __name__, url_prefix="/pay-out")


@bp.route("", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def pay_out() -> ResponseReturnValue:
    """Show what can be paid out, and pay it out to where it came from."""
    form, rider_key = PayoutForm(), current_user.key
    if form.nonce.process_errors:
        abort(400)
    if form.validate_on_submit():
        try:
            record_payout(rider_key, form.currency.data or "", form.nonce.data)
        except NothingToPayOut as refusal:
            add_refusal(form, refusal)
        else:
            return _send_payouts(rider_key)
    amounts = read_payout_amounts(rider_key)
    return render_form("riders/wallet/payout.html", form, payout_amounts=amounts)


def _send_payouts(rider_key: RowKey) -> ResponseReturnValue:
    try:
        send_payouts(rider_key)
    except ProviderUnavailable:
        flash(
            _("Your payout is booked. It is sent as soon as the payment service responds."), "info"
        )
    else:
        flash(_("Your payout is on its way to the card or account you paid from."), "success")
    return redirect(url_for("riders.wallet.overview.index"), 303)
