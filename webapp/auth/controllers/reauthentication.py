"""Reauthentication before a sensitive step (OWASP ASVS 7.5.1)."""

from flask import Blueprint, flash, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.controllers.redirects import next_url
from webapp.auth.forms.reauthentication import ReauthenticationForm
from webapp.auth.services import identities, second_factor
from webapp.auth.services.reauthentication import reauthenticate as check_credentials
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("reauthentication", __name__)


@bp.route("/login/again", methods=["GET", "POST"])
@signed_in
def reauthenticate() -> ResponseReturnValue:
    """A rider gives password and code again, and returns to the sensitive step."""
    login_session, factor = current_user.login_session, second_factor.find_status(current_user)
    has_second_factor = login_session.second_factor or not factor.is_on
    if login_session.is_recently_authenticated and has_second_factor:
        return redirect(next_url())
    form = ReauthenticationForm.for_account(
        has_password=bool(current_user.password_hash),
        has_app=factor.has_app,
        has_recovery_codes=factor.is_on,
    )
    if form.validate_on_submit():
        try:
            check_credentials(current_user, factor, form.typed_password, form.typed_code)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            if session.pop("button_was_pressed", False):  # access.py did not carry it out
                flash(_("Thanks. Now press the button again."), "info")
            return redirect(next_url(), 303)
    providers = [] if factor.is_on else identities.list_reauthentication_providers(current_user)
    return render_form(
        "auth/reauthenticate.html",
        form,
        next=request.args.get("next"),
        providers=providers,
        has_passkeys=factor.number_of_passkeys > 0,
    )
