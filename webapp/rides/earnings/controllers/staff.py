"""The owners of a city and their revenue shares, for staff."""

from datetime import datetime
from uuid import UUID

from babel.dates import format_date
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor, read_uuid_cursor
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.rides.earnings.forms import PayoutForm, PayoutReversalForm, ShareForm
from webapp.rides.earnings.labels import format_basis_points
from webapp.rides.earnings.queries.owner_statement import (
    CSV_COLUMNS,
    list_csv_rows,
    read_statement,
)
from webapp.rides.earnings.queries.payouts import find_payout
from webapp.rides.earnings.queries.shares import find_owner_shares, list_owners
from webapp.rides.earnings.services.payout_reversals import PayoutReversed, reverse_payout
from webapp.rides.earnings.services.payouts import record_payout
from webapp.rides.earnings.services.shares import set_share
from webapp.translations import gettext as _
from webapp.translations import request_language
from webapp.web.access import (
    recently_authenticated,
    requires,
    staff_cities,
    staff_city_or_404,
)
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission

bp = Blueprint("staff_earnings", __name__)


@bp.get("/fleet/owners")
@requires(Permission.VIEW_EARNINGS)
def index() -> ResponseReturnValue:
    """The owners who have or had a share in a city."""
    city = staff_city_or_404(request.args.get("city"), Permission.VIEW_EARNINGS)
    return render_template(
        "rides/earnings/owners.html",
        city=city,
        cities=staff_cities(Permission.VIEW_EARNINGS),
        page=list_owners(city, read_uuid_cursor(request.args.get("after"))),
        query_args={"city": city.name},
    )


@bp.get("/fleet/owners/<city_name>/<key:owner_key>")
@requires(Permission.VIEW_EARNINGS)
def show(city_name: str, owner_key: RowKey) -> ResponseReturnValue:
    """An owner: the shares and the balance."""
    city = staff_city_or_404(city_name, Permission.VIEW_EARNINGS)
    owner_shares = find_owner_shares(city, owner_key)
    return render_template("rides/earnings/owner.html", city=city, owner_shares=owner_shares)


@bp.route("/fleet/owners/share", methods=["GET", "POST"])
@requires(Permission.SET_SHARES)
@recently_authenticated
def share() -> ResponseReturnValue:
    """Set the share of an owner in a city."""
    city = staff_city_or_404(request.args.get("city"), Permission.SET_SHARES)
    form = ShareForm()
    form.set_today(datetime.now(city.zone).date())
    if form.validate_on_submit():
        try:
            owner_key = set_share(current_user, city, form.owner.data, form.terms, form.nonce.data)
            flash(_describe_share(form), "success")
            return redirect(url_for(".show", city_name=city.name, owner_key=owner_key), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    if not form.is_submitted():
        form.owner.data = request.args.get("owner", "")
    return render_form(
        "rides/earnings/share.html",
        form,
        city=city,
    )


def _describe_share(form: ShareForm) -> str:
    day, locale = form.terms.valid_from, request_language().locale
    return _(
        "Saved: %(share)s from %(day)s on. The owner gets an e-mail.",
        share=format_basis_points(form.terms.basis_points),
        day=format_date(day, "medium", locale),
    )


@bp.get("/fleet/owners/<city_name>/<key:owner_key>/statement")
@requires(Permission.VIEW_EARNINGS)
def statement(city_name: str, owner_key: RowKey) -> ResponseReturnValue:
    """What an owner has earned by month, and the payouts."""
    city = staff_city_or_404(city_name, Permission.VIEW_EARNINGS)
    after = read_time_cursor(request.args.get("after"))
    return render_template(
        "rides/earnings/statement.html",
        statement=read_statement(city, owner_key, after),
        is_own=False,
    )


@bp.get("/fleet/owners/<city_name>/<key:owner_key>/statement.csv")
@requires(Permission.VIEW_EARNINGS)
def statement_csv(city_name: str, owner_key: RowKey) -> Response:
    """Download the same."""
    city = staff_city_or_404(city_name, Permission.VIEW_EARNINGS)
    rows = list_csv_rows(city, owner_key)
    return attachment(as_csv(CSV_COLUMNS, rows), "movr-statement.csv", "text/csv")


@bp.route("/fleet/owners/<city_name>/<key:owner_key>/payout", methods=["GET", "POST"])
@requires(Permission.PAY_OWNERS)
@recently_authenticated
def pay(city_name: str, owner_key: RowKey) -> ResponseReturnValue:
    """Record what was paid to an owner."""
    city = staff_city_or_404(city_name, Permission.PAY_OWNERS)
    owner_shares = find_owner_shares(city, owner_key)
    form = PayoutForm(currency=city.currency)
    if form.nonce.process_errors:
        abort(400)
    form.suggest(owner_shares.balance)
    if form.validate_on_submit():
        try:
            record_payout(current_user, city, owner_key, form.payout)
            flash(_("Recorded. The owner gets an e-mail."), "success")
            return redirect(url_for(".statement", city_name=city.name, owner_key=owner_key), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return render_form("rides/earnings/pay.html", form, city=city, owner_shares=owner_shares)


@bp.route(
    "/fleet/owners/<city_name>/<key:owner_key>/payouts/<uuid:payout_id>/reverse",
    methods=["GET", "POST"],
)
@requires(Permission.PAY_OWNERS)
@recently_authenticated
def reverse(city_name: str, owner_key: RowKey, payout_id: UUID) -> ResponseReturnValue:
    """Record that the bank has returned a payout."""
    city = staff_city_or_404(city_name, Permission.PAY_OWNERS)
    payout = find_payout(city, owner_key, payout_id)
    form = PayoutReversalForm()
    if form.validate_on_submit():
        try:
            reverse_payout(current_user, city, payout, form.reason.data)
            flash(_("Reversed. The owner gets an e-mail."), "success")
            return redirect(url_for(".statement", city_name=city.name, owner_key=owner_key), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    elif payout.is_reversed:
        raise PayoutReversed
    return render_form("rides/earnings/reverse.html", form, city=city, payout=payout)
