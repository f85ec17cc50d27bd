"""A code besides the password: setting it up, showing it, turning it off."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.auth import pending_login
from webapp.auth.controllers.blueprint import bp
from webapp.auth.controllers.login import target
from webapp.auth.devices import current_device
from webapp.auth.forms.second_factor import CodeForm, FirstCodeForm, TurnOffForm
from webapp.auth.login_manager import write_session_cookie
from webapp.auth.models import User
from webapp.auth.pending_login import PendingLogin
from webapp.auth.services import login
from webapp.auth.services import second_factor as factors
from webapp.auth.services.login import Candidate
from webapp.auth.services.second_factor import Status
from webapp.errors import DomainError
from webapp.forms import answer, blame
from webapp.web.access import fresh, public, signed_in


@bp.route("/login/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """A rider whose password fitted shows a code, and comes back to where the door was."""
    if current_user.is_authenticated:
        return redirect(target())
    who, form = pending_login.find(), CodeForm()
    if who is None:
        return _begin_again()
    if form.validate_on_submit():
        found = _who_waits(who)
        if found is None:
            return _begin_again()
        try:
            shown = login.sign_in_with_code(
                found, form.typed_code, current_device(), remember=who.remember
            )
        except DomainError as refusal:
            blame(form, refusal)
        else:
            write_session_cookie(found.user)
            if shown.is_recovery_code:
                _tell_codes_left(found.factor.codes_left - 1)
            return redirect(target(), 303)
    return answer("auth/code.html", form, next=request.args.get("next"))


def _who_waits(who: PendingLogin) -> Candidate | None:
    """Return the account, if nobody has moved, disabled or changed it in the meantime."""
    itself = (User.region == who.user_key.region) & (User.id == who.user_key.id)
    found = login.look_up(itself, current_device())
    if found is None or not found.has_second_factor or found.user.disabled_at:
        return None
    return found if who.matches(found.user) else None


def _begin_again() -> ResponseReturnValue:
    pending_login.clear()
    flash(_("That took too long. Sign in again."), "info")
    return redirect(url_for("auth.login", next=request.args.get("next")))


def _tell_codes_left(number: int) -> None:
    words = ngettext(
        "%(num)d recovery code is left. Your account page makes new ones.",
        "%(num)d recovery codes are left. Your account page makes new ones.",
        number,
    )
    flash(words, "info")


@bp.route("/account/second-factor", methods=["GET", "POST"])
@signed_in
@fresh
def second_factor() -> ResponseReturnValue:
    """A rider sets the second factor up, with the first code of the app, or sees that it is on."""
    factor = factors.status_of(current_user)
    if factor.is_on:
        return _is_on(factor)
    form = FirstCodeForm()
    if form.validate_on_submit():
        try:
            made = factors.confirm(current_user, factor, form.code.data)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            return render_template("auth/second_factor_codes.html", codes=made, onward=_onward())
    return answer(
        "auth/second_factor_setup.html",
        form,
        setup=factors.setup_of(current_user, factor),
        is_needed=factors.is_needed(current_user),
        next=request.args.get("next"),
    )


def _is_on(factor: Status) -> ResponseReturnValue:
    """Who was sent here for a page of their role has what it needs, or has yet to show it."""
    if not current_user.login_session.second_factor:
        return redirect(url_for("auth.prove", next=request.full_path), 303)
    if request.args.get("next"):
        return redirect(target(), 303)
    needed = factors.is_needed(current_user)
    return render_template("auth/second_factor.html", factor=factor, is_needed=needed)


@bp.post("/account/second-factor/start")
@signed_in
@fresh
def start_second_factor() -> ResponseReturnValue:
    """A rider asks for a secret for their app."""
    factors.start(current_user)
    return redirect(url_for("auth.second_factor", next=request.args.get("next")), 303)


@bp.post("/account/second-factor/codes")
@signed_in
@fresh
def renew_recovery_codes() -> ResponseReturnValue:
    """A rider gets new recovery codes; the old ones are void."""
    made = factors.renew_recovery_codes(current_user)
    return render_template("auth/second_factor_codes.html", codes=made, onward=_onward())


@bp.route("/account/second-factor/off", methods=["GET", "POST"])
@signed_in
@fresh
def turn_off_second_factor() -> ResponseReturnValue:
    """A rider shows a last code, and is asked for none any more."""
    factor, form = factors.status_of(current_user), TurnOffForm()
    if form.validate_on_submit():
        try:
            factors.turn_off(current_user, factor, form.typed_code)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            flash(_("From now on your password alone opens your account."), "success")
            return redirect(url_for("auth.account_page"), 303)
    needed = factors.is_needed(current_user)
    return answer("auth/second_factor_off.html", form, factor=factor, is_needed=needed)


def _onward() -> str:
    """Return where to go from here: to what somebody was kept from, or back to the account."""
    return target() if request.args.get("next") else url_for("auth.account_page")
