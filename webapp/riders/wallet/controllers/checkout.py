"""The page of the provider for development and tests: what riders see while they "pay"."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.riders.wallet.blueprint import bp
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.fake_provider import FakeProvider, close_checkout, find_checkout
from webapp.riders.wallet.forms import CheckoutForm
from webapp.riders.wallet.provider import current_provider
from webapp.riders.wallet.queries.payments import find_payment
from webapp.web.access import signed_in


@bp.route("/checkout/<uuid:payment_id>", methods=["GET", "POST"])
@signed_in
def checkout(payment_id: UUID) -> ResponseReturnValue:
    """A page that looks like one where people pay. Nothing is asked, and no money moves."""
    if not isinstance(current_provider(), FakeProvider):
        abort(404)
    find_payment(current_user.key, payment_id)
    found = find_checkout(payment_id)
    if found is None:  # decided: whoever comes here again learns how
        return redirect(url_for(".payment", payment_id=payment_id), 303)
    form = CheckoutForm()
    if form.validate_on_submit():
        close_checkout(payment_id, PaymentState.PAID if form.pay.data else PaymentState.FAILED)
        # The path alone: a site under test has not always the name that PUBLIC_URL says.
        return redirect(urlsplit(found.return_url).path, 303)
    return render_template("wallet/checkout.html", form=form, checkout=found)
