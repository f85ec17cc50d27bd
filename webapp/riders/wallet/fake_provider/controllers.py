"""The page of the fake payment provider."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.fake_provider.checkouts import FakeProvider, close_checkout, find_checkout
from webapp.riders.wallet.fake_provider.forms import CheckoutForm
from webapp.riders.wallet.provider import current_provider
from webapp.riders.wallet.queries.payments import find_payment
from webapp.web.access import signed_in

bp = Blueprint("checkout", __name__, url_prefix="/checkout")


@bp.route("/<uuid:payment_id>", methods=["GET", "POST"])
@signed_in
def pay(payment_id: UUID) -> ResponseReturnValue:
    """Let the rider choose to pay or to cancel. No card is asked for, and no money moves."""
    if not isinstance(current_provider(), FakeProvider):
        abort(404)
    find_payment(current_user.key, payment_id)  # 404 for the payment of another rider
    checkout = find_checkout(payment_id)
    if checkout is None:
        return redirect(url_for("riders.wallet.top_ups.finish", payment_id=payment_id), 303)
    form = CheckoutForm()
    if form.validate_on_submit():
        close_checkout(payment_id, PaymentState.PAID if form.pay.data else PaymentState.FAILED)
        # The path alone: under test the host may differ from that in PUBLIC_URL.
        return redirect(urlsplit(checkout.return_url).path, 303)
    return render_template("riders/wallet/fake_checkout.html", form=form, checkout=checkout)
