"""The owners of a city and their revenue shares, for staff."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import uuid_cursor
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.rides.earnings.forms import ShareForm
from webapp.rides.earnings.shares import (
    agree_share,
    find_agreement,
    list_owner_shares,
)
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("staff_earnings", __name__)


@bp.get("/fleet/owners")
@requires(Permission.VIEW_EARNINGS)
def index() -> ResponseReturnValue:
    """The owners with whom a share was agreed in a city."""
    city = staff_city_or_404(request.args.get("city"), Permission.VIEW_EARNINGS)
    return render_template(
        "rides/earnings/owners.html",
        city=city,
        cities=staff_cities(Permission.VIEW_EARNINGS),
        page=list_owner_shares(city, uuid_cursor(request.args.get("after"))),
        query_args={"city": city.name},
    )


@bp.get("/fleet/owners/<city_name>/<key:owner_key>")
@requires(Permission.VIEW_EARNINGS)
def show(city_name: str, owner_key: RowKey) -> ResponseReturnValue:
    """An owner: the shares that were agreed."""
    city = staff_city_or_404(city_name, Permission.VIEW_EARNINGS)
    agreement = find_agreement(city, owner_key)
    return render_template("rides/earnings/owner.html", city=city, agreement=agreement)


@bp.route("/fleet/owners/share", methods=["GET", "POST"])
@requires(Permission.AGREE_SHARES)
def agree() -> ResponseReturnValue:
    """Agree a share with an owner in a city."""
    city = staff_city_or_404(request.args.get("city"), Permission.AGREE_SHARES)
    form = ShareForm()
    form.set_today(datetime.now(city.zone).date())
    if form.validate_on_submit():
        try:
            owner_key = agree_share(
                current_user, city, form.owner.data, form.terms, form.nonce.data
            )
            flash(_("Saved."), "success")
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
