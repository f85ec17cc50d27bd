"""Passkeys: signing in with one, and the page where an account's are kept."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth import pending_login
from webapp.auth.controllers.redirects import next_url
from webapp.auth.devices import current_device
from webapp.auth.login_manager import write_session_cookie
from webapp.auth.passkeys import ceremonies, challenges, services, sign_in
from webapp.auth.passkeys.challenges import ChallengePurpose
from webapp.auth.passkeys.forms import AddPasskeyForm, PasskeyForm, RenamePasskeyForm
from webapp.auth.passkeys.models import Passkey
from webapp.errors import DomainError, NotFound
from webapp.forms import add_refusal, render_form
from webapp.translations import gettext as _
from webapp.web.access import public, recently_authenticated, signed_in

bp = Blueprint("passkeys", __name__)


def _json(options: str) -> ResponseReturnValue:
    return Response(options, mimetype="application/json")


# --- signing in ------------------------------------------------------------------------------


@bp.post("/login/passkey/options")
@public
def request_options() -> ResponseReturnValue:
    """The browser of a rider gets the challenge for a passkey: to sign in, or to reauthenticate."""
    return _json(ceremonies.make_authentication_options(challenges.start(_purpose())))


def _purpose() -> ChallengePurpose:
    is_signed_in = current_user.is_authenticated
    return ChallengePurpose.REAUTHENTICATE if is_signed_in else ChallengePurpose.SIGN_IN


@bp.route("/login/passkey", methods=["GET", "POST"])
@public
def use() -> ResponseReturnValue:
    """A rider signs in with a passkey, or reauthenticates, and returns to what they requested."""
    form = PasskeyForm()
    if form.validate_on_submit():
        try:
            _use_passkey(form)
            return redirect(next_url(), 303)
        except DomainError as refusal:
            add_refusal(form, refusal)
    return render_form("auth/passkeys/use.html", form, next=request.args.get("next"))


def _use_passkey(form: PasskeyForm) -> None:
    challenge = challenges.take(_purpose())
    if current_user.is_authenticated:
        sign_in.reauthenticate_with_passkey(current_user, form.credential.data, challenge)
        if session.pop("button_was_pressed", False):  # access.py did not carry it out
            flash(_("Thanks. Now press the button again."), "info")
        return
    pending = pending_login.find()
    user = sign_in.sign_in_with_passkey(
        form.credential.data,
        challenge,
        current_device(),
        remember=pending.remember if pending else form.remember.data,
    )
    write_session_cookie(user)


# --- the page of the account -----------------------------------------------------------------


@bp.route("/account/passkeys", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def index() -> ResponseReturnValue:
    """A rider sees the passkeys of their account, and adds one."""
    form = AddPasskeyForm()
    if form.validate_on_submit():
        try:
            challenge = challenges.take(ChallengePurpose.ADD)
            codes = services.add_passkey(
                current_user, form.name.data, form.credential.data, challenge
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            flash(_("Passkey added. You can sign in with it now."), "success")
            return _show_codes(codes) if codes else redirect(url_for(".index"), 303)
    passkeys = services.list_passkeys(current_user)
    if passkeys and not current_user.login_session.second_factor:
        return redirect(url_for("auth.reauthentication.reauthenticate", next=request.path), 303)
    return render_form("auth/passkeys/index.html", form, passkeys=passkeys)


def _show_codes(codes: list[str]) -> str:
    return render_template(
        "auth/recovery_codes.html", codes=codes, next_url=url_for(".index"), of_passkey=True
    )


@bp.post("/account/passkeys/options")
@signed_in
@recently_authenticated
def creation_options() -> ResponseReturnValue:
    """The browser of a rider gets what it needs to make a passkey."""
    credential_ids = [each.credential_id for each in services.list_passkeys(current_user)]
    challenge = challenges.start(ChallengePurpose.ADD)
    return _json(ceremonies.make_registration_options(current_user, challenge, credential_ids))


@bp.route("/account/passkeys/<uuid:passkey_id>", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def rename(passkey_id: UUID) -> ResponseReturnValue:
    """A rider gives a passkey another name."""
    form = RenamePasskeyForm(obj=None if request.form else _find_passkey(passkey_id))
    if form.validate_on_submit():
        services.rename_passkey(current_user, passkey_id, form.name.data)
        flash(_("Passkey renamed."), "success")
        return redirect(url_for(".index"), 303)
    return render_form("auth/passkeys/rename.html", form)


def _find_passkey(passkey_id: UUID) -> Passkey:
    for passkey in services.list_passkeys(current_user):
        if passkey.id == passkey_id:
            return passkey
    raise NotFound


@bp.post("/account/passkeys/<uuid:passkey_id>/remove")
@signed_in
@recently_authenticated
def remove(passkey_id: UUID) -> ResponseReturnValue:
    """A rider removes a passkey."""
    services.remove_passkey(current_user, passkey_id)
    flash(_("Passkey removed. You can delete it on your device, too."), "success")
    return redirect(url_for(".index"), 303)
