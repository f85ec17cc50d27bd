"""Topping up: a rider enters an amount, pays at the payment provider, and comes back."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.money import format_amount
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.forms import TopUpForm, suggest_top_up
from webapp.riders.wallet.provider import current_provider
from webapp.riders.wallet.queries.payments import find_payment, read_debts
from webapp.riders.wallet.services.payments import TopUp, settle_payment, start_payment
from webapp.translations import gettext as _
from webapp.web.access import signed_in
from webapp.web.urls import public_url

bp = Blueprint("top_ups", __name__, url_prefix="/top-up")


@bp.route("", methods=["GET", "POST"])
@signed_in
def start() -> ResponseReturnValue:
    """Ask for an amount, then send the rider to the provider."""
    debts = read_debts(current_user)
    currency = request.values.get("currency") or next(iter(debts), "")
    if currency not in debts:
        abort(404)
    form = TopUpForm(currency=currency)
    if form.validate_on_submit():
        top_up = TopUp(form.amount.data, currency)
        try:
            return redirect(start_payment(current_user.key, top_up, return_url), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    if request.method == "GET" and debts[currency]:
        form.amount.data = suggest_top_up(debts[currency], currency)
    return render_form("riders/wallet/top_up.html", form, currency=currency, debts=debts)


def return_url(payment_id: UUID) -> str:
    """Return where the provider sends the rider who has paid."""
    return public_url("riders.wallet.top_ups.finish", payment_id=payment_id)


@bp.get("/<uuid:payment_id>")
@signed_in
def finish(payment_id: UUID) -> ResponseReturnValue:
    """Settle the payment of a rider who comes back from the provider.

    A GET that writes: providers send riders back by a link. It is safe, because it writes what the
    provider says, not what the request says, and writes it once.
    """
    payment = find_payment(current_user.key, payment_id)
    state = settle_payment(payment)
    if state is PaymentState.PENDING:
        return render_template("riders/wallet/pending.html", payment=payment)
    if state is PaymentState.PAID:
        amount = format_amount(payment.amount, payment.currency)
        flash(_("%(sum)s has been added to your wallet.", sum=amount), "success")
    else:
        flash(_("The payment was not completed. You can try again at any time."), "info")
    return redirect(url_for("riders.wallet.overview.index"), 303)


@bp.post("/<uuid:payment_id>")
@signed_in
def resume(payment_id: UUID) -> ResponseReturnValue:
    """Send the rider of a pending payment to the provider again."""
    payment = find_payment(current_user.key, payment_id)
    return redirect(current_provider().start_payment(payment, return_url(payment_id)), 303)
