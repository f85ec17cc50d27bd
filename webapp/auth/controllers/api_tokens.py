"""Personal access tokens of an account."""

from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.forms.api_tokens import ApiTokenForm
from webapp.auth.services import api_tokens
from webapp.errors import DomainError
from webapp.forms import add_refusal, new_nonce, render_form
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, signed_in

bp = Blueprint("api_tokens", __name__)


@bp.get("/account/tokens")
@signed_in
def index() -> ResponseReturnValue:
    """A rider sees the access tokens of their account."""
    tokens = api_tokens.list_tokens(current_user.key)
    return render_template("auth/api_tokens.html", tokens=tokens, now=datetime.now(UTC))


@bp.route("/account/tokens/new", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def create() -> ResponseReturnValue:
    """A rider creates an access token, which is shown once."""
    form = ApiTokenForm(current_user.usable_scopes, new_nonce())
    if form.validate_on_submit():
        try:
            text = api_tokens.create_token(
                current_user, form.nonce.data, form.name.data, form.scopes, form.lifetime
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return render_template("auth/api_token_created.html", token_text=str(text))
    return render_form("auth/new_api_token.html", form)


@bp.post("/account/tokens/<uuid:token_id>/delete")
@signed_in
def delete(token_id: UUID) -> ResponseReturnValue:
    """A rider deletes an access token. That takes power away, so nobody has to type a password."""
    api_tokens.delete_token(current_user.key, token_id)
    flash(_("Access token deleted. Programs that used it can no longer do so."), "success")
    return redirect(url_for(".index"), 303)
