"""The wallet: what is in it, paying in, having it paid out; and credit that staff give."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.auth.services import staff
from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.errors import DomainError
from webapp.forms import answer, blame
from webapp.money import plain, shown
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.riders.services import profile_of
from webapp.riders.wallet.blueprint import bp
from webapp.riders.wallet.enums import EntryKind, PaymentState
from webapp.riders.wallet.forms import CreditForm, PayOutForm, TopUpForm, bounds
from webapp.riders.wallet.labels import ENTRY_KIND_LABELS
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.provider import ProviderUnavailable, current_provider, is_payment_offered
from webapp.riders.wallet.queries.overview import read_wallet, stream_entries
from webapp.riders.wallet.queries.payments import find_payment, read_debts, read_payout_amounts
from webapp.riders.wallet.services import credits, payments, payouts
from webapp.web.access import fresh, only, signed_in
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Role
from webapp.web.security_headers import public_url

COLUMNS = ("at", "what", "amount", "currency", "ride", "note")


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """Riders see what they have, what they owe, and what it came from."""
    wallet = read_wallet(current_user.key, time_cursor(request.args.get("after")))
    return render_template(
        "wallet/index.html",
        wallet=wallet,
        city=catalogue().find(current_user.city),
        can_pay=is_payment_offered(),
        to_pay={c: _to_pay(-n, c) for c, n in wallet.balances.items() if n < 0},
        labels=ENTRY_KIND_LABELS,
        plain=plain,
    )


def _to_pay(owed: int, currency: str) -> int:
    """What is owed, within what can be paid at once."""
    least, most = bounds(currency)
    return max(least, min(owed, most))


@bp.get("/entries.csv")
@signed_in
def entries_csv() -> ResponseReturnValue:
    """All of it as a file."""
    return attachment(as_csv(COLUMNS, _csv_rows(current_user.key)), "movr-wallet.csv", "text/csv")


def _csv_rows(rider_key: RowKey) -> Iterator[dict[str, Any]]:
    for item in stream_entries(rider_key):
        amount = Decimal(plain(item.amount, item.currency))
        told = {"what": str(ENTRY_KIND_LABELS[EntryKind(item.kind)]), "ride": item.ride_id}
        yield {**vars(item), **told, "amount": amount}


# --- paying in ---------------------------------------------------------------------------------


@bp.route("/top-up", methods=["GET", "POST"])
@signed_in
def top_up() -> ResponseReturnValue:
    """A rider says how much, and is led to where it is paid."""
    owed = read_debts(current_user)
    currency = request.values.get("currency") or next(iter(owed), "")
    if currency not in owed:
        abort(404)
    form = TopUpForm(currency=currency)
    if form.validate_on_submit():
        asked = payments.TopUp(form.amount.data, currency)
        try:
            return redirect(payments.start_payment(current_user.key, asked, _way_back), 303)
        except DomainError as refusal:
            blame(form, refusal)
    if request.method == "GET" and owed[currency]:
        form.amount.data = _to_pay(owed[currency], currency)
    return answer("wallet/top_up.html", form, currency=currency, owed=owed)


def _way_back(payment_id: UUID) -> str:
    return public_url("wallet.payment", payment_id=payment_id)


@bp.get("/top-up/<uuid:payment_id>")
@signed_in
def payment(payment_id: UUID) -> ResponseReturnValue:
    """The rider comes back from paying.

    A visit that writes, as providers send people back so: what it writes is what the provider says
    whenever it is asked, and once.
    """
    found = find_payment(current_user.key, payment_id)
    state = payments.settle_payment(found)
    if state is PaymentState.PENDING:
        return render_template("wallet/open.html", payment=found)
    if state is PaymentState.PAID:
        flash(_("%(sum)s is in your wallet now.", sum=_words(found)), "success")
    else:
        flash(_("Nothing was paid. You can try again whenever you like."), "info")
    return redirect(url_for(".index"), 303)


def _words(payment: Payment) -> str:
    return shown(payment.amount, payment.currency)


@bp.post("/top-up/<uuid:payment_id>")
@signed_in
def go_on_paying(payment_id: UUID) -> ResponseReturnValue:
    """A rider who left the page of a payment goes there again."""
    found = find_payment(current_user.key, payment_id)
    return redirect(current_provider().start_payment(found, _way_back(payment_id)), 303)


# --- having it paid out ------------------------------------------------------------------------


@bp.route("/pay-out", methods=["GET", "POST"])
@signed_in
@fresh
def pay_out() -> ResponseReturnValue:
    """A rider has what is left of the money paid in sent back to where it came from."""
    form, me = PayOutForm(), current_user.key
    if form.nonce.process_errors:
        abort(400)
    if form.validate_on_submit():
        try:
            payouts.book_payout(me, form.currency.data or "", form.nonce.data)
        except payouts.NothingToPayOut as refusal:
            blame(form, refusal)
        else:
            return _sent_back(me)
    return answer("wallet/pay_out.html", form, payout_amounts=read_payout_amounts(me))


def _sent_back(rider: RowKey) -> ResponseReturnValue:
    try:
        payouts.send_payouts(rider)
    except ProviderUnavailable:
        flash(_("It is booked, and leaves as soon as the payment service answers again."), "info")
    else:
        flash(_("It is on its way back to where you paid it from."), "success")
    return redirect(url_for(".index"), 303)


# --- credit ------------------------------------------------------------------------------------


@bp.route("/credit/<key:rider>", methods=["GET", "POST"])
@only(Role.ADMIN)
@fresh
def credit(rider: RowKey) -> ResponseReturnValue:
    """Admins give credit to an account of their cities."""
    user, _about = profile_of(rider)
    if not current_user.has_role(Role.ADMIN, user.city):
        abort(404)
    currency = city_or_404(user.city).currency
    form = CreditForm(currency=currency)
    if form.nonce.process_errors:
        abort(400)
    if form.validate_on_submit():
        gift = credits.Credit(form.amount.data, currency, form.note.data, form.nonce.data)
        try:
            credits.give_credit(current_user, user, gift)
        except staff.OnOneself as refusal:
            blame(form, refusal)
        else:
            words = shown(gift.amount, currency)
            flash(_("%(sum)s is given. A mail says so.", sum=words), "success")
            return redirect(url_for("auth.staff_account", rider=user.key), 303)
    return answer("wallet/credit.html", form, user=user)
