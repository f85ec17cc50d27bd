"""Signing in and registering with an identity of an OpenID Connect provider."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.controllers.redirects import continue_login, next_url
from webapp.auth.devices import current_device
from webapp.auth.forms.registration import MAX_USERNAME_LENGTH, OidcRegisterForm
from webapp.auth.login_manager import write_session_cookie
from webapp.auth.oidc import cookie
from webapp.auth.oidc.authorization import (
    AuthorizationDenied,
    AuthorizationRequest,
    create_authorization_request,
    read_authorization_response,
)
from webapp.auth.oidc.claims import IdentityClaims
from webapp.auth.oidc.providers import Provider, provider_or_404
from webapp.auth.registration_terms import check_terms, show_terms
from webapp.auth.services import identities, registration, sessions
from webapp.auth.services.users import find_user
from webapp.errors import DomainError
from webapp.forms import add_refusal, city_choices, render_form
from webapp.regions.catalogue import city_or_404, visitors_city
from webapp.regions.enums import CityFeature
from webapp.regions.features import list_cities_with_feature
from webapp.translations import gettext as _
from webapp.web.access import public

bp = Blueprint("oidc", __name__)


@bp.get("/login/with/<provider>")
@public
def authorize(provider: str) -> ResponseReturnValue:
    """Redirect to a provider: to sign in, to link an identity, or to reauthenticate."""
    url, authorization_request = create_authorization_request(
        provider_or_404(provider),
        reauthenticate=bool(request.args.get("again")),
        next_url=request.args.get("next"),
    )
    cookie.keep_request(authorization_request)
    return redirect(url)


@bp.get("/login/with/<provider>/callback")
@public
def callback(provider: str) -> ResponseReturnValue:
    """Receive the response of the provider."""
    oidc_provider, sent_request = provider_or_404(provider), cookie.take_request()
    # Before the first statement: no database connection is held while a provider is asked.
    try:
        claims = read_authorization_response(oidc_provider, sent_request, request.args)
    except AuthorizationDenied as refusal:
        flash(refusal.message, "info")
        return redirect(url_for("auth.login.sign_in", next=sent_request.next_url), 303)
    if not current_user.is_authenticated:
        return _sign_in_or_register(oidc_provider, claims, sent_request)
    if sent_request.reauthenticate:
        return _reauthenticate(claims, sent_request)
    return _ask_to_link(oidc_provider, claims, sent_request)


def _sign_in_or_register(
    provider: Provider, claims: IdentityClaims, sent_request: AuthorizationRequest
) -> ResponseReturnValue:
    if attempt := identities.prepare_attempt(claims, current_device()):
        return continue_login(attempt, remember=False, requested=sent_request.next_url)
    if claims.is_email_verified:
        cookie.keep_claims(claims)
        page = url_for("auth.oidc.register", provider=provider.name, next=sent_request.next_url)
        return redirect(page, 303)
    flash(
        _(
            "%(provider)s has not verified your e-mail address. Create an account here, then"
            " connect %(provider)s.",
            provider=provider.label,
        ),
        "info",
    )
    return redirect(url_for("auth.registration.register", next=sent_request.next_url), 303)


def _reauthenticate(
    claims: IdentityClaims, sent_request: AuthorizationRequest
) -> ResponseReturnValue:
    identities.check_reauthentication(current_user, claims)
    sessions.record_reauthentication(current_user.login_session.key)
    return redirect(next_url(sent_request.next_url), 303)


def _ask_to_link(
    provider: Provider, claims: IdentityClaims, sent_request: AuthorizationRequest
) -> ResponseReturnValue:
    owner_key = identities.find_owner(claims)
    if owner_key is None:
        cookie.keep_claims(claims)
        page = url_for("auth.identities.link", provider=provider.name, next=sent_request.next_url)
        return redirect(page, 303)
    if owner_key != current_user.key:
        raise identities.IdentityTaken
    flash(_("%(provider)s is already connected to this account.", provider=provider.label), "info")
    return redirect(next_url(sent_request.next_url, default="auth.identities.index"), 303)


# --- registering -----------------------------------------------------------------------------


@bp.route("/register/with/<provider>", methods=["GET", "POST"])
@public
def register(provider: str) -> ResponseReturnValue:
    """Create an account without a password; its owner signs in at the provider."""
    oidc_provider = provider_or_404(provider)
    if current_user.is_authenticated:
        return redirect(next_url())
    claims = cookie.find_claims(oidc_provider)
    if claims is None:
        flash(_("That took too long. Please start again."), "info")
        return redirect(url_for("auth.registration.register", next=request.args.get("next")), 303)
    form = OidcRegisterForm()
    form.city.choices = city_choices(list_cities_with_feature(CityFeature.SIGN_UPS))
    try:
        if form.validate_on_submit():
            return _register(form, claims)
        if request.method == "GET":
            if find_user(claims.email):
                raise registration.EmailTaken
            _fill_in(form, claims)
    except registration.EmailTaken:
        return _email_taken_page(oidc_provider, claims)
    except DomainError as refusal:
        add_refusal(form, refusal)
    return render_form("auth/oidc_register.html", form, provider=oidc_provider, claims=claims)


def _email_taken_page(provider: Provider, claims: IdentityClaims) -> ResponseReturnValue:
    """An account has this address. The visitor proves to own it by signing in to it."""
    return render_template("auth/oidc_email_taken.html", provider=provider, claims=claims)


def _register(form: OidcRegisterForm, claims: IdentityClaims) -> ResponseReturnValue:
    city = city_or_404(form.city.data)
    data = registration.Registration(
        city=city,
        first_name=form.first_name.data,
        last_name=form.last_name.data,
        username=form.username.data,
        email=claims.email,
        password="",
        terms_id=check_terms(form, city),
    )
    user = registration.register(data, current_device(), is_email_confirmed=True, claims=claims)
    write_session_cookie(user)
    flash(_("Welcome to MovR, %(name)s!", name=user.first_name), "success")
    return redirect(next_url(), 303)


def _fill_in(form: OidcRegisterForm, claims: IdentityClaims) -> None:
    if city := visitors_city():
        form.city.data = city.name
    show_terms(form)
    form.first_name.data, form.last_name.data = claims.first_name, claims.last_name
    username = claims.username or claims.email.partition("@")[0]
    form.username.data = re.sub(r"[^A-Za-z0-9._-]", "", username)[:MAX_USERNAME_LENGTH]
