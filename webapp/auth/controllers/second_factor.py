"""The second factor: its code at sign-in, and setting it up and turning it off."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth import pending_login
from webapp.auth.controllers.redirects import next_url
from webapp.auth.devices import current_device
from webapp.auth.forms.second_factor import CodeForm, FirstCodeForm, TurnOffForm
from webapp.auth.login_manager import write_session_cookie
from webapp.auth.pending_login import PendingLogin
from webapp.auth.recovery_codes import NUMBER_OF_CODES
from webapp.auth.services import login, second_factor_setup
from webapp.auth.services.login import LoginAttempt
from webapp.auth.services.second_factor import FactorStatus, find_status, is_required
from webapp.auth.totp import TIME_STEP_S
from webapp.errors import DomainError
from webapp.forms import add_refusal, render_form
from webapp.translations import gettext as _
from webapp.translations import ngettext
from webapp.web.access import public, recently_authenticated, signed_in

bp = Blueprint("second_factor", __name__)


# --- signing in ------------------------------------------------------------------------------


@bp.route("/login/code", methods=["GET", "POST"])
@public
def enter_code() -> ResponseReturnValue:
    """A rider whose password was right enters a code, and returns to what they requested."""
    if current_user.is_authenticated:
        return redirect(next_url())
    pending, form = pending_login.find(), CodeForm()
    if pending is None:
        return _start_again()
    form.accept_codes(of_app=pending.has_app)
    if form.validate_on_submit():
        attempt = _resume_attempt(pending)
        if attempt is None:
            return _start_again()
        try:
            code = login.sign_in_with_code(
                attempt, form.typed_code, current_device(), remember=pending.remember
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            write_session_cookie(attempt.user)
            if code.is_recovery_code:
                _flash_codes_left(attempt.factor.codes_left - 1)
            return redirect(next_url(), 303)
    return render_form(
        "auth/enter_code.html",
        form,
        next=request.args.get("next"),
        has_passkeys=pending.has_passkeys,
    )


def _resume_attempt(pending: PendingLogin) -> LoginAttempt | None:
    """Return the attempt; None when the account was moved, closed or changed in the meantime."""
    attempt = login.prepare_attempt_by_key(pending.user_key, current_device())
    if attempt is None or not attempt.needs_second_factor or attempt.user.disabled_at:
        return None
    return attempt if pending.matches(attempt.user) else None


def _start_again() -> ResponseReturnValue:
    pending_login.clear()
    flash(_("That took too long. Please sign in again."), "info")
    return redirect(url_for("auth.login.sign_in", next=request.args.get("next")))


def _flash_codes_left(number: int) -> None:
    message = ngettext(
        "You have %(num)d recovery code left. Create new ones on your account page.",
        "You have %(num)d recovery codes left. Create new ones on your account page.",
        number,
    )
    flash(message, "info")


# --- setting it up and turning it off --------------------------------------------------------


@bp.route("/account/second-factor", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def index() -> ResponseReturnValue:
    """A rider confirms the second factor with the app's first code, or sees that it is on."""
    factor = find_status(current_user)
    if factor.is_on and not current_user.login_session.second_factor:
        # access.py redirects staff here: they only have to give their code or passkey.
        return_url = request.full_path
        return redirect(url_for("auth.reauthentication.reauthenticate", next=return_url), 303)
    if factor.is_on and request.args.get("next"):
        return redirect(next_url(), 303)
    if factor.has_app:
        return _status_page(factor)
    form = FirstCodeForm()
    if form.validate_on_submit():
        try:
            codes = second_factor_setup.confirm_setup(current_user, factor, form.code.data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return _recovery_codes_page(codes)
    return render_form(
        "auth/second_factor_setup.html",
        form,
        setup=second_factor_setup.read_setup(current_user, factor),
        is_required=is_required(current_user),
        time_step_s=TIME_STEP_S,
        next=request.args.get("next"),
    )


def _status_page(factor: FactorStatus) -> ResponseReturnValue:
    return render_template(
        "auth/second_factor.html",
        factor=factor,
        is_required=_must_stay(factor),
        number_of_codes=NUMBER_OF_CODES,
    )


def _recovery_codes_page(codes: list[str]) -> str:
    following = next_url(default="auth.account.index")
    return render_template("auth/recovery_codes.html", codes=codes, next_url=following)


@bp.post("/account/second-factor/start")
@signed_in
@recently_authenticated
def start() -> ResponseReturnValue:
    """A rider gets a secret for their app."""
    second_factor_setup.start_setup(current_user)
    return redirect(url_for(".index", next=request.args.get("next")), 303)


@bp.post("/account/second-factor/codes")
@signed_in
@recently_authenticated
def renew_recovery_codes() -> ResponseReturnValue:
    """A rider gets new recovery codes; the old ones are no longer valid."""
    return _recovery_codes_page(second_factor_setup.renew_recovery_codes(current_user))


@bp.route("/account/second-factor/off", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def turn_off() -> ResponseReturnValue:
    """A rider enters a last code, and needs none any more."""
    factor, form = find_status(current_user), TurnOffForm()
    if form.validate_on_submit():
        try:
            second_factor_setup.turn_off(current_user, factor, form.typed_code)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            flash(_describe_rest(factor), "success")
            return redirect(url_for("auth.account.index"), 303)
    return render_form(
        "auth/second_factor_off.html", form, factor=factor, is_required=_must_stay(factor)
    )


def _describe_rest(factor: FactorStatus) -> str:
    """Return what an account signs in with when the app is off."""
    if factor.number_of_passkeys:
        return _("The authenticator app is off. Your passkeys still work.")
    return _("Two-factor authentication is off. You now sign in with your password only.")


def _must_stay(factor: FactorStatus) -> bool:
    """Tell whether the app is the last second factor of one who must have one."""
    return is_required(current_user) and not factor.number_of_passkeys
