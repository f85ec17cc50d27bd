"""Deleting one's own account."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.login_manager import forget_account
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.riders.forms import DeleteAccountForm
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.wallet.queries.overview import read_wallet
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, signed_in

bp = Blueprint("account_deletion", __name__, url_prefix="/users/me/delete")


@bp.route("", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def delete() -> ResponseReturnValue:
    """Delete the account once the rider has confirmed it; all its sessions end."""
    form = DeleteAccountForm()
    if form.validate_on_submit():
        try:
            delete_account(current_user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            forget_account()
            flash(_("Your account has been deleted. Thank you for riding with us."), "info")
            return redirect(url_for("fleet.search.home"), 303)
    wallet = read_wallet(current_user.key, None)
    return render_form("riders/delete_account.html", form, wallet=wallet)
