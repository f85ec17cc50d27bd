"""Identities of OpenID Connect providers that are linked with an account."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.controllers.redirects import next_url
from webapp.auth.forms.identities import LinkIdentityForm
from webapp.auth.oidc import cookie
from webapp.auth.oidc.providers import provider_or_404
from webapp.auth.services import identities
from webapp.forms import render_form
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, signed_in

bp = Blueprint("identities", __name__)


@bp.get("/account/identities")
@signed_in
def index() -> ResponseReturnValue:
    """A rider sees the identities that sign in to their account."""
    linked = identities.list_identities(current_user)
    return render_template("auth/identities.html", identities=linked)


@bp.route("/account/identities/<provider>", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def link(provider: str) -> ResponseReturnValue:
    """A rider confirms that an identity of the provider may sign in to their account."""
    oidc_provider = provider_or_404(provider)
    claims = cookie.find_claims(oidc_provider)
    if claims is None:
        return redirect(url_for(".index"), 303)
    form = LinkIdentityForm()
    if form.validate_on_submit():
        cookie.clear_claims()
        identities.link_identity(current_user, claims)
        message = _("You can now sign in with %(provider)s.", provider=oidc_provider.label)
        flash(message, "success")
        return redirect(next_url(default="auth.identities.index"), 303)
    return render_form("auth/link_identity.html", form, provider=oidc_provider, claims=claims)


@bp.post("/account/identities/<uuid:identity_id>/remove")
@signed_in
@recently_authenticated
def unlink(identity_id: UUID) -> ResponseReturnValue:
    """A rider unlinks an identity."""
    identities.unlink_identity(current_user, identity_id)
    flash(_("That account is disconnected."), "success")
    return redirect(url_for(".index"), 303)
