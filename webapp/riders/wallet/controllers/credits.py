"""Credit that admins give to riders."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.services.staff_accounts import OwnAccount
from webapp.db.keys import RowKey
from webapp.errors import FormReused
from webapp.forms import add_refusal, render_form
from webapp.money import format_amount
from webapp.regions.catalogue import city_or_404
from webapp.riders.queries import read_profile
from webapp.riders.wallet.forms import CreditForm
from webapp.riders.wallet.services.credits import BalanceTooSmall, Credit, give_credit
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, requires
from webapp.web.roles import Permission

bp = Blueprint("credits", __name__, url_prefix="/credit")


@bp.route("/<key:user_key>", methods=["GET", "POST"])
@requires(Permission.GIVE_CREDIT)
@recently_authenticated
def give(user_key: RowKey) -> ResponseReturnValue:
    """Let admins give credit to an account of their cities, or take some away."""
    user, *_rest = read_profile(user_key)
    if not current_user.has_permission(Permission.GIVE_CREDIT, user.city):
        abort(404)
    currency = city_or_404(user.city).currency
    form = CreditForm(currency=currency)
    if form.nonce.process_errors:
        abort(400)
    if form.validate_on_submit():
        credit = Credit(form.signed_amount, currency, form.note.data, form.nonce.data)
        try:
            give_credit(current_user, user, credit)
        except (OwnAccount, BalanceTooSmall, FormReused) as refusal:
            add_refusal(form, refusal)
        else:
            amount = format_amount(abs(credit.amount), currency)
            if credit.amount > 0:
                flash(_("You gave %(sum)s. The rider gets an e-mail.", sum=amount), "success")
            else:
                flash(_("You took %(sum)s. The rider gets an e-mail.", sum=amount), "success")
            return redirect(url_for("auth.staff_accounts.account", user_key=user.key), 303)
    return render_form("riders/wallet/credit.html", form, user=user)
